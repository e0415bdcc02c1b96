"""From a term sheet to rows of the one engine."""
