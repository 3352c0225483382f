"""The worker is asked to end: what is in hand is finished, nothing is left behind."""

from __future__ import annotations

import signal

from tests.crash.harness import Site


def test_a_post_in_flight_is_finished_and_its_id_written_down(site: Site) -> None:
    site.emulator.fail("create", "body drip", every=0.02)
    site.ask(1)
    with site.worker() as worker:
        site.until(lambda: site.emulator.charged, 30, "nothing was sent")
        assert worker.stop(signal.SIGTERM) < 35
    [row] = site.rows()
    assert (row["status"], bool(row["remote_id"])) == ("running", True)
    with site.worker() as worker:
        site.until(lambda: site.statuses()["succeeded"] == 1, 30, "the next worker took over")
        assert worker.stop(signal.SIGINT) < 5
    site.check()
    assert not site.processes()
