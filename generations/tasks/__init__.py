"""What the queue runs: where rows, network and files meet. Nothing imports this but the queue."""

from .store import store
from .submit import submit
from .sweep import sweep
from .watch import watch

__all__ = ["store", "submit", "sweep", "watch"]
