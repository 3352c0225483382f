"""Whom django-axes holds a wrong password against: the name that was tried."""

from typing import Any

from django.http import HttpRequest

LONGEST_NAME = 150  # of an account, `AbstractUser.username`


def tried_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that was tried, as far as an account could have it.

    Sign-in takes text of any length, and what is tried is written down.
    """
    given = credentials or request.POST
    return str(given.get("username") or "")[:LONGEST_NAME]
