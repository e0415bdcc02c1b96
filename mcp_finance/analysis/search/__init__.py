"""Amounts that reach a goal, and the least that breaks a plan: goal-seek and reverse stress."""
