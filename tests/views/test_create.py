"""The page of the form, and what comes back from a press of its button."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from generations.models import Generation
from tests.forms.test_generation import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def test_a_press_after_signing_out_leads_back_to_signing_in(owner: Any) -> None:
    ask = {"id": uuid4(), "model": "sandbox/sandbox-t2v", "prompt": "A fox", "size": "832x480"}
    answer = Client(enforce_csrf_checks=True).post("/", ask)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not Generation.objects.exists()


def test_the_largest_has_no_larger_one(reader: Client, make_generation: Any) -> None:
    small, large = make_generation(size="832x480"), make_generation(size="1920x1080")
    form = reader.get("/", {"larger": small.pk}).context["form"]
    assert form["size"].value() == "1920x1080"
    assert reader.get("/", {"larger": large.pk}).status_code == 404


def test_where_no_service_is_set_up_a_press_says_so(reader: Client, settings: Any) -> None:
    settings.PROVIDERS = {}
    answer = reader.post("/", {"id": uuid4(), "prompt": "A fox"})
    assert answer.status_code == 200
    assert answer.context["form"].has_error("model", "nothing_set_up")
    assert not Generation.objects.exists()


IMAGE = "sandbox/sandbox-i2v"


def test_the_fields_of_another_model_come_as_a_fragment_that_keeps_what_was_typed(
    reader: Client,
) -> None:
    answer = reader.get("/fields/", {"model": IMAGE, "resolution": "480P", "size": "480x832"})
    text = answer.content.decode()
    assert "<html" not in text and 'id="compose"' not in text
    assert '<option value="480P" selected>' in text
    assert "data-needs-text hidden disabled" in text and "data-needs-image>" in text
    for name in ("id_prompt", "id_negative_prompt", "id_seed", "id_watermark", "picture"):
        assert re.search(rf'id="{name}"[^>]*hx-preserve="true"', text), name
    assert "hx-preserve" not in reader.get("/").content.decode()


def test_what_a_model_does_not_take_is_disabled(reader: Client, settings: Any) -> None:
    options = {"api_key": "key", "base_url": "http://127.0.0.1:9"}
    backend = "generations.providers.mulerouter.MuleRouter"
    settings.PROVIDERS = {"mulerouter": {"BACKEND": backend, "OPTIONS": options}}
    text = reader.get("/").content.decode()
    assert 'data-option="watermark" disabled' in text
    assert 'data-option="seed">' in text


def test_without_scripts_a_button_draws_the_form_for_another_model_and_keeps_everything(
    reader: Client,
) -> None:
    typed = {
        "id": uuid4(), "model": "sandbox/sandbox-t2v", "redraw": IMAGE, "prompt": "A fox",
        "negative_prompt": "rain", "seed": "abc", "size": "480x832", "watermark": "on",
        "image": picture(),
    }  # fmt: skip
    answer = reader.post("/", typed)
    form = answer.context["form"]
    names = ("prompt", "negative_prompt", "seed", "watermark", "prompt_extend")
    assert [form[name].value() for name in names] == ["A fox", "rain", "abc", True, False]
    assert form["model"].value() == IMAGE and form.kept_preview
    assert not form.errors and not Generation.objects.exists()


def test_the_button_beside_the_models_draws_the_chosen_one(reader: Client) -> None:
    answer = reader.post("/", {"model": IMAGE, "redraw": "", "prompt": "A fox"})
    assert answer.context["form"].choice.value == IMAGE
    assert b'name="redraw"' in answer.content


def drawn(page: str, name: str) -> str:
    """The value of a hidden field as the studio drew it."""
    [value] = re.findall(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return str(value)


ASK = {"model": "sandbox/sandbox-t2v", "prompt": "A fox", "size": "832x480"}


def test_without_scripts_the_same_once_more_is_asked_about_and_confirmed_by_a_button(
    reader: Client,
) -> None:
    assert drawn(reader.get("/").content.decode(), "previous") == ""
    reader.post("/", ASK | {"id": uuid4(), "previous": ""})
    page = reader.get("/").content.decode()
    hidden = {name: drawn(page, name) for name in ("id", "previous")}
    asked = reader.post("/", ASK | hidden).content.decode()
    assert "Send the same once more?" in asked and "A fox</textarea>" in asked
    assert Generation.objects.count() == 1
    hidden = {name: drawn(asked, name) for name in ("id", "previous", "confirmed")}
    assert reader.post("/", ASK | hidden).status_code == 302
    assert Generation.objects.count() == 2


def test_with_scripts_the_answer_brings_the_id_of_this_press_and_says_what_was_sent(
    reader: Client,
) -> None:
    htmx = {"HX-Request": "true"}
    first = reader.post("/", ASK | {"id": uuid4(), "previous": ""}, headers=htmx)
    text = first.content.decode()
    assert drawn(text, "previous") == first["X-Accepted"]
    assert f'<a href="#card-{first["X-Accepted"]}">\u2068A fox\u2069</a>' in text
    asked = reader.post(
        "/", ASK | {"id": uuid4(), "previous": first["X-Accepted"]}, headers=htmx
    ).content.decode()
    assert 'role="alert"' in asked and "<html" not in asked
    assert Generation.objects.count() == 1


def test_the_price_stands_on_the_button_and_what_is_left_beside_it(
    reader: Client, settings: Any, make_generation: Any
) -> None:
    options = {"api_key": "key", "base_url": "http://127.0.0.1:9"}
    backend = "generations.providers.dashscope.DashScope"
    settings.PROVIDERS = {"dashscope": {"BACKEND": backend, "OPTIONS": options}}
    settings.PRICES = {"dashscope": {"t2v:1080P": Decimal("0.5"), "t2v:480P": Decimal("0.1")}}
    settings.WANSTUDIO_DAILY_USD = Decimal(1)
    page = reader.get("/").content.decode()
    assert "· about $0.10" in page and "$1.00 left (per 24 hours)" in page
    assert 'id="over" hidden' in page
    make_generation(price=Decimal("0.6"))
    filled = reader.get("/", {"use": make_generation(size="1920x1080").pk}).content.decode()
    assert "· about $0.50" in filled and 'id="over">' in filled
    settings.WANSTUDIO_SITE_DAILY_USD = Decimal("0.65")
    assert 'id="over">' in reader.get("/").content.decode()
