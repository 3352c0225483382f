"""What the adapters of HTTP services share."""
