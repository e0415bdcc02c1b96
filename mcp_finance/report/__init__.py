"""Reports: charts, tables and text drawn from a finished run."""
