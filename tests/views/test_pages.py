"""What the pages show and what their buttons do to the rows."""

import re
from uuid import uuid4

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone

from generations.creation.catalog import model_choices
from generations.models import Generation, Status, WorkerHeartbeat
from tests.forms.posting import picture

HTMX = {"HX-Request": "true"}


PICTURE = picture().read()


def ask(**changes):
    model = model_choices()[0].value
    return {"id": uuid4(), "model": model, "prompt": "A fox", "size": "832x480"} | changes


def body(response):
    return response.content.decode()


# Create


def test_a_plain_post_leads_to_the_page_of_its_row(reader, owner):
    form = ask()
    response = reader.post("/", form)
    assert response["Location"] == f"/v/{form['id']}/"
    row = Generation.objects.get()
    assert (row.owner, row.status, row.size) == (owner, Status.QUEUED, "832x480")


def test_a_scripted_post_brings_the_card_and_a_fresh_id(reader):
    form = ask()
    response = reader.post("/", form, headers=HTMX)
    assert response["HX-Reswap"] == "none"
    assert f'id="card-{form["id"]}"' in body(response)
    fresh = re.search(r'id="id_id" value="([^"]+)"', body(response))[1]
    assert fresh != str(form["id"])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_post_makes_no_row_and_keeps_what_was_typed(reader, headers):
    response = reader.post("/", ask(seed="-1", prompt="Kept <b>"), headers=headers)
    assert response.status_code == 200
    assert "Kept &lt;b&gt;" in body(response)
    assert "id_seed_error" in body(response)
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("name", "seed"), [("remix", ""), ("use", "7"), ("larger", "7"), ("rewritten", "")]
)
def test_the_form_is_filled_from_a_row_and_sends_nothing(reader, make_generation, name, seed):
    facts = {"actual_prompt": "A fox, better said"}
    row = make_generation("succeeded", seed=7, provider_data=facts, negative_prompt="rain")
    shown = reader.get(f"/?{name}={row.pk}").context["form"]
    assert str(shown["seed"].value() if shown["seed"].value() is not None else "") == seed
    assert shown["size"].value() == ("1920x1080" if name == "larger" else "832x480")
    prompt = facts["actual_prompt"] if name == "rewritten" else row.prompt
    assert shown["prompt"].value() == prompt
    assert Generation.objects.count() == 1


def test_the_same_settings_get_another_visible_seed(reader, make_generation):
    row = make_generation("succeeded", seed=7)
    seed = reader.get(f"/?reseed={row.pk}").context["form"]["seed"].value()
    assert 0 <= seed < 2**31


def test_nobodys_row_fills_no_form(reader):
    assert reader.get(f"/?use={uuid4()}").status_code == 404
    assert reader.get("/?use=nonsense").status_code == 404


def test_what_the_page_has_already_is_not_sent_again(reader, make_generation):
    row = make_generation("running")
    version = reader.get(f"/v/{row.pk}/").context["card"].version
    assert reader.get(f"/v/{row.pk}/status/?seen={version}").status_code == 204
    assert reader.get(f"/live/?seen={row.pk}:{version}").status_code == 204
    row.transition(Status.STORING, due_at=timezone.now())
    assert reader.get(f"/v/{row.pk}/status/?seen={version}").status_code == 200
    assert f"card-{row.pk}" in body(reader.get(f"/live/?seen={row.pk}:{version}"))


def test_one_question_for_many_cards_costs_few_queries(
    reader, make_generation, django_assert_max_num_queries
):
    rows = [make_generation("running") for _ in range(30)]
    seen = ",".join(f"{row.pk}:old" for row in rows)
    with django_assert_max_num_queries(40):
        assert reader.get(f"/live/?seen={seen}").status_code == 200


@pytest.mark.parametrize("nonsense", ["x", "x:y", ",,,", "00:1", "\x00", "猫" * 500])
def test_nonsense_in_the_question_finds_nothing(reader, nonsense):
    assert reader.get("/live/", {"seen": nonsense}).status_code == 204


def test_the_page_says_what_was_cut(reader, make_generation):
    row = make_generation("running", prompt="x" * 799 + "狗尾")
    assert "<del>尾</del>" in body(reader.get(f"/v/{row.pk}/"))


def test_markup_in_a_prompt_is_text_everywhere(reader, make_generation):
    evil = "<script>alert(1)</script>"
    row = make_generation("succeeded", prompt=evil, negative_prompt=evil, shared=True)
    other = make_generation("failed", prompt=evil, error_code="content", error_detail=evil)
    for url in ("/", "/gallery/", "/activity/", f"/v/{row.pk}/", f"/v/{other.pk}/",
                f"/compare/?a={row.pk}", f"/?use={row.pk}"):  # fmt: skip
        assert evil not in body(reader.get(url)), url


def test_markup_is_text_in_what_a_page_fetches_later(reader, make_generation):
    evil = "<script>alert(1)</script>"
    row = make_generation("running", prompt=evil, negative_prompt=evil)
    failed = make_generation("failed", prompt=evil, error_code="content", error_detail=evil)
    gone = make_generation("failed", model=evil, prompt=evil)
    answers = [
        reader.get("/live/", {"seen": ",".join(f"{one.pk}:old" for one in (row, failed, gone))}),
        *[reader.get(f"/v/{one.pk}/status/?seen=old") for one in (row, failed, gone)],
        reader.post("/", ask(prompt=evil, negative_prompt=evil), headers=HTMX),
        reader.post("/", ask(prompt=evil, seed=evil, size=evil, model=evil), headers=HTMX),
        reader.get("/", {"prompt": evil, "model": evil}),
        reader.get("/gallery/", {"q": evil, "ratio": evil, "who": evil}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 286)
        assert evil not in body(answer) and body(answer)


def test_markup_is_text_in_a_message(rf):
    message = Message(constants.INFO, "<script>alert(1)</script>", "undo <b>")
    text = render_to_string("_toasts.html", {"messages": [message]}, rf.get("/"))
    assert "&lt;script&gt;" in text and "&lt;b&gt;" in text
    assert "<script>" not in text and "<b>" not in text


# Buttons


def test_cancelling_is_possible_until_it_was_sent(reader, make_generation):
    waiting, sent = make_generation("queued"), make_generation("running")
    for row in (waiting, sent):
        reader.post(f"/v/{row.pk}/cancel/")
        row.refresh_from_db()
    assert (waiting.status, sent.status) == (Status.CANCELED, Status.RUNNING)


def test_a_full_disk_is_not_taken_for_a_picture_that_is_gone(reader, make_generation, settings):
    name = default_storage.save("pictures/fox.png", ContentFile(PICTURE))
    row = make_generation("failed", model="sandbox-i2v", size="480P", source_image=name)
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9
    page = reader.post(f"/v/{row.pk}/again/", {"id": uuid4()}, follow=True)
    assert "could not be stored" in body(page)
    assert Generation.objects.count() == 1


def test_what_may_be_billed_already_is_sent_again_only_after_a_warning(reader, make_generation):
    row = make_generation("unconfirmed")
    assert "billed twice" in body(reader.get(f"/v/{row.pk}/again/"))
    reader.post(f"/v/{row.pk}/again/")
    assert Generation.objects.count() == 1
    pk = uuid4()
    for _ in range(2):
        response = reader.post(f"/v/{row.pk}/again/", {"sure": "yes", "id": pk})
        assert response["Location"] == f"/v/{pk}/"
    again = Generation.objects.get(pk=pk)
    assert (again.retry_of, again.prompt, again.status) == (row, row.prompt, Status.QUEUED)
    assert Generation.objects.count() == 2


def test_delete_goes_to_the_trash_with_an_undo_and_open_rows_stay(reader, make_generation):
    done, running = make_generation("succeeded"), make_generation("running")
    shown = body(reader.post(f"/v/{done.pk}/delete/", {"next": "/gallery/"}, follow=True))
    done.refresh_from_db()
    assert f'name="trashed_at" value="{done.trashed_at.isoformat()}"' in shown
    assert reader.post(f"/v/{running.pk}/delete/").status_code == 404
    done.refresh_from_db()
    assert done.trashed_at and done.video.storage.exists(done.video.name)
    assert str(done.pk) in body(reader.get("/trash/"))
    reader.post("/selection/", {"action": "restore", "id": [done.pk]})
    done.refresh_from_db()
    assert done.trashed_at is None


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_deleting_names_what_has_no_words(reader, make_generation):
    row = make_generation("succeeded", prompt="", size="720P")
    shown = reader.post(f"/v/{row.pk}/delete/", {"next": "/gallery/"}, follow=True)
    assert said(shown) == ["“Made from a picture” is in the trash for 30 days."]


def test_deleting_says_what_stays_because_it_is_somebody_elses(reader, make_generation, stranger):
    mine = make_generation("succeeded", prompt="Mine")
    theirs = make_generation("succeeded", owner=stranger, shared=True)
    hidden = make_generation("succeeded", owner=stranger)
    stays = "1 of the chosen videos is somebody else's: only its owner can change it."
    press = {"action": "delete", "id": [theirs.pk, hidden.pk]}
    assert said(reader.post("/selection/", press, follow=True)) == [stays]
    press["id"].append(mine.pk)
    assert said(reader.post("/selection/", press, follow=True)) == [
        stays, "“\u2068Mine\u2069” is in the trash for 30 days.",
    ]  # fmt: skip
    assert list(Generation.objects.filter(trashed_at__isnull=False)) == [mine]


def buttons(reader, row):
    """What the card in the list of everything, and the page, offer for `row`."""
    whole = body(reader.get("/activity/"))
    card = whole[whole.index(f'id="card-{row.pk}"') :].partition("</article>")[0]
    card = card.partition('<div class="row">')[2]
    acts = body(reader.get(f"/v/{row.pk}/")).partition('<div class="acts">')[2]
    return [
        set(re.findall(r">\s*([A-Z0-9][^<>]+?)\s*</(?:a|button|summary)>", part))
        for part in (card, acts.partition("<aside")[0])
    ]


@pytest.mark.parametrize("code", ["input", "quota", "billing", "auth", "access", "content"])
def test_what_failed_can_be_edited_and_looked_into_whatever_the_reason(
    reader, make_generation, code
):
    card, acts = buttons(reader, make_generation("failed", error_code=code))
    assert card == {"Edit and try again", "Details"}
    assert "Edit and try again" in acts and "Try again" not in acts


@pytest.mark.parametrize(
    ("status", "fields", "offered"),
    [
        ("failed", {"error_code": "provider"}, {"Edit and try again", "Try again", "Details"}),
        ("failed", {"error_code": "expired"}, {"Edit and try again", "Make again", "Details"}),
        ("unconfirmed", {"error_code": "unconfirmed"},
         {"Send again (may be billed twice)", "Details"}),
        ("canceled", {}, {"Restore to the form", "Details"}),
        ("succeeded", {"review": "rejected"}, {"Edit and try again", "Details"}),
        ("succeeded", {"size": "1920x1080"},
         {"Play", "Download", "More", "Continue from its end", "Remix", "Same settings, new seed",
          "Favourite", "Delete"}),
        ("succeeded", {},
         {"Play", "Download", "1080P version", "More", "Continue from its end", "Remix",
          "Same settings, new seed", "Favourite", "Delete"}),
    ],
)  # fmt: skip
def test_a_card_offers_what_can_be_done(reader, make_generation, status, fields, offered):
    assert buttons(reader, make_generation(status, **fields))[0] == offered


@pytest.mark.parametrize("fields", [{"review": "rejected"}, {"trashed_at": timezone.now()}])
def test_what_stands_in_no_gallery_is_neither_compared_nor_starred_nor_shared(
    reader, make_generation, fields
):
    row = make_generation("succeeded", **fields)
    acts = body(reader.get(f"/v/{row.pk}/"))
    assert reader.get(f"/compare/?a={row.pk}").status_code == 404
    for address in (f"/compare/?a={row.pk}", f"/v/{row.pk}/favourite/", f"/v/{row.pk}/share/"):
        assert address not in acts


def test_staff_are_not_led_to_compare_what_is_not_in_their_gallery(
    client, make_generation, reviewer
):
    row = make_generation("succeeded")
    client.force_login(reviewer)
    assert "/compare/" not in body(client.get(f"/v/{row.pk}/"))


def test_many_are_downloaded_as_one_zip_and_only_what_may_be_seen(
    reader, make_generation, stranger
):
    import io
    import zipfile

    mine = make_generation("succeeded", prompt="狐狸 in: the/snow", content=b"1234" * 50_000)
    others = make_generation("succeeded", owner=stranger)
    chosen = {"action": "download", "id": [mine.pk, others.pk]}
    response = reader.post("/selection/", chosen)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    [name] = set(archive.namelist()) - {"prompts.csv"}
    assert name.startswith("狐狸-in-thesnow-832x480-")
    assert archive.read(name) == b"1234" * 50_000


@pytest.mark.django_db(transaction=True)
def test_a_zip_holds_no_connection_while_it_is_sent(reader, make_generation, monkeypatch):
    row = make_generation("succeeded")
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)  # as in web processes
    connection.close()
    response = reader.post("/selection/", {"action": "download", "id": [row.pk]})
    assert connection.connection is None
    assert b"".join(response.streaming_content).startswith(b"PK")
    assert connection.connection is None


def test_the_player_gets_ranges(reader, make_generation):
    row = make_generation("succeeded")
    response = reader.get(f"/v/{row.pk}/video.mp4", headers={"Range": "bytes=0-1"})
    assert (response.status_code, response["Content-Type"]) == (206, "video/mp4")
    assert b"".join(response.streaming_content) == b"\x00\x01"


def test_a_file_that_is_gone_is_a_404_and_its_page_still_stands(reader, make_generation):
    row = make_generation("succeeded")
    row.video.storage.delete(row.video.name)
    assert reader.get(f"/v/{row.pk}/video.mp4").status_code == 404
    assert reader.get(f"/v/{row.pk}/").status_code == 200
    assert reader.get(f"/v/{row.pk}/poster.webp").status_code == 404


def test_a_full_gallery_page_is_light_and_costs_few_queries(
    reader, make_generation, django_assert_max_num_queries
):
    for number in range(30):
        make_generation("succeeded", prompt=f"A fox number {number} in the snow " * 4)
    with django_assert_max_num_queries(6):
        response = reader.get("/gallery/", headers={"Accept-Encoding": "gzip"})
    assert len(response.content) < 15_000


# The rest


def test_pages_answer_in_every_state_of_a_row(reader, make_generation):
    for status in Status:
        row = make_generation(status, error_code="content" if status == "failed" else "")
        for url in (f"/v/{row.pk}/", "/activity/", "/"):
            assert reader.get(url).status_code == 200


def test_no_page_holds_inline_scripts_or_styles(reader, make_generation):
    row = make_generation("succeeded")
    for url in ("/", "/gallery/", "/activity/", "/help/", "/trash/", f"/v/{row.pk}/", "/nope/"):
        text = body(reader.get(url))
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text), url
        scripts = re.findall(r"<script[^>]*>", text)
        assert all("src=" in tag or "application/json" in tag for tag in scripts), url


def test_health_says_which_part_fails(client, transactional_db):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (503, "failing")
    WorkerHeartbeat.objects.record()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == dict.fromkeys(
        ("status", "database", "queue", "storage", "disk", "worker", "providers"), "ok"
    )


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/metrics"])
def test_machines_that_watch_may_ask_by_any_name_and_people_may_not(client, owner, settings, path):
    settings.WANSTUDIO_METRICS_TOKEN = "a-token"
    headers = {"host": "10.0.0.5:8000", "authorization": "Bearer a-token"}
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|healthz|metrics)$"]
    answer = client.get(path, headers=headers)
    assert answer.status_code in (200, 503)
    assert b"10.0.0.5" not in answer.content
    assert client.get("/gallery/", headers=headers).status_code == 400


@pytest.mark.parametrize(("price", "shown"), [("0.00", False), ("0.50", True), (None, False)])
def test_what_costs_nothing_has_no_estimate(reader, make_generation, price, shown):
    row = make_generation("running", price=price)
    assert ("<dt>Estimate</dt>" in body(reader.get(f"/v/{row.pk}/"))) == shown


def test_without_scripts_every_time_names_its_zone(reader, make_generation, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    row = make_generation("storing", error_code="save")
    row.log_event("running")
    page = body(reader.get(f"/v/{row.pk}/")) + body(reader.get("/activity/"))
    times = re.findall(r"<time[^>]*>\s*([^<]+?)\s*</time>", page)
    assert times and all(time.endswith(" JST") for time in times)
    assert re.search(r"We keep trying until [^.]+ JST\.", page)


def test_chinese_sentences_follow_each_other_without_a_blank(reader, make_generation):
    make_generation("unconfirmed", error_code="unconfirmed")
    page = body(reader.get("/activity/", headers={"Accept-Language": "zh-hans"}))
    assert "请求。请与" in page
