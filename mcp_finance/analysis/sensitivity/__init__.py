"""Which figures move an outcome: one by one, two by two, all together, and what knowing them would be worth."""
