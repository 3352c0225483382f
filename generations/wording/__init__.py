"""What people read about a generation, said once and translatable."""

from .causes import cause
from .durations import until_sent, usually
from .errors import (
    AGAIN,
    AUTOMATIC,
    EDIT,
    NOTHING,
    REJECT_REASONS,
    WARNED,
    next_step,
    provider_code,
    reject_reason,
    retry,
    sentence,
)
from .key_check import KEY_SENTENCES, REGION_NAMES
from .status import Place, State, is_late, state

__all__ = [
    "AGAIN",
    "AUTOMATIC",
    "EDIT",
    "KEY_SENTENCES",
    "NOTHING",
    "REGION_NAMES",
    "REJECT_REASONS",
    "WARNED",
    "Place",
    "State",
    "cause",
    "is_late",
    "next_step",
    "provider_code",
    "reject_reason",
    "retry",
    "sentence",
    "state",
    "until_sent",
    "usually",
]
