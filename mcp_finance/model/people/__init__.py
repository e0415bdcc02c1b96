"""Whom the budget serves: people by age, practices and their form, and how the list moves money."""
