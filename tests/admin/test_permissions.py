"""Role × address × method: who may open what, and that a refusal changes nothing."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from generations.models import Event, Generation, SubmitThrottle
from tests.conftest import person

pytestmark = pytest.mark.django_db

GROUPS = ("reviewer", "operator", "finance")
ROLES = ("anonymous", "person", "staff", *GROUPS, "superuser")
REVIEWS = {"reviewer", "superuser"}
REPAIRS = {"operator", "superuser"}
SEES = REVIEWS | REPAIRS
SPENDS = {"finance", "superuser"}
ALONE = {"superuser"}

# Name of the address, for which row, and the roles that it does not refuse.
ADDRESSES: list[tuple[str, str, set[str]]] = [
    ("generations_generation_changelist", "", SEES),
    ("generations_generation_change", "succeeded", SEES),
    ("generations_generation_history", "succeeded", SEES),
    ("generations_export", "", SEES),
    ("generations_attention", "", SEES),
    ("generations_numbers", "", SEES | SPENDS),
    ("generations_spend", "", SPENDS),
    ("generations_review", "", REVIEWS),
    ("generations_decide", "", REVIEWS),
    ("generations_undo", "", REVIEWS),
    ("generations_skip", "succeeded", REVIEWS),
    *[
        ("generations_repair", f"{status} {action}", REPAIRS)
        for status, action in [
            ("queued", "cancel"),
            ("failed", "check-again"),
            ("storing", "save-again"),
            ("unconfirmed", "attach"),
            ("unconfirmed", "billed"),
            ("unconfirmed", "not-billed"),
            ("unconfirmed", "make-again"),
        ]
    ],
    ("generations_submitthrottle_changelist", "", REPAIRS),
    ("generations_resume", "throttle", REPAIRS),
    ("generations_event_changelist", "", SEES),
    ("generations_log_export", "", SEES),
    ("generations_generation_add", "", set()),
    ("generations_generation_delete", "succeeded", set()),
    ("generations_event_add", "", set()),
    ("generations_submitthrottle_add", "", set()),
    ("django_q_schedule_changelist", "", ALONE),
    ("django_q_schedule_add", "", set()),
    ("django_q_success_changelist", "", ALONE),
    ("django_q_failure_changelist", "", ALONE),
]
ONLY_POST = {"generations_decide", "generations_undo", "generations_skip"}


@pytest.fixture
def enter(client):
    """A client signed in as that role."""

    def build(role):
        if role == "superuser":
            client.force_login(User.objects.create_superuser("superuser"))
        elif role != "anonymous":
            user = person(role, staff=role != "person")
            user.groups.set(Group.objects.filter(name=role))
            client.force_login(user)
        return client

    return build


@pytest.fixture
def rows(make_generation):
    failed = make_generation("failed", remote_id="known there")
    statuses = ("queued", "succeeded", "storing", "unconfirmed")
    return {"failed": failed} | {status: make_generation(status) for status in statuses}


def address(name, target, rows):
    if target == "throttle":
        throttle = SubmitThrottle.objects.at("sandbox", "wan2.2-t2v-plus")
        SubmitThrottle.objects.pause(
            throttle.provider, throttle.model, whole_service=True, code="auth", detail="wrong key"
        )
        return reverse(f"admin:{name}", args=[throttle.pk])
    status, _, action = target.partition(" ")
    args = [part for part in (rows[status].pk if status else None, action) if part]
    return reverse(f"admin:{name}", args=args)


def is_open(name, allowed, role, method):
    return role in allowed and not (method == "get" and name in ONLY_POST)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", [*GROUPS, "superuser"])
def test_what_a_role_may_open_is_open_to_it(enter, rows, role, method):
    client = enter(role)
    opened = [each for each in ADDRESSES if is_open(each[0], each[2], role, method)]
    assert opened
    for name, target, _ in opened:
        with transaction.atomic():
            response = getattr(client, method)(address(name, target, rows))
            assert response.status_code in (200, 302, 405), f"{name} {target}"
            transaction.set_rollback(True)  # the next one finds all as it was


def stored():
    models = (Generation, Event, SubmitThrottle)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES)
def test_everything_else_is_refused_and_changes_nothing(enter, rows, role, method):
    client = enter(role)
    closed = [
        (name, address(name, target, rows))
        for name, target, allowed in ADDRESSES
        if not is_open(name, allowed, role, method)
    ]
    before = stored()
    for name, url in closed:
        response = getattr(client, method)(url)
        if role in ("anonymous", "person"):
            assert response.status_code == 302, name
            assert reverse("admin:login") in response.url, name
        elif method == "get" and name in ONLY_POST:
            assert response.status_code == 405, name
        else:
            assert response.status_code in (403, 405), name
        assert stored() == before, name


@pytest.mark.parametrize("role", ["staff", *GROUPS, "superuser"])
def test_buttons_are_where_their_addresses_open(enter, rows, role):
    client = enter(role)
    index = client.get(reverse("admin:index")).content.decode()
    for name, target, allowed in ADDRESSES[:1] + ADDRESSES[4:7]:
        assert (f'"{address(name, target, rows)}"' in index) == (role in allowed)
    if role not in SEES:
        return
    pages = {status: detail(client, row) for status, row in rows.items()}
    assert (reverse("admin:generations_decide") in pages["succeeded"]) == (role in REVIEWS)
    for name, target, allowed in ADDRESSES:
        if name == "generations_repair":
            status = target.partition(" ")[0]
            assert (address(name, target, rows) in pages[status]) == (role in allowed)
    sheet = client.get(reverse("admin:generations_generation_changelist")).content.decode()
    assert ("reject_selected" in sheet) == (role in REVIEWS)
    assert (reverse("admin:generations_review") in sheet) == (role in REVIEWS)


def detail(client, row):
    url = reverse("admin:generations_generation_change", args=[row.pk])
    return client.get(url).content.decode()


@pytest.mark.parametrize("role", ["reviewer", "operator"])
def test_resuming_is_offered_to_those_who_may(enter, rows, role):
    url = address("generations_resume", "throttle", rows)
    client = enter(role)
    attention = client.get(reverse("admin:generations_attention")).content.decode()
    assert "wrong key" in attention
    assert (url in attention) == (role == "operator")


def test_repairing_does_not_mean_making_again(client, rows):
    client.force_login(person("helper", "view_generation", "repair_generation", staff=True))
    url = address("generations_repair", "unconfirmed make-again", rows)
    assert client.get(url).status_code == 403
    assert client.post(url).status_code == 403
    assert url not in detail(client, rows["unconfirmed"])


def test_who_reads_numbers_without_the_right_sees_no_money(enter):
    text = enter("reviewer").get(reverse("admin:generations_numbers")).content.decode()
    assert "Spend by day" not in text


@pytest.mark.parametrize("role", ["reviewer", "operator"])
def test_a_forged_bulk_action_is_not_in_the_list(enter, rows, role):
    asked = {"action": "delete_selected", "_selected_action": [str(rows["succeeded"].pk)]}
    enter(role).post(reverse("admin:generations_generation_changelist"), asked | {"index": "0"})
    assert Generation.objects.filter(pk=rows["succeeded"].pk).exists()


@pytest.mark.parametrize("page", ["change", "delete", "add"])
def test_a_schedule_stays_as_it_is_whoever_posts(enter, page):
    stands = Schedule.objects.create(func="math.copysign", name="ours", schedule_type="O")
    before = list(Schedule.objects.values())
    url = reverse(f"admin:django_q_schedule_{page}", args=[stands.pk] * (page != "add"))
    asked = {
        "name": "evil",
        "func": "os.system",
        "args": "'id'",
        "schedule_type": "O",
        "post": "yes",
    }
    assert enter("superuser").post(url, asked).status_code == 403
    assert list(Schedule.objects.values()) == before


@pytest.mark.parametrize("action", ["delete_selected", "resubmit_task"])
@pytest.mark.parametrize("model", ["schedule", "success", "failure"])
def test_a_forged_action_on_the_queue_does_nothing(enter, model, action):
    stands = Schedule.objects.create(func="math.copysign", schedule_type="O")
    done = Task.objects.create(
        id="a" * 32, name="done", func="math.copysign", success=model == "success",
        started=timezone.now(), stopped=timezone.now(),
    )  # fmt: skip
    picked = stands.pk if model == "schedule" else done.pk
    url = reverse(f"admin:django_q_{model}_changelist")
    enter("superuser").post(url, {"action": action, "_selected_action": [picked], "index": "0"})
    assert (Schedule.objects.count(), Task.objects.count(), OrmQ.objects.count()) == (1, 1, 0)


def test_the_queue_offers_superusers_nothing_to_do(enter):
    client = enter("superuser")
    for model in ("schedule", "success", "failure"):
        text = client.get(reverse(f"admin:django_q_{model}_changelist")).content.decode()
        assert 'name="action"' not in text
        assert "/add/" not in text.partition('id="content-main"')[2]
