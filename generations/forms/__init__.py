"""What people may ask for, and in which words they are told no."""

from .again import initial_from
from .generation import GenerationForm

__all__ = ["GenerationForm", "initial_from"]
