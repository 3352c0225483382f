"""One question decides about each error: may we ask again?"""

from __future__ import annotations

import pytest

from generations.providers import errors
from generations.providers.errors import (
    AccountRejectedError,
    DownloadError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
    SubmitInterruptedError,
)

KINDS = (RequestRejectedError, ProviderUnavailableError, OutcomeUnknownError, DownloadError)
EVERY = [
    one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)
]


@pytest.mark.parametrize("error", [one for one in EVERY if one is not ProviderError])
def test_every_error_answers_it_in_one_way(error: type[ProviderError]) -> None:
    assert len([kind for kind in KINDS if issubclass(error, kind)]) == 1


def test_a_request_that_may_have_been_accepted_is_neither_refused_nor_free_to_repeat() -> None:
    assert not issubclass(OutcomeUnknownError, RequestRejectedError | ProviderUnavailableError)
    assert issubclass(SubmitInterruptedError, ProviderUnavailableError)


@pytest.mark.parametrize("error", EVERY)
def test_what_people_may_read_holds_nothing_that_the_service_said(
    error: type[ProviderError],
) -> None:
    raised = error(detail="sk-secret", provider_data={"answer": "sk-secret"})
    assert "sk-secret" not in str(raised)
    assert str(raised) == f"{error.__name__}: {error.code}"
    assert raised.detail == "sk-secret"


def test_a_code_is_what_was_told_or_what_the_error_means() -> None:
    assert RequestRejectedError(ErrorCode.CONTENT).code == "content"
    assert RequestRejectedError().code == "input"
    assert AccountRejectedError().code == "auth"
    assert OutcomeUnknownError().code == "unconfirmed"
