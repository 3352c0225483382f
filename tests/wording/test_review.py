"""Why a video was rejected, as its owner reads it."""

import pytest
from django.utils import translation

from generations.wording.review import REJECT_REASONS, reject_reason


@pytest.mark.parametrize("reason", REJECT_REASONS)
def test_a_preset_has_its_sentence_in_both_languages_whatever_the_note(reason: str) -> None:
    with translation.override("en"):
        english = reject_reason(reason, "for staff alone")
    with translation.override("zh-hans"):
        chinese = reject_reason(reason, "for staff alone")
    assert english.endswith(".") and chinese.endswith("。")
    assert "staff" not in english


@pytest.mark.parametrize("reason", ["", "of another release"])
def test_without_a_preset_the_owner_reads_the_note(reason: str) -> None:
    assert reject_reason(reason, "Shaky") == "Shaky"
