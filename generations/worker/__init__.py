"""The task queue and the processes that work on it. Only here is django-q2 known."""
