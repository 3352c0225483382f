"""From a request to a queued row: permissions, prices, available models."""
