"""What staff may do about a row: review it, repair it, and read what needs them."""
