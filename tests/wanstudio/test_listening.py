"""What the start says of where the studio is, and which names it answers to for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installation import ROOT, of_this_machine
from wanstudio.listening import allowed_by_name, announcement, is_every_address, url_host


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("2001:db8::7", ["[2001:db8::7]"]),
        ("studio.local", ["studio.local"]),
        ("0.0.0.0", []),
        ("::", []),
        ("0", []),
        ("*", []),
        (".example.com", []),
    ],
)
def test_only_what_is_one_name_is_allowed_by_it(host: str, allowed: list[str]) -> None:
    assert allowed_by_name(host) == allowed


def test_an_address_is_said_as_it_stands_in_a_url() -> None:
    assert list(announcement("2001:db8::7", 8000, [])) == [
        "WAN Studio is at http://[2001:db8::7]:8000"
    ]
    assert url_host("studio.local") == "studio.local"


@pytest.mark.parametrize(
    ("host", "first"), [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://localhost:8000")]
)
def test_every_address_is_said_as_one_that_leads_there(host: str, first: str) -> None:
    assert is_every_address(host)
    lines = list(announcement(host, 8000, ["studio.example.com"]))
    assert lines[0] == f"WAN Studio is at {first}"
    assert "answers to studio.example.com" in lines[1]


# In processes of their own: here no socket may look beyond this machine.


def printed(code: str, root: Path = ROOT, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True,
        env={**of_this_machine(), "WANSTUDIO_ENV_FILE": "none", **variables},
    )  # fmt: skip
    return done.stdout.strip()


def test_for_every_address_it_names_those_of_this_machine_and_what_to_set() -> None:
    own = printed("from wanstudio.listening import *; print(','.join(own_addresses()))")
    if not own:
        pytest.skip("this machine has no address but loopback")
    said = printed(
        "from wanstudio.listening import *; print(*announcement('0.0.0.0', 8000, []), sep='\\n')"
    )
    assert f"set ALLOWED_HOSTS={own} and a SECRET_KEY" in said
    assert all(f"http://{address}:8000" in said for address in own.split(","))


def test_without_any_other_address_it_says_so() -> None:
    said = printed(
        "from wanstudio import listening; listening.TARGETS = ('127.0.0.1',)\n"
        "print(*listening.announcement('0.0.0.0', 8000, []), sep='\\n')"
    )
    assert "this machine has none that others could reach" in said


SETTINGS = "import wanstudio.settings as s; print(s.ALLOWED_HOSTS, s.WANSTUDIO_BEYOND_LOOPBACK)"


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("studio.local", ["studio.local"]),
        ("0.0.0.0", []),
        ("*", []),
    ],
)
def test_the_settings_allow_it_without_a_key_of_ones_own(
    tmp_path: Path, host: str, allowed: list[str]
) -> None:
    shutil.copytree(ROOT / "wanstudio", tmp_path / "wanstudio")
    names = [*allowed, "localhost", "127.0.0.1", "[::1]"]
    assert printed(SETTINGS, tmp_path, HOST=host) == f"{names} True"
