"""Offers of terms in common futures, and which of them are efficient."""
