"""What it is all worth: totals, appraisal, affordability, and the checks on a bid."""
