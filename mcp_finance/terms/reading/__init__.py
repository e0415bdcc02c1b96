"""A term sheet for people: its clauses in plain English, its payoff curve, what it may not have meant."""
