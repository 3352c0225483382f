"""What people may ask for, and in which words they are told no."""

from .generation import LARGER, GenerationForm
from .offers import Offer, offers

__all__ = ["LARGER", "GenerationForm", "Offer", "offers"]
