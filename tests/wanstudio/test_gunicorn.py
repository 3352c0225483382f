"""What the start of the web server says."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
import requests

from tests.installation import CSRF, Installation


def set_up(address: str, token: str) -> tuple[int, str | None]:
    """Send the form with this token; returns status and where it leads."""
    with requests.Session() as browser:
        page = browser.get(f"{address}/setup/", timeout=120)
        found = CSRF.search(page.text)
        assert found
        account = {"username": "ada", "password1": "correct horse", "password2": "correct horse"}
        form = {"csrfmiddlewaretoken": found[1], "token": token, **account}
        done = browser.post(f"{address}/setup/", form, timeout=120, allow_redirects=False)
    return done.status_code, done.headers.get("Location")


def test_the_start_prints_the_token_of_the_set_up_until_there_is_somebody(tmp_path: Path) -> None:
    studio = Installation(tmp_path, HOST="0.0.0.0")
    studio.migrate()
    with studio.web() as address:
        token = studio.log.read_text().partition("Set-up token: ")[2].partition("\n")[0]
        assert set_up(address, "") == (200, None)
        assert set_up(address, token) == (302, "/")

    studio.log.unlink()
    with studio.web():
        pass
    assert "WAN Studio is at" in studio.log.read_text()
    assert "token" not in studio.log.read_text().lower()
    assert token not in studio.log.read_text()


def test_alone_on_this_machine_it_prints_no_token(tmp_path: Path) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    with studio.web():
        pass
    assert "Set-up token" not in studio.log.read_text()


def test_a_head_request_is_one_line_of_the_log_as_any_other(tmp_path: Path) -> None:
    """Django leaves it to the server to drop the body; gunicorn 27.0 warns each time."""
    studio = Installation(tmp_path)
    studio.migrate()
    with studio.web() as address:
        for path in ("/livez", "/setup/"):
            answer = requests.head(address + path, timeout=120)
            assert (answer.status_code, answer.content) == (200, b"")
    assert "HEAD /setup/ 200" in studio.log.read_text()
    assert "WARNING gunicorn" not in studio.log.read_text()


NO_REQUESTS = {
    "400": b"GET /?q=secret HTTP/9.9\r\n\r\n",
    "400 ": b"<b>secret</b>\r\n\r\n",
    " 400": b"GET /?q=a secret kite HTTP/1.1\r\n\r\n",
    " 400 ": b"GET / HTTP/1.1\r\nHost: a\r\nCookie : secret\r\n\r\n",
    "431": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-Secret: secret\r\n" * 200 + b"\r\n",
    "414": b"GET /?q=secret" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
    "417": b"POST / HTTP/1.1\r\nHost: a\r\nExpect: secret\r\nContent-Length: 1\r\n\r\n",
}


def test_what_is_no_request_is_answered_as_text_with_a_policy_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    with studio.web() as address:
        for status, request in NO_REQUESTS.items():
            port = int(address.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), 60) as connection:
                connection.sendall(request)
                answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()  # noqa: B023
            assert answer.startswith(f"HTTP/1.1 {status.strip()} "), answer
            assert "\r\nContent-Security-Policy: default-src 'none'; sandbox\r\n" in answer
            assert "\r\nContent-Type: text/plain" in answer
            assert "secret" not in answer
    assert "Invalid request" in studio.log.read_text()
    assert "secret" not in studio.log.read_text()


def test_no_proxy_moves_the_studio_to_a_path(tmp_path: Path) -> None:
    studio = Installation(tmp_path)
    studio.migrate()
    studio.person("ada")
    with studio.web() as address:
        moved = requests.get(
            f"{address}/studio/accounts/login/", headers={"SCRIPT_NAME": "/studio"}, timeout=120
        )
    assert moved.status_code == 404


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address")
def test_what_it_listens_on_by_name_it_answers_to_with_a_key_of_its_own(tmp_path: Path) -> None:
    studio = Installation(tmp_path, HOST="127.0.0.2")
    studio.migrate()
    with studio.web(host="127.0.0.2") as address:
        assert requests.get(f"{address}/setup/", timeout=120).status_code == 200
        other = requests.get(f"{address}/setup/", headers={"Host": "192.0.2.9"}, timeout=120)
        assert other.status_code == 400
    assert f"WAN Studio is at {address}" in studio.log.read_text()


def test_listening_everywhere_it_says_where_it_is_and_what_to_set(tmp_path: Path) -> None:
    studio = Installation(tmp_path, HOST="0.0.0.0")
    studio.migrate()
    with studio.web() as address:
        pass
    assert f"WAN Studio is at {address}\nIt listens on every address" in studio.log.read_text()
