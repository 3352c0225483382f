"""The task queue and the processes that work on it. Only this package knows django-q2."""
