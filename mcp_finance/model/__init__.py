"""The contract as rows: one module a subject, and nothing in them but the arithmetic of the contract."""
