"""What is refused before anything is computed, a module a subject: ranges, names, what sections say of each other."""
