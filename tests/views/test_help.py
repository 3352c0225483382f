"""The help: what it says is what the code knows."""

from __future__ import annotations

from typing import Any

from django.utils.html import escape

from generations import wording
from generations.providers.errors import ErrorCode
from generations.sizes import TEXT_SIZES
from generations.views.help import PARTS, drawn


def test_every_error_is_explained_and_every_size_is_listed(reader: Any) -> None:
    page = reader.get("/help/").content.decode()
    for code in ErrorCode:
        assert escape(wording.sentence(code)) in page
    for size in TEXT_SIZES:
        assert f"<td>{size}</td>" in page


def test_each_part_of_the_table_of_contents_is_there(reader: Any) -> None:
    page = reader.get("/help/").content.decode()
    for anchor, title in PARTS:
        assert f'href="#{anchor}">{title}</a>' in page
        assert f'<h2 id="{anchor}">{title}</h2>' in page


def test_a_shape_is_drawn_true_to_scale_and_in_the_middle() -> None:
    assert '<rect x="4.0" y="15.8" width="56.0" height="32.3"' in drawn("832x480")
    assert '<rect x="15.8" y="4.0" width="32.3" height="56.0"' in drawn("480x832")
