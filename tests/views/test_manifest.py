"""The web app manifest."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

pytestmark = pytest.mark.django_db


def test_the_studio_can_be_installed_by_who_is_not_signed_in(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    for icon in manifest["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        with Image.open(str(path)) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
    assert (
        'rel="manifest" href="/manifest.webmanifest"'
        in client.get("/accounts/login/", follow=True).content.decode()
    )
