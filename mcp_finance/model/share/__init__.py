"""The gain/loss share and the performance payment: what they are settled on, and their settlement."""
