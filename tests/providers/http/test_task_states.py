"""One state, however its word is spelled."""

from __future__ import annotations

from generations.providers.base import RemoteState
from generations.providers.http.task_states import STATES, normalized


def test_no_spelling_hides_a_word() -> None:
    for spelling in ("IN_PROGRESS", "InProgress", "in progress", "in-progress", " IN PROGRESS "):
        assert STATES[normalized(spelling)] == RemoteState.RUNNING
