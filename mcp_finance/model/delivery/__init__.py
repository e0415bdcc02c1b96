"""What is done, by whom and at what cost: activity, programmes, prices, providers, and doing nothing."""
