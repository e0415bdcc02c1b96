"""Term sheets: who shares what, as data that compiles to rows."""
