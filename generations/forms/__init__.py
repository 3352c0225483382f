"""What people may ask for, and in which words they are told no."""

from .generation import LARGER, GenerationForm

__all__ = ["LARGER", "GenerationForm"]
