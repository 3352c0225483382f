"""Inside the machine: signs in, makes a video, fetches it; prints its size in bytes.

python3 -m tests.debian.video https://studio.example.com admin PASSWORD
"""

from __future__ import annotations

import sys
import time
import uuid

from tests.first_start import Browser

if __name__ == "__main__":
    address, name, password = sys.argv[1:]
    browser = Browser(address)
    browser.submit("/accounts/login/", username=name, password=password)
    page = browser.submit(
        "/", id=str(uuid.uuid4()), model="sandbox/sandbox-t2v", prompt="A boat on a quiet lake"
    )
    while browser.open(f"{page}status/").status != 286:
        time.sleep(0.5)
    print(len(browser.open(f"{page}video.mp4").read()))
