"""Files of another account: says whose they are and what to do."""

import os
from pathlib import Path


def write_problem(path: Path, whole: Path | None = None) -> str:
    """A sentence if this account may not write `path`, or make it; otherwise nothing.

    The sentence advises to hand over the folder `whole`, or `path` alone where none is given.
    """
    path = path.absolute()
    while not os.access(path, os.F_OK):  # also where a folder above it cannot be entered
        path = path.parent
    needed = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
    if os.access(path, needed):
        return ""
    folder = whole.absolute() if whole and path.is_relative_to(whole.absolute()) else path
    if path.stat().st_uid == os.geteuid():
        return f"This account may not write to {path}. Allow it: chmod -R u+rwX '{folder}'"
    try:
        owner = path.owner()
    except KeyError:  # the machine has no name for it
        owner = f"account {path.stat().st_uid}"
    return (
        f"{path} belongs to {owner}, and this account may not write there. "
        f"Start as {owner}, or hand it over: sudo chown -R $(id -un) '{folder}'"
    )
