"""What the gallery shows, and to whom."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("sharing", "seen"), [("owner", 1), ("everyone", 2), ("nobody", 0)])
def test_others_see_what_the_studio_lets_people_share(
    client: Client, stranger: Any, make_generation: Any, settings: Any, sharing: str, seen: int
) -> None:
    settings.WANSTUDIO_SHARING = sharing
    make_generation("succeeded", shared=True)
    make_generation("succeeded")
    client.force_login(stranger)
    text = client.get("/gallery/").content.decode()
    assert text.count('<li class="tile"') == seen
    assert ('name="who"' in text) == (sharing != "nobody")
