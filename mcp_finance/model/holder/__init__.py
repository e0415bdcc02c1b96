"""The budget holder itself: taxes, pay, reserves, surplus and pooled money."""
