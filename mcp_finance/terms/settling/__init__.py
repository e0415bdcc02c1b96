"""Tables of facts through a term sheet, exactly: reading them, settling them, telling what happened."""
