"""The whole-population budget: its bridge, its index, its lines from transfer to the contract's end."""
