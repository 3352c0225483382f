"""What the words for a task's state mean, whichever service or relay says them.

From the references of the four services, the SDK of Model Studio (1.26), the clients of the
operators, and the relay software new-api (`model/task.go`, `dto/openai_video.go`, 2026).
"""

import re

from generations.providers.base import RemoteState

_WORDS = {
    RemoteState.PENDING: """
        pending queued queueing in_queue not_start not_started submitted created accepted
        waiting scheduled initializing preparing received
    """,
    RemoteState.RUNNING: """
        running processing process in_progress progress generating rendering retrying suspended
        started starting executing working uploading
    """,
    RemoteState.SUCCEEDED: """
        succeeded succeed success successful completed complete done finished finish
    """,
    RemoteState.FAILED: """
        failed fail failure error errored cancelled canceled cancel aborted rejected
        terminated timeout timed_out
    """,
    # The state is not known yet. new-api reports it for tasks that it has not polled.
    RemoteState.GONE: "unknown not_found not_exist task_not_exist task_not_found expired",
}


def normalized(word: str) -> str:
    """`word` without its spelling: `IN_PROGRESS`, `InProgress` and `in progress` are equal."""
    return re.sub(r"[\W_]+", "", word[:100]).casefold()


STATES = {normalized(word): state for state, words in _WORDS.items() for word in words.split()}
# Codes and messages that mean that the task does not exist.
NO_SUCH_TASK = {
    normalized(words)
    for words in ("task_not_exist", "task not exists", "task_not_found", "task does not exist")
}
