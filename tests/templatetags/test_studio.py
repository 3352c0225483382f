"""What the templates need beyond Django's own tags."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations.templatetags.studio import clock, elapsed, options, two_lines

KITE = "A red paper kite rises over a misty river valley at dawn, slow aerial shot, soft light"
BAMBOO = "清晨的竹林里薄雾缓缓流动，阳光穿过竹叶洒下斑驳的光影，镜头沿着石板小径向前推进"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (-3, "0:00"), (5.9, "0:05"), (65, "1:05"), (3599, "59:59"), (7389, "2:03:09")],
)
def test_a_length_of_time_is_written_as_on_a_clock(seconds: float | None, said: str) -> None:
    assert clock(seconds) == said


def test_before_the_beginning_no_time_has_passed(still_clock: None) -> None:
    assert elapsed(None) == ""
    assert elapsed(timezone.now() - timedelta(seconds=65.5)) == "1:05"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A fox in the snow", "A fox in the snow"),
        (KITE, "A red paper kite rises over a misty river valley at dawn, slow…"),
        ("x" * 70, "x" * 64 + "…"),
        (BAMBOO, BAMBOO[:32] + "…"),
        ("一只猫 " + "a" * 60, "一只猫…"),
    ],
)
def test_a_title_is_cut_between_words_and_chinese_between_characters(text: str, shown: str) -> None:
    assert two_lines(text) == shown


@pytest.mark.parametrize("chosen", [None, "", "a&b"])
def test_the_chosen_option_is_selected_and_names_of_people_are_escaped(chosen: str | None) -> None:
    first, second = options([("", "All"), ("a&b", "<b>")], chosen).split("\n")
    assert first == f'<option value=""{" selected" * (chosen == "")}>All</option>'
    assert second == f'<option value="a&amp;b"{" selected" * bool(chosen)}>&lt;b&gt;</option>'
