"""Reading files that nobody vouches for: YAML with the place of every value, figures, and problems in plain words."""
