"""Review, repair and spend, in Django's own admin. Importing registers them."""

from . import events, generation, queue, services

__all__ = ["events", "generation", "queue", "services"]
