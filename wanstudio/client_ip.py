"""The address of a client, for the limits on wrong passwords."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_network(request: HttpRequest) -> str:
    """The IPv4 address, or the IPv6 network: whoever has one of its addresses has all."""
    return network_of(client_ip(request)) or network_of(request.META.get("REMOTE_ADDR", ""))


def client_ip(request: HttpRequest) -> str:
    """The address that the outermost trusted proxy saw, or that of the connection.

    Values further left in `X-Forwarded-For` were sent by the client and prove nothing.
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
