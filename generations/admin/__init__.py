"""Review, repair and spend in Django's admin. Importing this package registers them."""

from . import events, generation, people, task_queue, throttles
