"""Where a finished video may be fetched from.

The URL comes from outside, so it is not trusted: it must not lead a worker to the machines
around it. Names are judged by what they resolve to, and exactly that is connected.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from generations.providers.http.deadline import Address, resolve

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}

# Not public according to the IANA registries of special-purpose addresses (2026-06). The last one
# looks public, but serves the virtual machines of a cloud (Azure's "wire server").
REFUSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",
    )
)
# The metadata services of clouds (AWS and others; Alibaba): they give credentials to their own
# machines.
METADATA = tuple(ipaddress.IPv4Network(each) for each in ("169.254.0.0/16", "100.100.100.200/32"))
# Clash, mihomo and Surge resolve every name to an address of this network and map it back when a
# connection is opened (2026). The network is reserved for benchmarks, so nothing else uses it.
FAKE_IPS = ipaddress.IPv4Network("198.18.0.0/15")
# Carrier-grade NAT (RFC 6598). Inside Alibaba's cloud, its storage has addresses in this network.
SHARED = ipaddress.IPv4Network("100.64.0.0/10")
PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
# Documentation, benchmarks, and the tunnels 6to4 and Teredo, which contain an IPv4 address.
REFUSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# NAT64 (RFC 6052) gives networks without IPv4 access to it. The IPv4 address inside is checked.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# ISATAP (RFC 5214) has an IPv4 address after this interface identifier.
ISATAP = (0x00005EFE, 0x02005EFE)
# A plain http URL on the default port, up to the path.
PLAIN_HTTP = re.compile(r"\Ahttp://([^/?#:@\\\s]+)(?::80)?(?=[/?#]|$)", re.I)
# Letters, digits, and the characters that join them. Proxies and libraries decode `%39` and
# full-width digits: the host that is checked would not be the host that is requested.
CLEAN_HOST = re.compile(r"[a-z0-9._:-]+")
# Some parsers read a name that ends in a number as an IPv4 address (WHATWG URL, 3.5).
PUBLIC_NAME = re.compile(r"([a-z0-9_-]+\.)+(?!0x[0-9a-f]*$)[a-z0-9_-]*[a-z][a-z0-9_-]*")
LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class ForbiddenURLError(Exception):
    """We do not fetch from there. `str()` names the rule, never the URL."""


def is_public(address: str) -> bool:
    """Can `address` be a machine on the internet, and nothing nearer?"""
    ip = _parsed(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return _is_public_v6(ip)
    return ip is not None and not any(ip in network for network in REFUSED_V4)


def looks_public(host: str) -> bool:
    """Can `host`, in small letters, be a machine on the internet? No name is looked up."""
    if literal := _literal(host):
        return is_public(literal)
    return bool(PUBLIC_NAME.fullmatch(host)) and not host.endswith(LOCAL_NAMES)


def _parsed(address: str) -> IPAddress | None:
    """`address`, or the IPv4 address that it is a form of; None if it is none."""
    try:
        ip: IPAddress = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return getattr(ip, "ipv4_mapped", None) or ip


def _is_public_v6(ip: ipaddress.IPv6Address) -> bool:
    if (int(ip) >> 32) & 0xFFFFFFFF in ISATAP or ip.scope_id:
        return False
    return ip in PUBLIC_V6 and not any(ip in network for network in REFUSED_V6)


def _literal(host: str) -> str:
    """`host` as an address, also when written as one number, octal or in hexadecimal; else ""."""
    if ":" in host:
        return host
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""


def checked_base(url: str) -> str:
    """A base URL without a slash at its end. Raises `ValueError`."""
    parts = urlsplit(url)
    clean = parts.hostname and not (parts.username or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not clean:
        raise ValueError("a base URL looks like https://host or https://host/prefix")
    return url.rstrip("/")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of `url`; ("", "", 0) for nonsense."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0
    return parts.scheme, (parts.hostname or "").rstrip("."), port


def joined(base: str, url: str) -> str:
    """`url` as it is meant where `base` was asked for; nonsense as it is."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url


class URLPolicy:
    """The rules for result URLs of the provider at `home` (its base URL).

    https only, unless home itself is http. Standard ports, or home's own port at home's own
    host or address. Public addresses only, or exactly those of home; names may also stand for
    what a resolver made up (`FAKE_IPS`). Hosts that end in one of `hosts`, if any are given: the
    operator trusts these, so they may be in the `SHARED` network.
    """

    def __init__(self, home: str, hosts: Iterable[str] = ()) -> None:
        self.home = self.scheme, self.host, self.port = origin(home)
        self.suffixes = tuple(host.strip().lower().lstrip("*").strip(".") for host in hosts)

    def secured(self, url: str) -> str:
        """`url` with its blanks as `%20`, and over https if it is plain http and home is not.

        Alibaba's pages show results behind http:// in places (2026). Its storage serves both,
        and what signs the query does not cover the scheme.
        """
        scheme, colon, rest = url.strip(" ").partition("://")
        host, slash, path = rest.partition("/")
        url = scheme + colon + host + slash + path.replace(" ", "%20")
        return PLAIN_HTTP.sub(r"https://\1", url, count=1) if self.scheme == "https" else url

    def check(self, url: str) -> None:
        """Raise `ForbiddenURLError` for what the URL alone gives away."""
        if re.search(r"[\x00-\x20\x7f\\]", url):
            raise ForbiddenURLError("not a clean URL")
        try:
            parts = urlsplit(url)
            port = DEFAULT_PORTS.get(parts.scheme) if parts.port is None else parts.port
            host = (parts.hostname or "").rstrip(".").lower()
        except ValueError as error:
            raise ForbiddenURLError("not a URL") from error
        if parts.scheme != "https" and (parts.scheme, self.scheme) != ("http", "http"):
            raise ForbiddenURLError("not https")
        if parts.username is not None or parts.password is not None:
            raise ForbiddenURLError("a name or password in the URL")
        self._check_host(host)
        if port not in (DEFAULT_PORTS[parts.scheme], self.port):
            raise ForbiddenURLError("not a standard port")

    def _check_host(self, host: str) -> None:
        if not host:
            raise ForbiddenURLError("no host")
        if not CLEAN_HOST.fullmatch(host):
            raise ForbiddenURLError("not a clean host")
        if self.suffixes and not self._is_trusted(host):
            raise ForbiddenURLError("not one of the allowed hosts")

    def _is_trusted(self, host: str) -> bool:
        """Did the operator name this host?"""
        return any(host == each or host.endswith("." + each) for each in self.suffixes)

    def check_unresolved(self, url: str) -> None:
        """For calls through a proxy, which looks names up itself.

        Raises `ForbiddenURLError` for what needs no look-up: addresses in any spelling, and
        names of the local network.
        """
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
        if not looks_public(host):
            kind = "address" if _literal(host) else "name"
            raise ForbiddenURLError(f"not a public {kind}")

    def resolve(self, host: str, port: int) -> list[Address]:
        """All addresses of `host`. `ForbiddenURLError` if a single one of them is out of bounds."""
        found = resolve(host, port)
        home: set[str] | None = None
        for _, where in found:
            if self._is_open(host, where[0]) and port in DEFAULT_PORTS.values():
                continue
            home = self._home() if home is None else home
            if where[0] not in home or port != self.port or _is_in(where[0], *METADATA):
                raise ForbiddenURLError("not a public address")
        return found

    def _is_open(self, host: str, address: str) -> bool:
        """May `host`, which stands for `address`, be asked?"""
        host = host.strip("[]").rstrip(".").lower()
        if _is_in(address, *METADATA):
            return False
        if is_public(address):
            return True
        if _literal(host):
            return False
        return _is_in(address, FAKE_IPS) or self._is_trusted(host) and _is_in(address, SHARED)

    def _home(self) -> set[str]:
        try:
            return {where[0] for _, where in resolve(self.host, self.port)}
        except OSError:
            return set()


def _is_in(address: str, *networks: ipaddress.IPv4Network) -> bool:
    ip = _parsed(address)
    return any(ip in network for network in networks) if ip else False
