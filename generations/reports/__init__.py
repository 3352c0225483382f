"""What was generated and spent: daily totals, CSV files, metrics."""
