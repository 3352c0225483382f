"""Files that are opened in the process of the test, where the child is not what it is about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generations.decoders import child
from generations.media import isolated


@pytest.fixture
def decoded_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child costs more than all else of such a test.

    Not for tests of large files: these must fit into the limits of the child.
    """

    def run(job: str, content: bytes = b"", *, seconds: int, **arguments: Any) -> tuple[Any, bytes]:
        facts, made = child.answer(job, json.loads(json.dumps(arguments)), content)
        if "refused" in facts:
            raise isolated.RefusedError(*facts["refused"])
        return json.loads(json.dumps(facts["facts"])), made

    monkeypatch.setattr(isolated, "run", run)
