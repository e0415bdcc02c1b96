"""Chance, as pure mathematics: marginals, rank correlation, counts, and how far an estimate can be trusted."""
