"""How much of a gain share is paid for luck."""
