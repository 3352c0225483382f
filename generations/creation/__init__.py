"""From what a form asks to a queued row: who may, what it costs, which models there are."""
