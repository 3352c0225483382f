"""Inside the machine: asks one page after another until it is told to stop; prints what it got.

python3 -m tests.debian.visitors https://studio.example.com/accounts/login/
"""

from __future__ import annotations

import collections
import signal
import sys
import threading
import urllib.error
import urllib.request

answers: collections.Counter[str] = collections.Counter()
stopped = threading.Event()


def visit(address: str) -> None:
    while not stopped.is_set():
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                answers[str(answer.status)] += 1
        except OSError as error:
            answers[repr(error)] += 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    threads = [threading.Thread(target=visit, args=(sys.argv[1],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(dict(answers))
