"""Addresses of pictures: passed on, never fetched, and only if they look public."""

import pytest

from generations.forms.image_url import InvalidImageURLError, public_url


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/fox.jpg",
        "http://example.org:8080/a/b.png?x=1&y=%20#z",
        "HTTPS://Example.org/",
        "https://8.8.8.8/fox.jpg",
        "https://[2001:4860:4860::8888]/fox.jpg",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_public_addresses_are_taken_and_nothing_is_looked_up(address):
    assert public_url(address).lower() == address.lower()


def test_other_alphabets_leave_in_ascii():
    assert public_url("https://例子.中国/雪.jpg") == "https://xn--fsqu00a.xn--fiqs8s/%E9%9B%AA.jpg"


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/a.jpg", "https://127.1/a.jpg", "https://2130706433/", "https://0x7f.1/",
        "https://017700000001/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.0.0.1/",
        "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data", "https://0.0.0.0/",
        "https://localhost/", "https://localhost./", "https://LOCALHOST:8000/", "https://a.localhost/",
        "https://printer.local/", "https://db.internal/", "https://intranet/", "https://１２７.0.0.1/",
        "https://100.64.0.1/", "https://[fe80::1]/", "https://224.0.0.1/",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address):
    with pytest.raises(InvalidImageURLError, match="not a public one"):
        public_url(address)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("ftp://example.org/a.jpg", "must begin with"),
        ("javascript:alert(1)", "must begin with"),
        ("data:image/png;base64,AAAA", "must begin with"),
        ("file:///etc/passwd", "must begin with"),
        ("//example.org/a.jpg", "must begin with"),
        ("example.org/a.jpg", "must begin with"),
        ("https://user:pass@example.org/", "a user name or a password"),
        ("https://user@example.org/", "a user name or a password"),
        ("https://@example.org/", "a user name or a password"),
        ("https://example.org/" + "a" * 2029, "longer than 2,048"),
        ("https://example.org/" + "雪" * 300, "longer than 2,048"),
        ("https:///a.jpg", "not a complete"),
        ("https://", "not a complete"),
        ("https://example.org/\ud800", "not a complete"),
        ("https://example.org:99999/", "not a complete"),
        ("https://example.org:x/", "not a complete"),
        ("https://example.org/a b", "not a complete"),
        ("https://example.org\\@evil.org/", "not a complete"),
        ("https://example.org/\x00", "not a complete"),
        ("https://[::1/", "not a complete"),
        ("https://..example.org/", "not a complete"),
        ("https://16%39.254.169.254/", "not a complete"),
        ("https://metadata.google.%69nternal/", "not a complete"),
        ("https://example.org%2f.evil/", "not a complete"),
        ("https://[fe80::1%25eth0]/", "not a complete"),
        ("https://0169.254.169.0254/", "not a public one"),
        ("https://a.0x7f/", "not a public one"),
        ("https://" + "ü" * 70 + ".org/", "not a complete"),
    ],
)
def test_everything_else_is_refused_with_its_reason(address, sentence):
    with pytest.raises(InvalidImageURLError, match=sentence):
        public_url(address)
