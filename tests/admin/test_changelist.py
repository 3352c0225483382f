"""The sheet: what it shows, how it searches, what it costs."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generations.admin.changelist import capped_count
from generations.models import Generation, SubmitThrottle

pytestmark = pytest.mark.django_db
SHEET = "admin:generations_generation_changelist"


def shown(client, **query):
    """Ids of the rows on the sheet, in order."""
    response = client.get(reverse(SHEET), query)
    assert response.status_code == 200
    return [row.pk for row in response.context["cl"].result_list]


def text_of(client, **query):
    return client.get(reverse(SHEET), query).content.decode()


def detail(client, row):
    return client.get(reverse("admin:generations_generation_change", args=[row.pk]))


def test_a_card_shows_what_staff_judge_by(staff, make_generation):
    row = make_generation(
        "succeeded",
        poster="posters/a.webp",
        prompt="一只小猫",
        price="0.50",
        provider_data={"cost": "0.48"},
    )
    text = text_of(staff)
    for part in ("一只小猫", "owner", "832x480", "sandbox", "Ready", "To review", "$0.48 reported"):
        assert part in text
    assert reverse("generations:poster", args=[row.pk]) in text
    assert f'href="{reverse("generations:video", args=[row.pk])}" data-play' in text


@pytest.mark.parametrize(("code", "flagged"), [("content", 1), ("ip", 1), ("provider", 0)])
def test_what_the_provider_refused_is_flagged(staff, make_generation, code, flagged):
    row = make_generation("failed", error_code=code)
    for text in (text_of(staff), detail(staff, row).content.decode()):
        assert text.count("Refused by the provider") == flagged


def test_the_table_is_there_by_choice_and_stays_chosen(staff, make_generation):
    make_generation("failed")
    response = staff.get(reverse(SHEET), {"view": "table"})
    text = response.content.decode()
    assert 'id="result_list"' in text
    assert "?show=failed&amp;view=table" in text
    assert 'id="result_list"' not in text_of(staff)


@pytest.fixture
def one_of_each(make_generation):
    now = timezone.now()
    SubmitThrottle.objects.pause("paused", "m", whole_service=True, code="auth", detail="")
    return {
        "to_review": make_generation("succeeded"),
        "rejected": make_generation("succeeded", review="rejected"),
        "flagged": make_generation("succeeded", review="flagged"),
        "failed": make_generation("failed"),
        "unconfirmed": make_generation("unconfirmed"),
        "storing": make_generation("storing"),
        "late": make_generation("running", submitted_at=now - timedelta(minutes=31)),
        "held_up": make_generation("queued", provider="paused", model="m"),
        "": [
            make_generation("succeeded", review="approved"),
            make_generation("succeeded", trashed_at=now),
            make_generation("running"),
            make_generation("queued"),
        ],
    }


def test_each_quick_filter_shows_its_rows_and_no_others(staff, one_of_each):
    for key, row in one_of_each.items():
        if key:
            assert shown(staff, show=key) == [row.pk]


def test_the_bar_counts(staff, one_of_each):
    bar = staff.get(reverse(SHEET)).context["cl"].bar()
    assert [quick.get("count") for quick in bar] == [None] + ["1"] * 8


def test_counting_stops_at_ninety_nine(make_generation, owner):
    rows = [
        Generation(owner=owner, provider="p", model="m", size="832x480", status="canceled")
        for _ in range(101)
    ]
    Generation.objects.bulk_create(rows[:99])
    assert capped_count(Generation.objects.all()) == "99"
    Generation.objects.bulk_create(rows[99:])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert capped_count(Generation.objects.all()) == "99+"
    assert "LIMIT 100" in queries[0]["sql"]


def test_pages_go_by_key_and_lose_nothing(staff, make_generation, owner):
    now = timezone.now()
    rows = [make_generation("failed", created=now - timedelta(minutes=n // 2)) for n in range(60)]
    seen, url = [], reverse(SHEET)
    while url:
        changelist = staff.get(url).context["cl"]
        seen += [row.pk for row in changelist.result_list]
        link = changelist.older_link()
        url = link and reverse(SHEET) + link
    assert sorted(seen) == sorted(row.pk for row in rows)
    assert len(seen) == len(set(seen)) == 60


def test_the_number_of_queries_is_the_same_for_one_row_and_for_many(staff, make_generation):
    make_generation("succeeded")
    text_of(staff)
    with CaptureQueriesContext(connection) as few:
        text_of(staff)
    for number in range(40):
        other = User.objects.create(username=f"person {number}")
        make_generation("succeeded", owner=other)
    with CaptureQueriesContext(connection) as many:
        text_of(staff)
    assert len(many) == len(few) <= 14
    counted = [query["sql"] for query in many if "COUNT(" in query["sql"]]
    assert all("LIMIT 100" in sql for sql in counted)


FOUND_BY = (
    "snow", "SNOW", "小猫", "own", "remote-77", "4711", "b2b3c4d5-0000-4000-8000-000000000001",
)  # fmt: skip


def test_searching(staff, make_generation, stranger):
    wanted = make_generation(
        "succeeded",
        id="b2b3c4d5-0000-4000-8000-000000000001",
        prompt="Snow 小猫",
        seed=4711,
        remote_id="remote-77",
    )
    make_generation("succeeded", owner=stranger, prompt="Rain", seed=4712)
    for words in FOUND_BY:
        assert [str(pk) for pk in shown(staff, q=words)] == [str(wanted.pk)], words


def test_a_task_id_that_is_a_uuid_is_found(staff, make_generation):
    row = make_generation("running", remote_id="0385dc79-5ff8-4d82-bcb6-000000000000")
    assert shown(staff, q="0385dc79-5ff8-4d82-bcb6-000000000000") == [row.pk]


def test_odd_searches_find_nothing_and_break_nothing(staff, make_generation):
    make_generation("succeeded", prompt="Rain")
    for words in ("%", "_", "' OR 1=1 --", "99999999999999999999", "\\", "²"):
        assert shown(staff, q=words) == [], words


def test_nonsense_in_the_address_is_no_error(staff, make_generation):
    make_generation("succeeded")
    nonsense = ({"q": "\0"}, {"before": "nonsense"}, {"show": "nonsense"}, {"view": "nonsense"})
    for query in nonsense:
        assert staff.get(reverse(SHEET), query).status_code == 200, query


def test_all_of_one_person(staff, make_generation, stranger):
    make_generation("succeeded")
    row = make_generation("succeeded", owner=stranger)
    assert shown(staff, owner__id__exact=stranger.pk) == [row.pk]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ settings.SECRET_KEY }}{% debug %}",
    '=HYPERLINK("http://evil","x")',
    "\u202egnp.exe\u202c",
    "</bdi></p></textarea><b>",
]


TAGS = ("<script>alert", "<img src=x", "</bdi></p></textarea><b>")


def texts_of(pages):
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert [tag for tag in TAGS if tag in text] == []
        yield text


def rows_that_say(make_generation, text):
    """A finished one and one in doubt, with this text wherever one may stand."""
    told = {"actual_prompt": text, "answer": {"x": text}}
    row = make_generation("succeeded", prompt=text, negative_prompt=text, provider_data=told)
    row.log_event("note", note=text, data={"body": text})
    return row, make_generation("unconfirmed", prompt=text, error_detail=text)


def pages_about(staff, row, doubtful):
    again = reverse("admin:generations_repair", args=[doubtful.pk, "make-again"])
    return [
        staff.get(reverse(SHEET), {"view": "table", "q": row.prompt}),
        detail(staff, row),
        detail(staff, doubtful),
        staff.get(again),
    ]


def test_prompts_are_text_everywhere(staff, make_generation):
    rows = {prompt: rows_that_say(make_generation, prompt) for prompt in HOSTILE}
    of_all = [
        staff.get(reverse(SHEET)),
        staff.get(reverse("admin:generations_attention")),
        staff.get(reverse("admin:generations_event_changelist"), {"who": "all"}),
    ]
    pages = {prompt: pages_about(staff, *rows[prompt]) for prompt in HOSTILE}
    for prompt, own in pages.items():
        for text in texts_of(own):
            assert "{{" not in prompt or "{{ settings.SECRET_KEY }}" in text
    assert all("{{ settings.SECRET_KEY }}" in text for text in texts_of(of_all))


def test_what_is_decided_about_and_what_is_answered_is_text(staff, make_generation):
    rows = [make_generation("succeeded", prompt=text, negative_prompt=text) for text in HOSTILE]
    picked = {"_selected_action": [row.pk for row in rows], "index": "0"}
    confirm = staff.post(reverse(SHEET), picked | {"action": "reject_selected"})
    assert "studio-decide" in confirm.content.decode()
    pages = [confirm]
    for row, text in zip(rows, HOSTILE, strict=True):
        forged = {"pk": row.pk, f"seen-{row.pk}": text, "decision": text, "reason": text}
        pages.append(staff.post(reverse("admin:generations_decide"), forged, follow=True))
    assert len(list(texts_of(pages))) == 1 + len(HOSTILE)


def test_five_thousand_characters_are_whole_on_the_page_and_short_on_the_sheet(
    staff, make_generation
):
    prompt = "长" * 5000
    row = make_generation("succeeded", prompt=prompt)
    assert prompt in detail(staff, row).content.decode()
    assert len(text_of(staff)) < 40_000
    assert "长" * 301 not in text_of(staff)


def test_the_export_keeps_the_filters(staff, one_of_each):
    response = staff.get(reverse("admin:generations_export"), {"show": "failed", "view": "table"})
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert str(one_of_each["failed"].pk) in lines[1]
