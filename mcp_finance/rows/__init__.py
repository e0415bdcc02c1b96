"""The core: rows of contract arithmetic as expression trees, and the readers that evaluate, print and explain them."""
