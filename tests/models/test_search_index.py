"""The index behind the search: what it is asked, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from generations.models import search, search_index

pytestmark = pytest.mark.django_db


def test_two_chinese_characters_are_asked_of_the_index(make_generation: Any) -> None:
    row = make_generation("succeeded", prompt="雨后的街道，小猫")
    make_generation("succeeded", prompt="小狗")
    assert search_index.find(search.words_of("小猫")) == [row.pk]
    assert search_index.find(search.words_of("猫")) is None


def test_the_index_follows_what_is_deleted(make_generation: Any) -> None:
    row = make_generation("succeeded", prompt="zeppelin")
    assert search_index.find(["zeppelin"]) == [row.pk]
    row.delete()
    assert search_index.find(["zeppelin"]) == []
