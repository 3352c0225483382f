"""Which URLs a finished video may be fetched from."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from generations.providers.http.url_policy import ForbiddenURLError, URLPolicy, is_public

PUBLIC = "https://dashscope-intl.aliyuncs.com"
LOCAL = "http://127.0.0.1:8089/prefix"

# What the names of these tests resolve to.
NAMES = {
    "dashscope-intl.aliyuncs.com": ["47.88.0.1"],
    "public.example": ["93.184.215.14"],
    "public6.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "inside.example": ["10.1.2.3"],
    "half.example": ["93.184.215.14", "127.0.0.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "fake.example": ["198.18.0.9"],
    "fake-mapped.example": ["::ffff:198.19.0.9"],
    "vpc.example": ["100.118.28.45"],
    "metadata.example": ["100.100.100.200"],
    "half-fake.example": ["198.18.0.9", "10.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "2130706433": ["127.0.0.1"],
    "0x7f000001": ["127.0.0.1"],
    "0177.0.0.1": ["127.0.0.1"],
    "127.1": ["127.0.0.1"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def lookup(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        found = []
        for address in NAMES.get(host, [host]):
            found += real(address, port, *args, **kwargs)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def allowed(url: str, home: str = PUBLIC, hosts: tuple[str, ...] = ()) -> bool:
    """Both halves of the guard, as a download asks them."""
    guard = URLPolicy(home, hosts)
    try:
        guard.check(url)
        host, port = _destination(url)
        guard.resolve(host, port)
    except ForbiddenURLError:
        return False
    return True


def _destination(url: str) -> tuple[str, int]:
    """Where urllib3 would connect."""
    from urllib3.util import parse_url

    parts = parse_url(url)
    return str(parts.host).strip("[]"), parts.port or {"http": 80, "https": 443}[str(parts.scheme)]


HOSTILE = [
    # Not https.
    "http://public.example/clip.mp4",
    "ftp://public.example/clip.mp4",
    "file:///etc/passwd",
    "gopher://public.example/",
    "data:video/mp4;base64,AAAA",
    "javascript:alert(1)",
    "//public.example/clip.mp4",
    "/clip.mp4",
    "",
    "https:",
    "https:///clip.mp4",
    # This machine, in every spelling.
    "https://127.0.0.1/",
    "https://127.8.9.10/",
    "https://localhost/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    # The network around it.
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    # Disguises.
    "https://[::ffff:10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2606:4700::5efe:7f00:1]/",
    "https://inside.example/",
    "https://half.example/",
    "https://mapped.example/",
    "https://metadata.google.internal/",
    # Not for one machine, or for none.
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://198.18.0.1/",
    "https://192.0.2.1/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    # Names, passwords, ports, and characters that two parsers read differently.
    "https://user@public.example/",
    "https://user:password@public.example/",
    "https://public.example@10.0.0.1/",
    "https://public.example:22/",
    "https://public.example:8443/",
    "https://public.example:0/",
    "https://public.example:99999/",
    "https://public.example:abc/",
    "https://public.example\\@10.0.0.1/",
    "https://public.example/\r\nHost: x",
    "https://public.example /",
    "https://public.example/\x00",
    "https://[::1/",
    "https://16%39.254.169.254/",
    "https://%31%30.0.0.1/",
    "https://metadata.google.%69nternal/",
    "https://public.example%2f.evil/",
    "https://[fe80::1%25eth0]/",
    "https://１６９.254.169.254/",
    "https://public。example/",
    "https://pub\u00adlic.example/",
    "https://public.example;a/",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused(url: str) -> None:
    assert not allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://public.example/clip.mp4?Expires=1&Signature=x%2By",
        "https://public.example:443/clip.mp4",
        "https://PUBLIC.example/clip.mp4",
        "https://public6.example/clip.mp4",
        "https://93.184.215.14/clip.mp4",
        "https://[64:ff9b::5db8:d70e]/clip.mp4",  # a public address through NAT64
        "HTTPS://public.example/clip.mp4",
    ],
)
def test_a_public_url_is_fetched(url: str) -> None:
    assert allowed(url)


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("http://127.0.0.1:8089/clip.mp4", True),
        ("http://localhost:8089/clip.mp4", False),  # ::1 is not where the provider is
        ("http://127.0.0.1:6379/", False),
        ("http://127.0.0.1/", False),
        ("http://127.0.0.2:8089/", False),
        ("http://10.0.0.1:8089/", False),
        ("http://169.254.169.254/", False),
        ("http://[::ffff:127.0.0.1]:8089/", False),
        ("http://public.example/clip.mp4", True),
        ("https://public.example/clip.mp4", True),
        ("http://public.example:8089/clip.mp4", False),
        ("ftp://127.0.0.1:8089/clip.mp4", False),
    ],
)
def test_a_private_provider_opens_its_own_address_and_no_other(url: str, fetched: bool) -> None:
    assert allowed(url, home=LOCAL) is fetched


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("https://public.example/", True),
        ("https://public6.example/", True),
        ("https://93.184.215.14/", False),
        ("https://notpublic.example.evil/", False),
        ("https://evilpublic.example/", False),
    ],
)
def test_an_allow_list_names_host_suffixes(url: str, fetched: bool) -> None:
    assert allowed(url, hosts=("public.example", "*.public6.example", ".other")) is fetched


@pytest.mark.parametrize(
    "host", ["inside.example", "metadata.example", "metadata.google.internal", "100.118.28.45"]
)
def test_an_allow_list_opens_no_private_address(host: str) -> None:
    assert not allowed(f"https://{host}/", hosts=("inside.example", "metadata.example", "internal"))


@pytest.mark.parametrize(
    ("host", "fetched"),
    [
        ("fake.example", True),
        ("fake-mapped.example", True),
        ("198.18.0.9", False),
        ("[::ffff:198.18.0.9]", False),
        ("half-fake.example", False),
    ],
)
def test_a_name_may_stand_for_an_address_that_a_resolver_made_up(host: str, fetched: bool) -> None:
    assert allowed(f"https://{host}/") is fetched


def test_hosts_that_the_operator_named_may_be_in_the_shared_network() -> None:
    assert not allowed("https://vpc.example/")
    assert allowed("https://vpc.example/", hosts=("vpc.example",))
    assert not allowed("https://100.118.28.45/", hosts=("100.118.28.45",))


def test_not_even_a_provider_opens_the_clouds_own_services() -> None:
    assert not allowed("http://169.254.169.254/", home="http://169.254.169.254")
    assert not allowed("http://metadata.example/", home="http://metadata.example")


@pytest.mark.parametrize(
    ("url", "passed"),
    [
        ("https://public.example/", True),
        ("https://93.184.215.14/", True),
        ("https://10.0.0.1/", False),
        ("https://2130706433/", False),
        ("https://0x7f.1/", False),
        ("https://[::1]/", False),
        ("https://localhost/", False),
        ("https://printer.local/", False),
        ("https://intranet/", False),
        ("https://metadata.google.internal/", False),
        ("https://16%39.254.169.254/", False),
        ("https://metadata.google.%69nternal/", False),
        ("https://１６９.254.169.254/", False),
        ("https://0169.254.169.0254/", False),
        ("https://169.254.169.999/", False),
        ("https://a.0x7f/", False),
        ("https://cdn-7.0x7fs.example/", True),
    ],
)
def test_behind_a_proxy_what_needs_no_looking_up_is_still_judged(url: str, passed: bool) -> None:
    guard = URLPolicy(PUBLIC)
    if passed:
        guard.check_unresolved(url)
    else:
        with pytest.raises(ForbiddenURLError):
            guard.check_unresolved(url)


def test_what_is_no_address_is_not_public() -> None:
    assert not is_public("public.example")
    assert not is_public("")


@pytest.mark.parametrize(
    ("url", "secured"),
    [
        ("http://public.example/a.mp4?S=%2B#x", "https://public.example/a.mp4?S=%2B#x"),
        ("HTTP://public.example:80", "https://public.example"),
        ("http://public.example?x", "https://public.example?x"),
        (
            "https://public.example/?u=http://b.example/",
            "https://public.example/?u=http://b.example/",
        ),
        ("http://public.example:8080/", "http://public.example:8080/"),
        ("http://user@public.example/", "http://user@public.example/"),
        ("http://[::1]/", "http://[::1]/"),
        ("http://public.example\\@10.0.0.1/", "http://public.example\\@10.0.0.1/"),
        ("ftp://public.example/", "ftp://public.example/"),
    ],
)
def test_a_plain_http_url_is_asked_for_over_https(url: str, secured: str) -> None:
    assert URLPolicy(PUBLIC).secured(url) == secured
    assert URLPolicy(LOCAL).secured(url) == url


@pytest.mark.parametrize(
    ("url", "secured"),
    [
        (" https://public.example/a.mp4 ", "https://public.example/a.mp4"),
        ("https://public.example/my clip.mp4?a b", "https://public.example/my%20clip.mp4?a%20b"),
        ("https://public.example /a b", "https://public.example /a%20b"),
    ],
)
def test_blanks_in_a_path_are_written_as_they_must_be(url: str, secured: str) -> None:
    assert URLPolicy(PUBLIC).secured(url) == secured
