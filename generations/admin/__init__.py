"""Review, repair and spend, in Django's own admin. Importing registers them."""

from . import events, generation, people, task_queue, throttles

__all__ = ["events", "generation", "people", "task_queue", "throttles"]
