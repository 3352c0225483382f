"""nginx in front, as docs/deploy says: it sends the files that the studio allows."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from generations.media.file_response import VIDEO_POLICY
from tests.certificates import Authority
from tests.factory import VIDEO
from tests.films import draw_film
from tests.installation import CSRF, ROOT, Installation, Person, free_port
from tests.memory import linux_alone

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not here: apt install nginx-light")

LARGE = 60 * 2**20  # bytes
# What cannot be compressed: as long as a cookie may be.
RANDOM = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9000)], k=2000))

CONF = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/start.log warn; worker_processes 1; {user}
events {{ worker_connections 64; }}
http {{
    types {{ }} access_log off; server_tokens off;  # as Debian 13 has it
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/site.conf;
    server {{ listen 127.0.0.1:{port}; include {folder}/locations.conf; }}
    server {{
        listen 127.0.0.1:{away}; include {folder}/away.conf;
        access_log {folder}/studio.log studio; error_log {folder}/studio-error.log emerg;
    }}
}}
"""


class Site:
    """`away` is the address of an nginx behind which nobody answers.

    `plain` and `tls` are ports of the site that the documentation has, its logs are in `folder`.
    """

    def __init__(self, folder: Path, ports: dict[str, int], installation: Installation) -> None:
        self.folder, self.plain, self.tls = folder, ports["plain"], ports["tls"]
        self.address = f"http://127.0.0.1:{ports['port']}"
        self.away = f"http://127.0.0.1:{ports['away']}"
        self.authority = folder / "authority/ca.pem"
        self.installation = installation
        self.row = installation.run(
            "ada = User.objects.get(username='ada')\n"
            "row = make_generation('succeeded', owner=ada)\n"
            "print(row.pk, row.video.name)"
        )
        self.pk, self.name = self.row.split()
        self.video = f"/v/{self.pk}/video.mp4"


def locations(folder: Path, behind: str) -> str:
    """The file of the documentation for a studio at `behind`."""
    text = (ROOT / "docs/deploy/nginx-locations.conf").read_text("utf-8")
    text = text.replace("127.0.0.1:8000", behind)
    return text.replace("/srv/wanstudio/media/", f"{folder}/media/")


def whole_site(folder: Path, ports: dict[str, int]) -> str:
    """The site of the documentation, on ports and with files of its own."""
    certificate, key = Authority(folder / "authority").sign("studio")
    text = (ROOT / "docs/deploy/nginx.conf").read_text("utf-8")
    for theirs, ours in {
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl": f"listen 127.0.0.1:{ports['tls']} ssl",
        "/etc/letsencrypt/live/studio.example.com/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/studio.example.com/privkey.pem": str(key),
        "/var/log/nginx/": f"{folder}/",
        "/etc/nginx/nginx-locations.conf": f"{folder}/locations.conf",
    }.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    installation = Installation(folder, WANSTUDIO_SENDFILE="nginx", WANSTUDIO_PROXIES="1")
    installation.migrate()
    for name in ("ada", "bob"):
        installation.person(name)
    with installation.web() as behind:
        ports = {name: free_port() for name in ("port", "away", "plain", "tls")}
        (folder / "site.conf").write_text(whole_site(folder, ports))
        (folder / "locations.conf").write_text(locations(folder, behind.removeprefix("http://")))
        (folder / "away.conf").write_text(locations(folder, f"127.0.0.1:{free_port()}"))
        user = "user root;" if folder.owner() == "root" else ""
        conf = CONF.format(folder=folder, user=user, **ports)
        (folder / "nginx.conf").write_text(conf)
        command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        server = subprocess.Popen(command)
        try:
            installation.wait_for(f"http://127.0.0.1:{ports['port']}/healthz")
            yield Site(folder, ports, installation)
        finally:
            server.terminate()
            server.wait(timeout=60)


def test_the_owner_gets_ranges_from_nginx_with_the_headers_of_ours(site: Site) -> None:
    ada = Person(site.address, "ada")
    answer = ada.ask("GET", site.video, headers={"Range": "bytes=0-1"})
    headers = answer.headers
    assert (answer.status_code, answer.content) == (206, VIDEO[:2])
    assert headers["Server"].startswith("nginx")
    assert headers["Content-Range"] == f"bytes 0-1/{len(VIDEO)}"
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Content-Security-Policy"] == VIDEO_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-cache"
    assert "X-Accel-Redirect" not in headers
    assert ada.ask("GET", site.video).content == VIDEO
    beyond = ada.ask("GET", site.video, headers={"Range": f"bytes={len(VIDEO)}-"})
    assert beyond.status_code == 416


def test_what_the_browser_has_is_not_sent_again_and_shown_to_nobody_else(site: Site) -> None:
    ada = Person(site.address, "ada")
    kept = {"If-None-Match": ada.ask("GET", site.video).headers["ETag"]}
    again = ada.ask("GET", site.video, headers=kept)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert Person(site.address, "bob").ask("GET", site.video, headers=kept).status_code == 404


def test_others_get_nothing(site: Site) -> None:
    assert Person(site.address, "bob").ask("GET", site.video).status_code == 404
    stranger = requests.get(site.address + site.video, allow_redirects=False, timeout=60)
    assert stranger.status_code == 302


@pytest.mark.parametrize("path", ["/_media/{name}", "/_media/../_media/{name}", "/_media/"])
def test_nobody_reaches_the_files_past_the_studio(site: Site, path: str) -> None:
    address = site.address + path.format(name=site.name)
    for asker in (requests, Person(site.address, "ada")):
        answer = asker.get(address, timeout=60)
        assert answer.status_code == 404
        assert "default-src 'none'; sandbox" in answer.headers["Content-Security-Policy"]


def test_figures_are_not_for_the_world(site: Site) -> None:
    assert requests.get(f"{site.address}/metrics", timeout=60).status_code == 404


def test_pages_come_through_with_their_own_policy(site: Site) -> None:
    page = Person(site.address, "ada").ask("GET", f"/v/{site.pk}/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_download_by_name_comes_from_nginx_too(site: Site) -> None:
    answer = Person(site.address, "ada").ask("GET", f"/v/{site.pk}/download/?plain")
    assert answer.content == VIDEO
    assert "a-fox-in-the-snow" in answer.headers["Content-Disposition"]


@linux_alone
def test_a_slow_reader_of_a_large_download_fills_no_disk(site: Site, tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4")
    with film.open("ab") as file:
        file.write(LARGE.to_bytes(4, "big") + b"free" + bytes(LARGE - 8))
    pk = site.installation.run(
        "from pathlib import Path\n"
        "ada = User.objects.get(username='ada')\n"
        f"content = Path({str(film)!r}).read_bytes()\n"
        "print(make_generation('succeeded', owner=ada, content=content).pk)"
    ).strip()
    answer = Person(site.address, "ada").ask("GET", f"/v/{pk}/download/", stream=True)
    with answer:
        assert int(answer.headers["Content-Length"]) > LARGE
        sizes = [0]
        while len(sizes) < 120 and (sizes[-1] == 0 or sizes[-1] != sizes[-2]):
            time.sleep(1)
            sizes.append(temporary_bytes(site.folder / "proxy"))
        assert 0 < sizes[-1] <= 17 * 2**20, sizes


def temporary_bytes(folder: Path) -> int:
    """What processes keep in files of `folder`; nginx has unlinked them already."""
    total = 0
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(descriptor).startswith(f"{folder}/"):
                total += descriptor.stat().st_size
    return total


def test_the_longest_text_comes_back_though_the_session_has_ended(site: Site) -> None:
    """It is in a cookie of 3.5 kB, beside the studio's other headers."""
    ada = Person(site.address, "ada")
    token = CSRF.search(ada.ask("GET", "/").text)
    assert token
    session = next(cookie for cookie in ada.cookies if "session" in cookie.name)
    ada.cookies.clear(session.domain, session.path, session.name)
    data = {"csrfmiddlewaretoken": token[1], "prompt": RANDOM, "negative_prompt": RANDOM}
    headers = {"Origin": site.address}
    answer = ada.ask("POST", "/", data=data, headers=headers, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/?next=%2F")
    assert any(len(cookie.value or "") > 3000 for cookie in answer.cookies)


def test_a_long_address_without_its_last_slash_leads_on(site: Site) -> None:
    path = f"/gallery?q={'a' * 7000}"
    answer = Person(site.address, "ada").ask("GET", path, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, path.replace("?", "/?"))


def test_what_nginx_says_for_itself_is_a_sentence_and_carries_a_policy(site: Site) -> None:
    large = requests.post(site.address, data=bytes(13_000_000), timeout=60)
    away = requests.get(site.away, timeout=60)
    for answer, status, word in ((large, 413, "10 MB"), (away, 502, "请稍后重试")):
        answer.encoding = "utf-8"
        assert (answer.status_code, word in answer.text) == (status, True)
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


OWN_ERRORS = {
    "400": b"GET / HTTP/1.1\r\n\r\n",  # no Host
    "414": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: studio.example.com\r\n\r\n",
    "404": b"GET /metrics HTTP/1.1\r\nHost: studio.example.com\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("status", OWN_ERRORS)
@pytest.mark.parametrize("encrypted", [False, True])
def test_so_do_all_its_own_errors_and_none_tells_a_version(
    site: Site, status: str, encrypted: bool
) -> None:
    port = site.tls if encrypted else int(site.address.rpartition(":")[2])
    head = answer_of(port, OWN_ERRORS[status], site.authority if encrypted else None)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert "\r\nContent-Security-Policy: default-src 'none'; sandbox\r\n" in head
    assert "\r\nX-Content-Type-Options: nosniff\r\n" in head
    assert re.search("nginx/[0-9]", head) is None


def answer_of(port: int, request: bytes, authority: Path | None = None) -> str:
    """What is answered to these bytes, up to its end; over TLS with an authority."""
    with socket.create_connection(("127.0.0.1", port), 60) as plain:
        tls = ssl.create_default_context(cafile=authority) if authority else None
        connection = tls.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def test_from_port_80_everybody_is_led_to_the_studio_alone(site: Site) -> None:
    request = b"GET /gallery/?q=a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    head = answer_of(site.plain, request)
    assert "\r\nLocation: https://studio.example.com/gallery/?q=a\r\n" in head
    assert "evil" not in head
    assert "Content-Security-Policy: default-src 'none'; sandbox" in head
    assert re.search("nginx/[0-9]", head) is None


def test_a_page_over_tls_has_one_policy_that_of_the_studio(site: Site) -> None:
    request = b"GET /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    head = answer_of(site.tls, request, site.authority).partition("\r\n\r\n")[0]
    assert head.startswith("HTTP/1.1 200 ")
    assert head.count("Content-Security-Policy:") == head.count("X-Content-Type-Options:") == 1
    assert "script-src 'self'" in head


def test_no_log_has_a_key_or_what_was_searched_for(site: Site) -> None:
    secret = "1-abc-0123456789abcdef"
    path = f"/accounts/reset/{secret}/?q={secret}"
    referrer = {"Referer": f"https://studio.example.com{path}"}
    for address in (site.address, site.away, f"https://127.0.0.1:{site.tls}"):
        for each in (path, f"/accounts/email/confirm/{secret}/"):
            requests.get(
                address + each,
                headers=referrer,
                timeout=60,
                verify=str(site.authority),
                allow_redirects=False,
            )
    answer_of(site.plain, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    logs = [site.folder / name for name in ("studio.log", "studio-error.log", "start.log")]
    logs.append(site.installation.log)
    assert "/accounts/reset/... 502" in logs[0].read_text()
    assert "GET /accounts/reset/…/" in site.installation.log.read_text()
    assert not [log for log in logs if secret in log.read_text()]


def test_guesses_are_slowed_down_and_neither_pages_nor_other_posts_are(site: Site) -> None:
    with requests.Session() as stranger:
        stranger.headers["X-Forwarded-For"] = "192.0.2.7"  # which changes nothing
        # nginx alone answers these: a slow studio must not make them few enough.
        guesses = [stranger.post(f"{site.away}/accounts/login/", timeout=60) for _ in range(60)]
        pages = [stranger.get(f"{site.address}/accounts/login/", timeout=60) for _ in range(60)]
        posts = [stranger.post(f"{site.address}/i18n/setlang/", timeout=60) for _ in range(60)]
    refused = [answer for answer in guesses if answer.status_code == 429]
    assert 10 <= len(refused) < 60
    assert "try again" in refused[0].text and refused[0].headers["Retry-After"] == "10"
    assert refused[0].headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {answer.status_code for answer in pages} == {200}
    assert 429 not in {answer.status_code for answer in posts}


def test_a_flood_of_posts_is_cut_off(site: Site) -> None:
    with requests.Session() as stranger:
        posts = [stranger.post(f"{site.away}/selection/", timeout=60) for _ in range(250)]
    statuses = [answer.status_code for answer in posts]
    assert statuses[0] != 429
    assert statuses.count(429) > 50
