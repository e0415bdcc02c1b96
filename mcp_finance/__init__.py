"""Whole-population budgets and gain/loss shares, written once as rows and read by numpy, a workbook and a report."""

__version__ = "0.1.0"
