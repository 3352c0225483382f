"""Downloads: what comes home, and what does not."""

from __future__ import annotations

import gzip
import io
import logging
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from generations.providers.dashscope import DashScope
from generations.providers.errors import DownloadError
from tests.providers.contract.base import CANARY, ENDLESS, FIXTURES, stranger
from tests.providers.server import Server, Step, answer, drip, hang, raw, reset, truncate

VIDEO = bytes(range(256)) * 4000
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def provider(server: Server) -> DashScope:
    made = DashScope(alias="here", api_key=CANARY, base_url=server.url, max_video_bytes=2_000_000)
    made.downloads.seconds = made.downloads.silence = 60
    return made


def fetch(provider: DashScope, url: str) -> bytes:
    file = io.BytesIO()
    provider.download(url, file)
    return file.getvalue()


def failure(provider: DashScope, url: str) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        fetch(provider, url)
    return caught.value


def test_the_file_comes_home_byte_for_byte(server: Server, provider: DashScope) -> None:
    server.then(answer(200, VIDEO))
    assert fetch(provider, f"{server.url}/clip.mp4?Signature=s") == VIDEO
    assert server.seen[0].path == "/clip.mp4?Signature=s"


def test_no_key_and_no_cookie_goes_along(server: Server, provider: DashScope) -> None:
    server.then(answer(200, VIDEO))
    fetch(provider, server.url)
    headers = server.seen[0].headers
    assert "authorization" not in headers and "cookie" not in headers
    assert CANARY not in str(headers)
    assert headers["accept-encoding"] == "identity"


def test_every_piece_renews_the_lease(server: Server, provider: DashScope) -> None:
    server.then(answer(200, VIDEO))
    pieces: list[int] = []
    file = io.BytesIO()
    provider.download(server.url, file, on_chunk=lambda: pieces.append(file.tell()))
    assert len(pieces) >= 4 and pieces[-1] == len(VIDEO)


def test_what_the_caller_raises_goes_through(server: Server, provider: DashScope) -> None:
    class LeaseLost(Exception):
        pass

    def lost() -> None:
        raise LeaseLost

    server.then(answer(200, VIDEO))
    with pytest.raises(LeaseLost):
        provider.download(server.url, io.BytesIO(), on_chunk=lost)


def test_a_full_disk_goes_through(server: Server, provider: DashScope) -> None:
    server.then(answer(200, VIDEO))
    with pytest.raises(OSError, match="No space"), open("/dev/full", "wb", buffering=0) as full:
        provider.download(server.url, full)


BROKEN: dict[str, Step] = {
    "read timeout": hang,
    "cut": truncate,
    "reset": reset,
    "garbage": raw(b"\x00\x01\x02\r\n\r\n"),
    "shorter than promised": raw(OK + b"Content-Length: 1000\r\n\r\nshort"),
    "empty": answer(200, b""),
    "headers drip": drip(OK + b"X-A: "),
    "body drips": drip(OK + b"Content-Length: 1000\r\n\r\n"),
    "body without length drips": drip(OK + b"\r\n"),
    "broken chunks": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n"),
    "gzip bomb": answer(200, gzip.compress(b"\0" * 50_000_000), {"Content-Encoding": "gzip"}),
    "half of a compressed file": answer(200, gzip.compress(VIDEO)[:1000]),
    "what only begins as if compressed": answer(200, b"\x1f\x8b" + VIDEO),
    "more than allowed, promised": answer(200, b"", {"Content-Length": 2_000_001}),
    "more than allowed, unpromised": answer(200, b"v" * 2_000_001, {"Content-Length": None}),
    "a length of nonsense digits": answer(200, VIDEO, {"Content-Length": "9" * 5000}),
    "206": answer(206, VIDEO),
    "500": answer(500),
    "429": answer(429),
    "redirect to nowhere": answer(302, headers={"Location": ""}),
    "redirect loop": answer(302, headers={"Location": "/again"}),
    "redirect to another loopback port": answer(302, headers={"Location": "http://127.0.0.1:1/"}),
    "redirect to localhost": answer(302, headers={"Location": "http://localhost/"}),
    "redirect to metadata": answer(302, headers={"Location": "http://169.254.169.254/"}),
    "redirect to a private address": answer(307, headers={"Location": "http://10.0.0.1/"}),
    "redirect to IPv6 loopback": answer(302, headers={"Location": "http://[::1]/"}),
    "redirect to a file": answer(302, headers={"Location": "file:///etc/passwd"}),
    "redirect with a password": answer(302, headers={"Location": "https://a:b@public.example/"}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_download_fails_without_ending_the_row(
    server: Server, provider: DashScope, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    caplog.set_level(logging.DEBUG)
    if what in ENDLESS:
        provider.downloads.seconds = 0.5
    server.then(BROKEN[what])
    error = failure(provider, f"{server.url}/clip.mp4?Signature=secret")
    assert error.detail
    assert "secret" not in f"{error} {error.detail} {error.__cause__} {caplog.text}"
    assert error.__suppress_context__ or error.__context__ is None
    assert "download broken" in caplog.text


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_what_comes_compressed_is_unpacked(server: Server, provider: DashScope, pack: Any) -> None:
    server.then(answer(200, pack(VIDEO)))
    assert fetch(provider, server.url) == VIDEO


def test_the_first_byte_may_come_alone(server: Server, provider: DashScope) -> None:
    packed = gzip.compress(VIDEO)
    chunks = [packed[:1], packed[1:]]
    body = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"
    server.then(raw(OK + b"Transfer-Encoding: chunked\r\n\r\n" + body))
    assert fetch(provider, server.url) == VIDEO


REFUSED = (401, 403)


@pytest.mark.parametrize("status", REFUSED)
def test_the_key_goes_to_the_services_own_origin_once_that_asks_for_it(
    server: Server, provider: DashScope, status: int
) -> None:
    server.then(answer(status), answer(200, VIDEO))
    assert fetch(provider, f"{server.url}/v1/videos/1/content") == VIDEO
    told = [seen.headers.get("authorization") for seen in server.seen]
    assert told == [None, f"Bearer {CANARY}"]


def test_the_key_is_not_given_twice_nor_after_a_redirect(
    server: Server, provider: DashScope
) -> None:
    server.then(answer(401), answer(401))
    assert failure(provider, server.url).detail == "HTTP 401"
    server.script.clear()
    server.seen.clear()
    server.then(answer(302, headers={"Location": "/content"}), answer(401), answer(401))
    assert failure(provider, server.url).detail == "HTTP 401"
    assert all("authorization" not in seen.headers for seen in server.seen)
    assert len(server.seen) == 2


def test_the_key_goes_along_no_redirect(server: Server, provider: DashScope) -> None:
    hop = answer(302, headers={"Location": "/storage"})
    server.then(answer(401), hop, answer(200, VIDEO))
    assert fetch(provider, server.url) == VIDEO
    assert ["authorization" in seen.headers for seen in server.seen] == [False, True, False]


@pytest.mark.parametrize("base", ["http://127.0.0.1:{}", "http://localhost:{}"])
def test_the_key_goes_to_no_other_port_or_host(server: Server, base: str) -> None:
    """Another port of the same machine, another name of it: neither is the origin."""
    with Server() as other:
        other.then(answer(401))
        home = base.format(other.port if "localhost" in base else server.port)
        provider = DashScope(alias="here", api_key=CANARY, base_url=home)
        failure(provider, other.url)
        assert all("authorization" not in seen.headers for seen in other.seen)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_url_that_is_too_old_fails(server: Server, provider: DashScope, status: int) -> None:
    server.then(answer(status, b"<Error><Code>AccessDenied</Code></Error>"))
    assert failure(provider, server.url).detail == f"HTTP {status}"


def test_three_redirects_are_followed_and_no_more(server: Server, provider: DashScope) -> None:
    hop = answer(302, headers={"Location": "/next"})
    server.then(hop, hop, hop, answer(200, VIDEO))
    assert fetch(provider, server.url) == VIDEO
    server.script.clear()
    server.then(hop, hop, hop, hop, answer(200, VIDEO))
    assert "redirects" in failure(provider, server.url).detail


def test_a_refused_connection_and_an_unknown_host_are_failures(provider: DashScope) -> None:
    assert failure(provider, "https://nowhere.invalid/clip.mp4").detail
    with socket.create_server(("127.0.0.1", 0)) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    closed = DashScope(alias="here", api_key=CANARY, base_url=url)
    assert failure(closed, url).detail


def test_a_name_that_changes_its_mind_gains_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is public and is what gets connected; a second is never asked for."""
    asked: list[str] = []
    tried: list[Any] = []

    def rebinding(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(sock: socket.socket, where: Any) -> None:
        tried.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", connect)
    provider = DashScope(alias="here", api_key=CANARY, base_url="https://provider.example")
    failure(provider, "https://rebinding.example/clip.mp4")
    assert asked == ["rebinding.example"]
    assert tried == ["93.184.215.14"]


def test_an_https_provider_never_has_us_fetch_over_http(server: Server) -> None:
    provider = DashScope(alias="here", api_key=CANARY, base_url="https://provider.example")
    assert "not https" in failure(provider, f"{server.url}/clip.mp4").detail
    assert server.connections == 0


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server for https://video.example on a public address, in the eyes of the product."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    lookup, connect = socket.getaddrinfo, socket.socket.connect
    with Server(context=stranger()) as server:
        places = {("93.184.215.14", 443): ("127.0.0.1", server.port)}

        def resolved(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            there = "93.184.215.14" if host == "video.example" else host
            return lookup(there, port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", resolved)
        monkeypatch.setattr(
            socket.socket, "connect", lambda sock, where: connect(sock, places[where])
        )
        yield server


@pytest.mark.parametrize("host", ["video.example", "video.example:80", "VIDEO.example"])
def test_a_plain_http_result_comes_home_over_https(storage: Server, host: str) -> None:
    storage.then(
        answer(302, headers={"Location": f"HTTP://{host}/b.mp4?Signature=a%2Bb"}),
        answer(200, VIDEO),
    )
    provider = DashScope(alias="here", api_key=CANARY, base_url="https://provider.example")
    assert fetch(provider, f"http://{host}/a.mp4?Expires=1&Signature=s%3D") == VIDEO
    paths = [seen.path for seen in storage.seen]
    assert paths == ["/a.mp4?Expires=1&Signature=s%3D", "/b.mp4?Signature=a%2Bb"]


def test_an_allow_list_holds(server: Server) -> None:
    provider = DashScope(
        alias="here", api_key=CANARY, base_url=server.url, result_hosts=["aliyuncs.com"]
    )
    assert "allowed hosts" in failure(provider, server.url).detail
    assert server.connections == 0


def test_a_proxy_carries_downloads_too(server: Server) -> None:
    server.then(answer(200, VIDEO))
    provider = DashScope(
        alias="here", api_key=CANARY, base_url="http://provider.example", proxy=server.url
    )
    assert fetch(provider, "http://storage.example/clip.mp4") == VIDEO
    assert server.seen[0].path == "http://storage.example/clip.mp4"
    assert failure(provider, "http://10.0.0.1/clip.mp4").detail


def test_a_redirect_past_the_proxy_is_judged_by_its_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy looks names up itself; where NO_PROXY has us connect, we look."""
    connect, tried = socket.socket.connect, []

    def recorded(sock: socket.socket, where: Any) -> None:
        tried.append(where)
        connect(sock, where)

    monkeypatch.setenv("HTTPS_PROXY", server.url)
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,.corp.example")
    monkeypatch.setattr(socket, "getaddrinfo", _inside(socket.getaddrinfo))
    monkeypatch.setattr(socket.socket, "connect", recorded)
    server.then(tunnel_to_a_redirect("https://intranet.corp.example/clip.mp4"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(FIXTURES / "tls" / "cert.pem"))
    provider = DashScope(alias="here", api_key=CANARY, base_url="https://provider.example")
    assert "not a public address" in failure(provider, "https://video.example/clip.mp4").detail
    assert [seen.method for seen in server.seen] == ["CONNECT"]
    assert tried == [("127.0.0.1", server.port)]


def tunnel_to_a_redirect(target: str) -> Step:
    """A proxy's CONNECT to https://video.example, which redirects to `target`."""

    def step(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with stranger().wrap_socket(sock, server_side=True) as inner:
            inner.recv(65_536)
            answer(302, headers={"Location": target})(inner)

    return step


def _inside(lookup: Any) -> Any:
    def resolved(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        return lookup("10.1.2.3" if "corp" in host else host, port, *args, **kwargs)

    return resolved
