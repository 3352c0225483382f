"""Error codes that gateways wrap in words."""

from __future__ import annotations

import json

import pytest

from generations.providers.http.error_codes import passed_on


@pytest.mark.parametrize(
    ("code", "words", "read"),
    [
        ("x", '{"code":"Arrearage","message":"m"}', ("Arrearage", "m")),
        ("x", '{"error":{"code":"Arrearage","message":"m"}}', ("Arrearage", "m")),
        ("x", '{"message":"Arrearage: m"}', ("Arrearage", "m")),
        ("x", '{"message":"{\\"code\\":\\"Arrearage\\"}"}', ("Arrearage", "")),
        ("x", '{"a": 1}', ("x", '{"a": 1}')),
        ("x", "{" * 100_000, ("x", "{" * 100_000)),
        (
            "x",
            'no: {"code":"Arrearage","message":"m"}',
            ("x", 'no: {"code":"Arrearage","message":"m"}'),
        ),
        ("", "[]", ("", "[]")),
    ],
)
def test_the_answer_behind_a_gateway_is_read_out_of_its_words(
    code: str, words: str, read: tuple[str, str]
) -> None:
    assert passed_on(code, words) == read


def test_quotes_in_quotes_are_read_to_a_certain_depth() -> None:
    words = "m"
    for _ in range(5):
        words = json.dumps({"code": "y", "message": words})
    code, rest = passed_on("x", words)
    assert code == "y" and rest.startswith("{")
