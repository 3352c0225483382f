"""The page of the form, and what comes back from a press of its button."""

import re
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from generations.models import Generation
from generations.views.create import rail
from tests.forms.posting import picture

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
    assert re.search(r'<fieldset class="field" hidden disabled>\s*<label for="id_size"', text)
    assert re.search(r'<fieldset class="field">\s*<label for="id_resolution"', text)
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


def test_without_scripts_a_picture_is_taken_out_again_and_the_rest_is_kept(reader: Client) -> None:
    ask = {"id": uuid4(), "model": IMAGE, "prompt": "A fox", "resolution": "480P"}
    first = reader.post("/", ask | {"redraw": "", "image": picture()}).context["form"]
    token = first["kept_image"].value()
    shown = reader.post("/", ask | {"remove_picture": "yes", "kept_image": token}).context["form"]
    assert first.kept_preview and not shown.kept_preview
    assert (shown["prompt"].value(), shown["model"].value()) == ("A fox", IMAGE)
    assert not Generation.objects.exists()


def test_without_scripts_the_form_comes_along_into_another_language(reader: Client) -> None:
    ask = {"id": uuid4(), "model": IMAGE, "prompt": "A fox", "resolution": "480P"}
    answer = reader.post("/", ask | {"language": "zh-hans", "image": picture()})
    form = answer.context["form"]
    assert (form["prompt"].value(), form["model"].value()) == ("A fox", IMAGE)
    assert form.kept_preview and not Generation.objects.exists()
    assert answer["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans">' in answer.content.decode()
    assert reader.get("/")["Content-Language"] == "zh-hans"
    assert reader.post("/", ask | {"language": "xx"})["Content-Language"] == "zh-hans"


def test_the_models_of_the_other_mode_are_not_in_the_menu(reader: Client, settings: Any) -> None:
    options = {"api_key": "key", "base_url": "http://127.0.0.1:9"}
    backend = "generations.providers.mulerouter.MuleRouter"
    mule = {"BACKEND": backend, "OPTIONS": options}
    settings.PROVIDERS = {"mulerouter": mule, "second": mule}
    for kind, names in (("t2v-plus", "Plus"), ("i2v-flash", "Flash")):
        text = reader.get("/", {"model": f"second/wan2.2-{kind}"}).content.decode()
        [menu] = re.findall(r'<select name="model".*?</select>', text, re.DOTALL)
        assert re.findall(r">(.*?)</option>", menu) == [
            f"MuleRouter (mulerouter) · Wan 2.2 {names}", f"MuleRouter (second) · Wan 2.2 {names}",
        ]  # fmt: skip
        assert f'<option value="second/wan2.2-{kind}" selected>' in menu


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
    assert "Send it again?" in asked and "A fox</textarea>" in asked
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


def test_several_takes_bring_a_card_each_and_without_scripts_the_list(reader: Client) -> None:
    four = ASK | {"takes": "4", "seed": "7"}
    answer = reader.post("/", four | {"id": uuid4()}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert text.count("<article") == 4 and "4 videos" in text
    assert list(Generation.objects.order_by("created").values_list("seed", flat=True)) == [
        7, 8, 9, 10,
    ]  # fmt: skip
    assert reader.post("/", four | {"id": uuid4()})["Location"] == "/activity/"
    assert Generation.objects.count() == 8


def test_the_sum_of_all_takes_stands_on_the_button(reader: Client, settings: Any) -> None:
    options = {"api_key": "key", "base_url": "http://127.0.0.1:9"}
    backend = "generations.providers.dashscope.DashScope"
    settings.PROVIDERS = {"dashscope": {"BACKEND": backend, "OPTIONS": options}}
    settings.PRICES = {"dashscope": {"t2v:480P": Decimal("0.1")}}
    settings.WANSTUDIO_DAILY_USD = Decimal("0.30")
    ask = {"prompt": "A fox", "size": "832x480", "takes": "4", "id": uuid4()}
    text = reader.post("/", ask).content.decode()
    assert "× 4" in text and "· about $0.40" in text and "These 4 videos would cost" in text
    assert '<option value="4" selected>' in text
    assert not Generation.objects.exists()


def test_the_list_of_prompts_comes_as_a_fragment_and_sends_nothing(reader: Client) -> None:
    several = ASK | {"several": "on", "prompt": "A {red|blue} kite\n<b>", "takes": "2"}
    text = reader.post("/prompt-list/", several).content.decode()
    assert "<html" not in text and 'data-count="3"' in text and "6 videos will be made." in text
    assert "<li>A red kite</li>" in text and "&lt;b&gt;" in text
    bad = reader.post("/prompt-list/", several | {"prompt": "A {red kite"}).content.decode()
    assert "Line 1 has a brace without its partner." in bad and "listed" not in bad
    assert "<li>" not in reader.post("/prompt-list/", ASK).content.decode()
    assert not Generation.objects.exists()


def test_without_scripts_several_prompts_are_listed_first_and_sent_by_the_next_press(
    reader: Client,
) -> None:
    several = ASK | {"several": "on", "prompt": "A fox\nA wolf"}
    listed = reader.post("/", several | {"id": uuid4(), "previous": ""}).content.decode()
    assert "Look at the list" in listed and "<li>A wolf</li>" in listed
    assert not Generation.objects.exists()
    hidden = {name: drawn(listed, name) for name in ("id", "previous", "listed")}
    assert reader.post("/", several | hidden)["Location"] == "/activity/"
    assert Generation.objects.count() == 2


# Beside the form


def test_beside_the_form_stand_all_open_ones_and_the_five_that_ended_last(
    owner: Any, stranger: Any, make_generation: Any
) -> None:
    waits = make_generation("queued")
    made = [make_generation("succeeded") for _ in range(6)]
    runs, failed = make_generation("running"), make_generation("failed")
    make_generation("running", trashed_at=failed.created)
    make_generation("queued", owner=stranger)
    assert rail(owner) == [failed, runs, *made[:1:-1], waits]


def test_of_very_many_open_ones_the_newest_fifty_are_shown(
    owner: Any, make_generation: Any
) -> None:
    rows = [make_generation("queued") for _ in range(52)]
    assert rail(owner) == rows[:1:-1]


def test_one_that_ends_while_the_page_is_made_is_shown_once(
    owner: Any, make_generation: Any
) -> None:
    row, number = make_generation("running"), count(1)

    def end_it_before_the_third(execute: Any, *query: Any) -> Any:
        if next(number) == 3:
            Generation.objects.filter(pk=row.pk).update(status="failed", due_at=None)
        return execute(*query)

    with connection.execute_wrapper(end_it_before_the_third):
        assert rail(owner) == [row]
    row.refresh_from_db()
    assert row.status == "failed"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by statistics")
def test_who_has_many_videos_does_not_wait_while_open_ones_are_looked_for(owner: Any) -> None:
    with CaptureQueriesContext(connection) as asked:
        rail(owner)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
        assert "USING INDEX open_of_owner" in str(cursor.fetchall())
