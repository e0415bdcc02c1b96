"""The books: entries, statements, the proofs of both, and cash by month."""
