"""What staff do with rows: review, repair, alerts."""
