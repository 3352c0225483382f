"""Whom django-axes holds a wrong password against: the name that was tried, and from where."""

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest

MAX_NAME_LENGTH = 150  # of an account, `AbstractUser.username`


def tried_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that was tried, as far as an account could have it.

    Sign-in takes text of any length, and what is tried is written down.
    """
    given = credentials or request.POST
    return str(given.get("username") or "")[:MAX_NAME_LENGTH]


def came_from(request: HttpRequest) -> str:
    """The IPv4 address, or the IPv6 network: whoever has one of its addresses has all of them."""
    return network_of(client_ip(request)) or network_of(request.META.get("REMOTE_ADDR", ""))


def client_ip(request: HttpRequest) -> str:
    """The address that the outermost of our own proxies saw, or that of the connection.

    What stands further left in `X-Forwarded-For` was sent by the client and proves nothing.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [hop.strip() for hop in forwarded if hop.strip()]
    if settings.WANSTUDIO_PROXIES and len(hops) >= settings.WANSTUDIO_PROXIES:
        return str(hops[-settings.WANSTUDIO_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


def network_of(text: str) -> str:
    """`203.0.113.9`, or the first address of the /64 that an IPv6 address is in; else empty."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address.packed, 64), strict=False).network_address)
