"""django-q2's pages in the admin: what they show, and what they leave unread."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Task

UNREAD = ('"result"', '"args"', '"kwargs"', '"payload"')


@pytest.fixture
def rows(db: None) -> dict[str, Any]:
    def done(pk: str, success: bool) -> str:
        now = timezone.now()
        return Task.objects.create(
            id=pk * 32, name=f"named {pk}", func="math.sqrt", started=now, stopped=now,
            success=success, result="as it was", args=(1,), kwargs={},
        ).pk  # fmt: skip

    waiting = OrmQ.objects.create(key="ours", payload="signed")
    return {"success": done("a", True), "failure": done("b", False), "ormq": waiting.pk}


@pytest.mark.parametrize("model", ["success", "failure", "ormq"])
def test_no_page_reads_a_column_with_a_pickle(
    client: Client, operator: Any, rows: dict[str, Any], model: str
) -> None:
    from django.contrib import admin

    if model == "ormq" and not admin.site.is_registered(OrmQ):
        pytest.skip("with Redis, nothing waits in the database")
    client.force_login(operator)
    change = reverse(f"admin:django_q_{model}_change", args=[rows[model]])
    for url in (reverse(f"admin:django_q_{model}_changelist"), change, change[:-7] + "history/"):
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        assert response.status_code == 200
        asked = [query["sql"] for query in queries if "django_q_" in query["sql"]]
        assert asked and not [sql for sql in asked if any(column in sql for column in UNREAD)]


def test_the_pages_say_which_task_it_was_and_when(
    client: Client, operator: Any, rows: dict[str, Any]
) -> None:
    client.force_login(operator)
    for model, name in (("success", "named a"), ("failure", "named b")):
        text = client.get(reverse(f"admin:django_q_{model}_changelist")).content.decode()
        assert name in text and "math.sqrt" in text
        page = client.get(reverse(f"admin:django_q_{model}_change", args=[rows[model]]))
        assert name in page.content.decode()
