"""What people do with their rows."""

from typing import Any

import pytest
from django.test import Client

from generations.models import Generation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sharing", ["everyone", "nobody"])
def test_where_the_studio_decides_nobody_shares_one_by_one(
    client: Client, owner: Any, make_generation: Any, settings: Any, sharing: str
) -> None:
    settings.WANSTUDIO_SHARING = sharing
    row = make_generation("succeeded")
    client.force_login(owner)
    assert client.post(f"/v/{row.pk}/share/").status_code == 404
    row.refresh_from_db()
    assert not row.shared


def test_sending_again_names_its_price(
    client: Client, owner: Any, make_generation: Any, settings: Any
) -> None:
    row = make_generation("failed", error_code="provider", provider="away", price="0.5")
    client.force_login(owner)
    for path in ("/activity/", f"/v/{row.pk}/again/"):
        assert "about $0.50" in client.get(path).content.decode(), path
    Generation.objects.update(price=None)
    assert "about $" not in client.get(f"/v/{row.pk}/again/").content.decode()
