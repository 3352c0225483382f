"""What the rest of the app asks of the task queue, and the names of its tasks."""

import logging
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.core.cache import caches
from django.db import transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import Failure
from django_q.tasks import async_task

from wanstudio.durability import unsynced_transaction

log = logging.getLogger(__name__)

AWAY, AWAY_FOR = "queue-away", 3  # seconds
KEEP_FAILURES = timedelta(days=30)

# The tasks by name. django-q2 finds them with `pydoc.locate`. Since Python 3.12, that finds a
# submodule before a function of the same name in its package, so no task is named like its module.
TASKS = {
    "submit_queued": "generations.tasks.submit.submit_queued",
    "store_due": "generations.tasks.store_queue.store_due",
    "check_key": "generations.tasks.key_check.check_key",
    "run_poller": "generations.tasks.poller.run_poller",
    "convert_next": "generations.tasks.conversion.convert_next",
    "run_housekeeping": "generations.tasks.housekeeping.run_housekeeping",
    "send_password_reset": "generations.tasks.mail.send_password_reset",
    "send_confirmation": "generations.tasks.mail.send_confirmation",
}

CAN_STORE = "generations.tasks.store_queue.can_store"  # asked by each cluster, of its own workers


def enqueue(task: str, *args: Any) -> None:
    """Ask the queue to run the task of that name in `TASKS` once the transaction has committed.

    A task may run twice or never: every task allows for a second run, and the poller enqueues
    again what is due. A broker that is down is logged and otherwise ignored, so that a saved row
    never becomes an error; it is left alone for seconds then, since one that hangs holds a page.
    """

    # A function with a name: Django logs the name if a robust callback fails (5.2.19).
    def enqueue_now() -> None:
        if caches["local"].get(AWAY):
            return
        try:
            with unsynced_transaction() if Conf.ORM else nullcontext():
                async_task(TASKS[task], *args, task_name=task, save=False)
        except Exception as error:  # a broker raises what it likes
            caches["local"].set(AWAY, True, AWAY_FOR)
            log.warning("the queue does not answer: %s", type(error).__name__)

    transaction.on_commit(enqueue_now, robust=True)


def queue_size() -> int | None:
    """How many tasks no worker has taken yet; None if the broker does not say."""
    try:
        return int(get_broker().queue_size())
    except Exception as error:
        log.warning("the queue does not answer: %s", type(error).__name__)
        return None


def ping() -> bool:
    """True if the broker answers. Raises what the broker raises when it cannot be reached."""
    broker = get_broker()
    # Redis directly: `ping` of django-q2 logs a line for each failure.
    return bool(broker.connection.ping() if Conf.REDIS else broker.ping())


def delete_failures() -> None:
    """Delete the queue's records of tasks that failed a month ago. The logs have them, too."""
    Failure.objects.filter(stopped__lt=timezone.now() - KEEP_FAILURES).delete()
