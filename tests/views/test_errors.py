"""The page for a request that makes no sense."""

import pytest
from django.core.exceptions import (
    BadRequest,
    DisallowedHost,
    SuspiciousFileOperation,
    SuspiciousOperation,
    TooManyFieldsSent,
)

from generations.views.errors import bad_request

SENTENCES = {
    "en": ("The studio does not understand this request", "does not answer at this address"),
    "zh-CN": ("本站无法理解这个请求", "本站不使用此地址"),
}


def fields(number):
    return {f"field{n}": "x" for n in range(number)}


@pytest.mark.parametrize("language", SENTENCES)
def test_an_unknown_host_is_told_so_without_database_and_session(client, language):
    """No `db` fixture: a question to the database would fail."""
    headers = {"host": "<evil>.example.com", "accept-language": language}
    answer = client.get("/gallery/", headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert SENTENCES[language][1] in text
    assert "ALLOWED_HOSTS" in text
    assert "evil" not in text
    assert "script-src 'self';" in answer["Content-Security-Policy"]
    assert client.cookies.keys() == set()


@pytest.mark.django_db
@pytest.mark.parametrize("language", SENTENCES)
def test_too_many_fields_are_answered_by_a_page_of_ours(client, owner, language, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 5
    client.force_login(owner)
    answer = client.post("/", fields(6), headers={"accept-language": language})
    assert answer.status_code == 400
    assert SENTENCES[language][0] in answer.content.decode()


@pytest.mark.django_db
def test_a_broken_upload_is_answered_by_the_same_page(client, owner):
    client.force_login(owner)
    answer = client.post("/", b"nonsense", content_type="multipart/form-data; boundary=")
    assert answer.status_code == 400
    assert SENTENCES["en"][0] in answer.content.decode()


@pytest.mark.parametrize(
    "exception",
    [BadRequest, SuspiciousOperation, SuspiciousFileOperation, TooManyFieldsSent, DisallowedHost],
)
def test_no_reason_that_django_gives_is_repeated(rf, exception):
    answer = bad_request(rf.get("/"), exception("canary"))
    assert answer.status_code == 400
    assert "WAN Studio" in answer.content.decode()
    assert "canary" not in answer.content.decode()


@pytest.mark.parametrize("chosen", ["zh-hans", "en"])
def test_the_language_that_was_chosen_wins(rf, settings, chosen):
    request = rf.get("/", headers={"accept-language": "zh-CN"})
    request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
    assert f'lang="{chosen}"' in bad_request(request, BadRequest()).content.decode()
