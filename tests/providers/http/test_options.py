"""The options of a request: what goes, what stays out, and what is refused."""

import pytest

from generations.providers.base import VideoRequest
from generations.providers.errors import ErrorCode, RequestRejectedError
from generations.providers.http.options import picture, quoted, set_options, validate_request

NAMES = ("prompt", "negative_prompt", "prompt_extend", "watermark", "seed")


def asked(**options: object) -> VideoRequest:
    return VideoRequest(**{"model": "m", "prompt": "a cat", "size": "832x480"} | options)


def test_what_was_not_given_stays_out_and_toggles_always_go() -> None:
    options = set_options(asked(prompt=" ", prompt_extend=False), *NAMES)
    assert options == {"prompt_extend": False, "watermark": False}


def test_a_seed_of_zero_is_a_seed_and_a_text_goes_as_it_was_typed() -> None:
    options = set_options(asked(prompt=" a cat ", seed=0), *NAMES)
    assert options["seed"] == 0 and options["prompt"] == " a cat "


def test_only_the_named_options_go() -> None:
    assert set_options(asked(seed=7), "prompt") == {"prompt": "a cat"}


@pytest.mark.parametrize(
    ("remote_id", "part"), [("t-1", "t-1"), ("../a?b#c", "..%2Fa%3Fb%23c"), ("猫", "%E7%8C%AB")]
)
def test_an_id_is_one_part_of_a_path(remote_id: str, part: str) -> None:
    assert quoted(remote_id) == part


def test_a_model_that_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(RequestRejectedError) as caught:
        validate_request(None, asked())
    assert caught.value.code == ErrorCode.INPUT
    assert caught.value.detail == "no such model here: m"


def test_a_create_from_no_picture_is_refused() -> None:
    with pytest.raises(RequestRejectedError) as caught:
        picture(asked())
    assert caught.value.code == ErrorCode.IMAGE
