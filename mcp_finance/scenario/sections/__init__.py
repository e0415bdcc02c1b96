"""The sections of a scenario file, a module a subject: what may be written and what it means."""
