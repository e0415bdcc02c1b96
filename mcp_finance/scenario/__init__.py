"""The scenario layer: files read, merged and judged before anything is computed."""
