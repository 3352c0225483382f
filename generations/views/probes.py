"""Checks that may hang, asked so that an answer comes in time all the same."""

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, wait
from threading import Lock, Thread

from django.db import connections

log = logging.getLogger(__name__)

# Seconds for all probes of one page together. Load balancers wait two seconds or longer.
ANSWER_WITHIN = 1.5


class Probe:
    """A check in a thread of its own, one at a time: who asks meanwhile gets the same answer.

    A check that hangs holds one thread and one connection, however often it is asked for.
    """

    def __init__(self, name: str, check: Callable[[], bool]) -> None:
        self.name, self.check = name, check
        self.lock = Lock()
        self.running: Future[bool] | None = None
        self.told = True  # the last logged result

    def start(self) -> Future[bool]:
        """The answer to come: of the check in flight, or of one that begins now."""
        with self.lock:
            if self.running is None or self.running.done():
                self.running = Future()
                # A daemon thread: a probe that hangs does not delay the end of the process.
                Thread(target=self.run, args=(self.running,), daemon=True).start()
            return self.running

    def run(self, answer: Future[bool]) -> None:
        works, reason = False, "not well"
        try:
            works = self.check()
        except Exception as error:
            reason = type(error).__name__
        finally:
            self.tell(works, reason)
            answer.set_result(works)
            connections.close_all()

    def tell(self, works: bool, reason: str) -> None:
        """One line when it begins to fail, and one when it is well again."""
        if works != self.told:
            self.told = works
            level = logging.INFO if works else logging.ERROR
            log.log(level, "%s: %s", self.name, "answers again" if works else reason)


def ask(probes: Collection[Probe]) -> dict[str, bool]:
    """Which of these work, by name; what has not answered in time does not."""
    started = time.monotonic()
    answers = {probe.name: probe.start() for probe in probes}
    wait(answers.values(), timeout=ANSWER_WITHIN)
    for probe in probes:
        if not answers[probe.name].done():
            probe.tell(False, f"no answer in {time.monotonic() - started:.1f} s")
    return {name: answer.done() and answer.result() for name, answer in answers.items()}
