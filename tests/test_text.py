"""One rule for browser, form and wire."""

import pytest

from generations.text import (
    is_damaged,
    isolate,
    normalize,
    parse_number,
    parse_uuid,
    replace_surrogates,
    truncate,
)


def test_line_ends_become_lf_and_ends_are_trimmed():
    assert normalize(" \r\n a\r\nb\rc\n\u3000\ufeff") == "a\nb\nc"


def test_only_what_a_browser_trims_is_trimmed():
    kept = "\x1c\x1d\x1e\x1f\x85\u200b"
    assert normalize(f" {kept}a{kept} ") == f"{kept}a{kept}"


def test_800_chinese_characters_with_line_breaks_and_emoji_count_the_same_everywhere():
    text = "雪" * 779 + "\r\n" * 20 + "🦊"
    assert len(normalize(text)) == 800
    assert truncate(normalize(text) + "尾", 800) == normalize(text)


def test_a_text_that_fits_loses_nothing():
    assert truncate("abc", 3) == "abc"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\udfffb", "a\ufffdb"])
def test_nul_and_half_characters_are_damage(text):
    assert is_damaged(text)


def test_whole_characters_are_not_damage():
    assert not is_damaged("雪 🦊 \n \u200b \x1f é")


def test_a_mended_text_can_be_encoded():
    assert replace_surrogates("a\ud83eb").encode() == "a�b".encode()


@pytest.mark.parametrize(
    "text",
    ["6f9619ff-8b86-d011-b42d-00cf4fc964ff", "6F9619FF8B86D011B42D00CF4FC964FF"],
)
def test_an_id_may_be_spelled_in_several_ways(text):
    assert str(parse_uuid(text)) == "6f9619ff-8b86-d011-b42d-00cf4fc964ff"


@pytest.mark.parametrize("text", ["", "fox", "6f9619ff", "6f9619ff-8b86-d011-b42d-00cf4fc964fg"])
def test_what_is_no_id_is_none(text):
    assert parse_uuid(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "\u200b\u200b\u200b",
        " \u2060\n\ufeff",
        "\u3164\uffa0",
        "\u2800 \u2800",
        "\ufe0f\U000e0041",
        "\x1f",
    ],
)
def test_what_nobody_can_see_is_empty(text):
    assert normalize(text) == ""


@pytest.mark.parametrize("text", ["\u200b.", "👨\u200d👩", "\u0301", "a\u200b", "\u06dd"])
def test_what_can_be_seen_stays_with_all_that_stands_in_it(text):
    assert normalize(text) == text


@pytest.mark.parametrize("text", ["42", "４２", "٤٢", "४२", "\u200b4\u200d2\ufeff", " 42\u3000"])
def test_a_number_may_be_written_in_the_digits_of_any_script(text):
    assert parse_number(text) == 42


@pytest.mark.parametrize("text", ["", "4.2", "-1", "4²", "½", "1" * 11, "four", "4 2"])
def test_what_is_no_whole_number_is_none(text):
    assert parse_number(text) is None


def test_an_isolated_text_ends_where_it_ends():
    assert isolate("a\u202eb\u2069c") == "\u2068abc\u2069"
    assert isolate("") == ""
