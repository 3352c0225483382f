"""What people may ask for, and in which words they are told no."""

from .again import LARGER, initial_from
from .generation import GenerationForm

__all__ = ["LARGER", "GenerationForm", "initial_from"]
