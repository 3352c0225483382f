"""The forms of signing in and signing up, as somebody fills them in."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

SIGN_UP = "/accounts/signup/"
NEWCOMER = {"username": "newcomer", "password1": "correct horse 7", "password2": "correct horse 7"}


def sign_in(
    client: Client, password: str, address: str = "192.0.2.1", username: str = "owner"
) -> Any:
    return client.post(
        reverse("login"), {"username": username, "password": password}, REMOTE_ADDR=address
    )
