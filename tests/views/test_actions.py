"""What people do with their rows."""

from typing import Any

import pytest
from django.test import Client

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
