"""What the services say reaches the person as the right sentence, whichever service says it."""

import pytest

from generations.models import Generation, SubmitThrottle
from generations.tasks import poller
from generations.tasks.poller import run_poller
from generations.tasks.submit import submit_queued
from generations.wording import sentence

pytestmark = pytest.mark.django_db

SERVICES = {
    "dashscope": ("dashscope.DashScope", "wan2.2-t2v-plus"),
    "mulerouter": ("mulerouter.MuleRouter", "wan2.2-t2v-plus"),
    "vtrix": ("vtrix.Vtrix", "wan22_t2v_plus"),
    "relay": ("relay.Relay", "wan2.2-t2v-plus"),
}

# Refused at once, and the ask itself is the reason.
ENDS = {"400": "input", "400 words": "input", "413": "too_large", "413 html": "too_large",
        "content": "content", "content 403": "content", "content 429": "content"}  # fmt: skip
# Refused at once, and nothing else would be accepted either: the row waits for staff.
PAUSES = {
    "401": "auth", "402": "billing", "403": "access", "404": "access", "arrearage": "billing",
    "overdue": "billing", "free tier": "quota", "unpurchased": "access",
    "model denied": "access", "workspace denied": "access", "model missing": "access",
}  # fmt: skip
# Not now: the row waits and is sent again.
RESTS = ["429", "429 seconds", "429 date", "429 nonsense"]
# Perhaps accepted: nobody sends it again.
DOUBTS = ["408", "500", "502 html", "504 html", "200 without id", "200 other words",
          "reset after", "truncated json"]  # fmt: skip
# Accepted, and the task ended badly.
LATE = {"late content": "content", "late ip": "ip", "late internal": "provider",
        "late words": "provider", "late unheard": "provider"}  # fmt: skip


@pytest.fixture(params=SERVICES)
def row(request, settings, emulator, owner, monkeypatch):
    """An ask that waits for this service."""
    monkeypatch.setattr(poller, "TICK", 0.01)
    monkeypatch.setattr(poller, "DISPATCH_EVERY", 0.05)
    backend, model = SERVICES[request.param]
    options = {**emulator.options(), "poll_every": 0.05, "query_rate": 200, "submit_every": 0}
    backend = f"generations.providers.{backend}"
    settings.PROVIDERS = {request.param: {"BACKEND": backend, "OPTIONS": options}}
    ask = {"provider": request.param, "model": model, "prompt": "A boat", "size": "832x480"}
    return Generation.objects.create_queued(owner=owner, **ask)


def page(client, row):
    client.force_login(row.owner)
    return client.get(f"/v/{row.pk}/").content.decode()


def shown(text):
    return text.replace("'", "&#x27;")


def send(row):
    try:
        submit_queued(row.provider, row.model)
    except Exception as error:  # a doubt is raised after it was written down
        assert type(error).__name__ == "OutcomeUnknownError"
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("fault", ENDS)
def test_what_is_wrong_with_the_ask_ends_it(fault, row, emulator, client):
    emulator.fail("create", fault)
    assert (send(row).status, row.error_code) == ("failed", ENDS[fault])
    assert shown(sentence(ENDS[fault])) in page(client, row)


@pytest.mark.parametrize("fault", PAUSES)
def test_what_is_wrong_with_the_account_is_for_staff(fault, row, emulator, client):
    emulator.fail("create", fault)
    assert (send(row).status, row.error_code) == ("queued", PAUSES[fault])
    assert (
        SubmitThrottle.objects.get(provider=row.provider, model=row.model).pause_code
        == PAUSES[fault]
    )
    assert shown(sentence(PAUSES[fault])) in page(client, row)
    assert emulator.charged == 0


@pytest.mark.parametrize("fault", RESTS)
def test_what_is_busy_is_asked_again(fault, row, emulator, client):
    emulator.fail("create", fault)
    assert (send(row).status, row.error_code) == ("queued", "rate")
    assert shown(sentence("rate")) in page(client, row)


@pytest.mark.parametrize("fault", DOUBTS)
def test_what_nobody_knows_is_said_to_be_so(fault, row, emulator, client):
    emulator.fail("create", fault)
    assert (send(row).status, row.error_code) == ("unconfirmed", "unconfirmed")
    assert "We could not confirm that the provider received this." in page(client, row)
    assert len(emulator.creates) == 1


@pytest.mark.parametrize("fault", LATE)
def test_what_fails_late_says_why(fault, row, emulator, client):
    emulator.fail("create", fault)
    assert send(row).status == "running"
    emulator.advance(1)  # no time passes in rounds of the poller that find it at work
    run_poller()
    row.refresh_from_db()
    assert (row.status, row.error_code) == ("failed", LATE[fault])
    assert shown(sentence(LATE[fault])) in page(client, row)
