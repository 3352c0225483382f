"""Clips joined to one film: every frame, in their order, and the labels of an AI."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from generations.media import ConversionError, convert, probe
from tests.films import draw_film, frames_of


@pytest.mark.parametrize("movflags", ["+faststart", ""])
def test_every_frame_of_all_clips_is_there_in_their_order(tmp_path: Path, movflags: str) -> None:
    one = draw_film(tmp_path / "one.mp4", frames=30, movflags=movflags)
    two = draw_film(tmp_path / "two.mp4", frames=20, blank=20)
    target = tmp_path / "joined.mp4"
    convert("join", [one, two, one], target)
    assert frames_of(target) == frames_of(one) + frames_of(two) + frames_of(one)
    facts = probe(target)
    assert (facts.frames, facts.faststart) == (80, True)
    assert abs(facts.seconds - 80 / 30) < 0.01
    with av.open(str(target)) as film:
        times = [frame.time for frame in film.decode(video=0)]
    steps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert max(steps) - min(steps) < 0.001
    assert not list(tmp_path.glob("*.part"))


def test_labels_of_an_ai_stay(tmp_path: Path) -> None:
    flags = "+faststart+use_metadata_tags"
    one = draw_film(tmp_path / "one.mp4", movflags=flags, metadata={"AIGC": "by a model"})
    convert("join", [one, one], tmp_path / "joined.mp4")
    with av.open(str(tmp_path / "joined.mp4")) as film:
        assert film.metadata["AIGC"] == "by a model"


def test_another_rate_keeps_its_own_length(tmp_path: Path) -> None:
    one = draw_film(tmp_path / "one.mp4", frames=30)
    slow = draw_film(tmp_path / "slow.mp4", frames=16, fps=Fraction(16))
    target = tmp_path / "joined.mp4"
    try:
        convert("join", [one, slow], target)
    except ConversionError as error:
        assert (error.reason, error.place) == ("kind", 2)
    else:
        assert abs(probe(target).seconds - 2) < 0.05
