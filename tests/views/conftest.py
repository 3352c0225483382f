"""A person who is signed in."""

import pytest


@pytest.fixture
def reader(client, owner):
    client.force_login(owner)
    return client
