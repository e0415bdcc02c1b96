"""Questions asked of a model: one run, its headlines, comparison of two, and checks against a baseline."""
