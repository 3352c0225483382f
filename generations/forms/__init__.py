"""The form for a new video."""

from .generation import GenerationForm
