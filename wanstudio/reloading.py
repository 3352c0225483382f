"""Settings that gunicorn's main process reads at its start and again at each reload."""

import os
import sys
from importlib import import_module
from types import ModuleType

from django.core.exceptions import ImproperlyConfigured

STAY = {__name__, "wanstudio.gunicorn"}  # which is being imported
working: ModuleType | None = None  # the last module that was read and works


def read_settings() -> ModuleType:
    """The settings, from the environment and `.env` as they are now.

    Of the release that lies on the disk now. Raises ImproperlyConfigured at the start. At a reload,
    one line says what is wrong, and settings and environment stay as they were: a mistake in a file
    ends no studio that works.
    """
    global working
    before = dict(os.environ)
    forget_release()
    try:
        working = import_module("wanstudio.settings")
    except ImproperlyConfigured as error:
        if working is None:
            raise
        os.environ.clear()
        os.environ.update(before)
        print(f"The settings stay as they were: {error}", file=sys.stderr, flush=True)
    finally:
        # Each worker reads them again: they belong to the release that it runs.
        sys.modules.pop("wanstudio.settings", None)
    return working


def forget_release() -> None:
    """Forget what the settings import of ours: new settings may need what only a new file has."""
    for name in list(sys.modules):
        if name.partition(".")[0] == "wanstudio" and name not in STAY:
            del sys.modules[name]
