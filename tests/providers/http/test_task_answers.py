"""Where an answer tells what, in shapes that no service has but some relay."""

from __future__ import annotations

from typing import Any

import pytest

from generations.providers.http.task_answers import (
    created_ids,
    is_about_another,
    layers,
    reason_of,
    state_word,
    task_ids,
    task_part,
    video_address,
)

A, B = "https://a.example/a.mp4", "https://b.example/b.mp4"


@pytest.mark.parametrize(
    "body",
    [
        {"video_url": A},
        {"videos": [A]},
        {"output": {"url": A, "type": "video/mp4"}},
        {"output": [{"content": [{"type": "image", "url": B}, {"type": "video", "url": A}]}]},
        {"data": {"outputs": [A, B]}},
        {"data": {"data": {"output": {"video_url": A}}, "fail_reason": "none"}},
        {"metadata": {"url": A}},
        {"url": B, "data": {"result_url": A}},
        {"data": [{"url": A}]},
        {"video_url": f" {A} "},
        {"video_url": "", "result_url": A},
    ],
    ids=str,
)
def test_an_address_is_found(body: Any) -> None:
    assert video_address(body) == A


@pytest.mark.parametrize(
    "body",
    [
        {"output": "done"},
        {"fail_reason": "see our page"},
        {"input": {"img_url": A}, "image_url": A, "cover": A},
        {"output": {"type": "image", "url": A}},
        {"video_url": "/"},
        {"video_url": 7, "url": None, "data": True},
        None,
        [],
    ],
    ids=str,
)
def test_what_is_no_address_of_a_video_is_none(body: Any) -> None:
    assert video_address(body) == ""


def test_a_bottomless_answer_is_read_to_a_depth() -> None:
    body: Any = {"video_url": A}
    for _ in range(5000):
        body = {"data": body}
    assert video_address(body) == ""
    assert len(layers(body)) <= 30


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"status": "success", "data": {"status": "IN_PROGRESS"}}, "IN_PROGRESS"),
        ({"id": "call", "status": "ok", "data": {"task_id": "t", "status": "QUEUED"}}, "QUEUED"),
        ({"task_id": "t", "status": "FAILURE", "data": {"status": "SUCCESS"}}, "FAILURE"),
        (
            {"task_id": "t", "status": "IN_PROGRESS", "data": {"task_id": "u", "status": "DONE"}},
            "IN_PROGRESS",
        ),
        ({"code": 0, "data": {"id": "t", "state": "running"}}, "running"),
        ({"output": {"task_id": "t", "task_status": "PENDING"}}, "PENDING"),
        ({"message": "nothing"}, ""),
    ],
    ids=str,
)
def test_the_state_is_that_of_the_task_and_not_of_the_call(body: Any, word: str) -> None:
    assert state_word(task_part(body, "t")) == word


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ({"task_id": "t"}, False),
        ({"id": 17, "task_id": "t"}, False),
        ({"id": 17}, False),
        ({"data": {"output": {"task_id": "upstream"}}, "task_id": "t"}, False),
        ({"task_id": "theirs"}, True),
        ({"data": {"id": "theirs"}}, True),
        ({"task_id": "\ufffd"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_an_answer_is_about_another_task_if_no_id_is_ours(body: Any, other: bool) -> None:
    assert is_about_another(task_ids(body), "t", str.__eq__) is other


def test_a_number_that_is_not_our_number_is_another_task() -> None:
    assert is_about_another(task_ids({"id": 18}), "17", str.__eq__)


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"task_id": "t", "id": "call"}, ("t", "")),
        ({"id": "t"}, ("t", "")),
        ({"data": {"generation_id": "t"}, "code": 200}, ("t", "")),
        ({"id": "call"}, ("", "")),
        ({"id": "t", "error": "no"}, ("", "")),
        ({"id": "t", "code": 1}, ("", "t")),
        ({"id": "t", "status": "failed"}, ("", "t")),
        ({"id": ".."}, ("", "")),
        ({"task_id": "\ufffd"}, ("", "")),
        ({"id": "x" * 256}, ("", "")),
    ],
    ids=str,
)
def test_the_id_of_a_create_is_what_can_be_no_other(body: Any, ids: tuple[str, str]) -> None:
    assert created_ids(body, "", "call") == ids


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"fail_reason": "B"}, ("", "B")),
        ({"code": "success", "message": "ok", "data": {"fail_reason": "B"}}, ("", "B")),
        ({"data": {"fail_reason": "DataInspectionFailed: B"}}, ("DataInspectionFailed", "B")),
        ({"results": [{"msg": "B"}]}, ("", "B")),
        ({"message": "success"}, ("", "")),
    ],
    ids=str,
)
def test_a_reason_is_found_where_it_stands(body: Any, reason: tuple[str, str]) -> None:
    assert reason_of(task_part(body), body, lambda _: ("", "")) == reason
