"""Filling the model's inputs from a checked scenario, a module a subject, each figure with its origin."""
