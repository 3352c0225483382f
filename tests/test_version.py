"""Where the version of the release is told, and to whom."""

from __future__ import annotations

import platform
import sys
from typing import Any

import django
import pytest
from django.test import Client

from tests.reports.test_metrics import TOKEN, figures
from wanstudio import __version__

FOOTER = f"WAN Studio {__version__}"


def test_staff_find_the_version_in_every_footer(client: Client, operator: Any) -> None:
    client.force_login(operator)
    for page in ("/", "/admin/"):
        foot = client.get(page).content.decode().partition("<footer")[2]
        assert FOOTER in foot.partition("</footer>")[0]


def test_nobody_else_is_told_the_version(client: Client, owner: Any) -> None:
    pages = [client.get(page) for page in ("/accounts/login/", "/admin/login/")]
    client.force_login(owner)
    pages.append(client.get("/"))
    assert not [page for page in pages if FOOTER in page.content.decode()]


@pytest.mark.django_db
@pytest.mark.skipif(sys.platform != "linux", reason="figures of a process come from /proc")
def test_metrics_tell_the_versions_and_the_process(client: Client, settings: Any) -> None:
    settings.WANSTUDIO_METRICS_TOKEN = TOKEN
    found = figures(client)
    versions = (django.__version__, platform.python_version(), __version__)
    assert found["build_info", *versions] == 1
    assert found["process_resident_memory_bytes",] > 1_000_000
    assert found["process_open_fds",] > 3
