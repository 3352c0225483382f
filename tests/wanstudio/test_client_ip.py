import pytest

from wanstudio.client_ip import client_ip, client_network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_an_address_is_what_our_own_proxy_saw(rf, settings, proxies, forwarded, expected):
    settings.WANSTUDIO_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_ip(rf.get("/", headers=headers)) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("203.0.113.9:4711", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
    ],
)
def test_a_guess_comes_from_a_network_that_is_one(rf, settings, address, expected):
    settings.WANSTUDIO_PROXIES = 1
    assert client_network(rf.get("/", headers={"X-Forwarded-For": address})) == expected
