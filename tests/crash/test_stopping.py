"""The worker is asked to end: what is in hand is finished, nothing is left behind."""

from __future__ import annotations

import os
import signal

import pytest

from tests.crash.harness import Site

BODY_OF_200_SECONDS = 65_000  # bytes a second: a picture of 9.5 MB is 13 MB in base64


def test_a_post_in_flight_is_finished_and_its_id_written_down(site: Site) -> None:
    site.emulator.fail("create", "body drip", every=0.02)
    site.ask(1)
    with site.worker() as worker:
        site.until(lambda: site.emulator.charged, what="nothing was sent")
        worker.stop(signal.SIGTERM)
    [row] = site.rows()
    assert (row["status"], bool(row["remote_id"])) == ("running", True)
    with site.worker() as worker:
        site.until(lambda: site.statuses()["succeeded"] == 1, what="the next worker took over")
        worker.stop(signal.SIGINT)
    site.check()
    assert not site.processes()


def until_in_mid_body(site: Site) -> None:
    site.until(lambda: site.emulator.state()["received"] > 300_000, what="no body was begun")
    assert site.statuses() == {"submitting": 1}


def nothing_was_sent(site: Site) -> bool:
    state = site.emulator.state()
    return not state["creates"] and not state["charged"]


def test_a_stop_in_the_middle_of_a_body_cuts_it_and_it_is_sent_once_later(site: Site) -> None:
    site.emulator.change(read_rate=BODY_OF_200_SECONDS)
    site.ask(1, picture=True)
    with site.worker() as worker:
        until_in_mid_body(site)
        assert worker.stop(signal.SIGTERM) < 100
    [row] = site.rows()
    assert (row["status"], nothing_was_sent(site)) == ("queued", True)
    site.emulator.change(read_rate=0)
    with site.worker() as worker:
        site.until(lambda: site.statuses() == {"succeeded": 1}, what="it was not sent again")
        worker.stop()
    site.check()
    assert len(site.emulator.state()["creates"]) == 1
    assert not site.processes()


def test_a_death_in_the_middle_of_a_body_is_doubt_and_nothing_is_sent_again(site: Site) -> None:
    site.emulator.change(read_rate=BODY_OF_200_SECONDS)
    site.ask(1, picture=True)
    with site.worker(CRASH_UPLOAD_LEASE="3") as worker:
        until_in_mid_body(site)
        os.killpg(worker.roles()["main"][0], signal.SIGKILL)
        site.emulator.change(read_rate=0)
        site.until_ended()
        worker.stop()
    assert site.check() == {"unconfirmed": 1}
    assert nothing_was_sent(site)


@pytest.mark.crash
def test_a_body_of_200_seconds_is_stopped_killed_and_then_sent_whole(site: Site) -> None:
    """It takes longer than any silence, and no cluster is taken for dead over it."""
    site.emulator.change(read_rate=BODY_OF_200_SECONDS)
    site.ask(1, picture=True)
    for _ in range(3):
        with site.worker() as worker:
            site.until(lambda: site.statuses() == {"submitting": 1}, 60, "not begun again")
            until_in_mid_body(site)
            assert worker.stop(signal.SIGTERM) < 100
        assert site.statuses() == {"queued": 1}
    with site.worker(silence=8) as worker:
        site.until_ended(300)
        assert "no pulse for" not in worker.log.read_text()
        worker.stop()
    assert site.check() == {"succeeded": 1}
    site.ask(1, picture=True)
    with site.worker(CRASH_UPLOAD_LEASE="60") as worker:
        site.until(lambda: site.statuses()["submitting"] == 1, 30, "not begun")
        os.killpg(worker.roles()["main"][0], signal.SIGKILL)
        site.until_ended(120)
        worker.stop()
    assert site.check() == {"succeeded": 1, "unconfirmed": 1}
    assert len(site.emulator.state()["creates"]) == 1
