#!/usr/bin/env python
"""Django's command line for WAN Studio."""

import os
import sys
from importlib import import_module


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanstudio.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run `make run`, or use .venv/bin/python.")
    from wanstudio.env import exit_if_misconfigured

    with exit_if_misconfigured():
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])  # before Django, which would go on
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
