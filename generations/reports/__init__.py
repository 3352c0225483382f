"""What was made and spent: daily totals, CSV files, metrics."""
