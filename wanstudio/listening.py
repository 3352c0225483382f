"""Where the studio listens (`HOST`, `PORT`), and how to announce it."""

import ipaddress
import socket
from collections.abc import Iterator

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}  # this machine, only for itself
# Nothing is sent to it: the system only chooses the local address that it would use.
TARGETS = ("192.0.2.1", "10.255.255.255", "172.31.255.255", "192.168.255.255", "2001:db8::1")


def is_every_address(host: str) -> bool:
    """Whether `host` stands for all addresses of this machine, as `0.0.0.0` and `::` do."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host == "0"


def url_host(host: str) -> str:
    """`host` as it stands in a URL and in ALLOWED_HOSTS: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def own_url(host: str, port: int) -> str:
    """The URL at which this machine reaches what listens on `host`."""
    if is_every_address(host):
        host = "localhost" if ":" in host else "127.0.0.1"
    return f"http://{url_host(host)}:{port}"


def allowed_by_name(host: str) -> list[str]:
    """What ALLOWED_HOSTS gets for listening on `host`: nothing that stands for many names."""
    many = is_every_address(host) or host.startswith((".", "*"))
    return [] if many else [url_host(host)]


def own_addresses() -> list[str]:
    """The addresses by which other machines reach this one, as they stand in a URL."""
    found = []
    for target in TARGETS:
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                address = str(probe.getsockname()[0])
        except OSError:  # no way leads there
            continue
        if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            found.append(url_host(address))
    return list(dict.fromkeys(found))


def announcement(host: str, port: int, named: list[str]) -> Iterator[str]:
    """Lines that say where the studio is, when it answers to the names `named` in ALLOWED_HOSTS."""
    yield f"WAN Studio is at {own_url(host, port)}"
    if not is_every_address(host):
        return
    if named:
        yield f"It listens on every address, and answers to {', '.join(named)} (ALLOWED_HOSTS)"
    elif own := own_addresses():
        yield (
            "It listens on every address, but answers other machines only when you set "
            f"ALLOWED_HOSTS={','.join(own)} and a SECRET_KEY; then it is at "
            + " and ".join(f"http://{address}:{port}" for address in own)
        )
    else:
        yield "It listens on every address, but this machine has none that others could reach"
