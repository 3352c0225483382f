"""What the pages of the administration share."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from generations.admin.base import admin_page, page_of
from generations.models import Generation

pytestmark = pytest.mark.django_db


def test_a_page_of_ours_stands_in_the_frame_of_the_site(rf: RequestFactory, operator: Any) -> None:
    request = rf.get("/")
    request.user = operator
    owner = admin.site.get_model_admin(Generation)
    page = admin_page(owner, request, "generation/spend.html", title="Spend", lines=[])
    assert page.template_name == "admin/generations/generation/spend.html"
    assert page.context_data
    assert page.context_data.items() >= {"title": "Spend", "lines": [], "opts": owner.opts}.items()
    assert page.context_data.keys() > admin.site.each_context(request).keys()


def test_the_page_of_a_row_is_found_by_its_id_or_by_the_text_of_it(
    client: Client, operator: Any, make_generation: Any
) -> None:
    row = make_generation("failed", prompt="A red kite")
    client.force_login(operator)
    assert page_of(row.pk) == page_of(str(row.pk))
    assert "A red kite" in client.get(page_of(row.pk)).content.decode()
