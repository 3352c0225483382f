"""What is taken out of texts before they are kept or shown."""

from __future__ import annotations

from typing import Any

import pytest

from generations.providers.http.redaction import redacted, redacted_json

SECRETS = [
    ("Authorization: Bearer abc.def-123", "abc.def-123"),
    ("authorization=Basic dXNlcjpwdw==", "dXNlcjpwdw"),
    ("the key sk-mr-12345678 is wrong", "12345678"),
    ("https://oss.example/a.mp4?Expires=1&OSSAccessKeyId=AKID&Signature=SIG", "SIG"),
    ("https://oss.example/a.mp4?Expires=1&OSSAccessKeyId=AKID&Signature=SIG", "AKID"),
    ("with url: /a.mp4?x-amz-signature=SIG", "SIG"),
    ("access_token=SIG&x=1", "SIG"),
    ("a-client_secret-2=SIG", "SIG"),
    ("X-OSS-Signature-Version=SIG", "SIG"),
    ("http://someone:pa55@proxy.example:3128", "pa55"),
    ("img data:image/png;base64,iVBORw0KGgo= end", "iVBORw0KGgo"),
]


@pytest.mark.parametrize(("words", "secret"), SECRETS)
def test_secrets_are_taken_out(words: str, secret: str) -> None:
    assert secret not in redacted(words)
    assert secret not in str(redacted_json({"a": [{"b": words}]}))


def test_the_key_itself_is_taken_out_in_any_spelling() -> None:
    assert "k+y/1" not in redacted("k+y/1 and k%2By%2F1", "k+y/1")
    assert "k%2By%2F1" not in redacted("k+y/1 and k%2By%2F1", "k+y/1")


def test_what_is_no_secret_stays() -> None:
    for words in (
        "size must be in 1080*1920",
        "a task-runner at risk-taking",
        "猫 in https://a.b/c",
        "width=1920 tokens=5 https://a.b/c-token/",
    ):
        assert redacted(words) == words


def test_the_end_of_a_long_text_takes_no_secret_along() -> None:
    key = "sk-0123456789"
    for before in range(1_980, 2_001):
        assert "0123" not in redacted("a " * (before // 2) + key + " b" * 2_000, key)
    assert redacted("a" * 30 + " password=SIG", longest=41) == "a" * 30 + " password=["
    assert len(redacted("a" * 10**6, longest=7)) == 7


def test_names_of_secrets_count_wherever_the_word_stands() -> None:
    told = {"X-Api-Key": "SIG", "refresh_token": "SIG", "db_password": "SIG", "tokens": 5}
    assert redacted_json(told) == told | dict.fromkeys(list(told)[:3], "[removed]")


def test_json_for_keeping_is_small_and_storable() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    kept = redacted_json(
        {"long": "a" * 10**6, "many": list(range(10**5)), "deep": deep, "nul": "a\x00b\ud800"}
        | {"nan": float("nan"), "huge": 10**30, "api_key": "SECRET", "ok": None}
    )
    assert len(str(kept)) < 10_000
    assert "\x00" not in str(kept) and "\ud800" not in kept["nul"]
    assert kept["nan"] is None and kept["huge"] == str(10**30) and kept["ok"] is None
    assert "SECRET" not in str(kept)
