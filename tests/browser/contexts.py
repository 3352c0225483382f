"""Browser contexts that are used again: what is loaded and compiled serves the next test, too.

A new one, with its first page, costs a tenth of a second of processor more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession


class Contexts:
    """Lends contexts of `browser`; one that comes back is emptied and kept for the same options."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.kept: dict[str, tuple[BrowserContext, CDPSession]] = {}

    @contextmanager
    def lent(self, *, storage_state: Any = None, **options: Any) -> Iterator[BrowserContext]:
        """As `browser.new_context`, without cookies, data and pages of who had it before.

        An init script or a clock of the context, which nothing takes back, need one of their own.
        """
        key = json.dumps(options, sort_keys=True)
        context, devtools = self.kept.pop(key, None) or self.new(options)
        context.add_cookies(storage_state["cookies"] if storage_state else [])
        try:
            yield context
        except BaseException:
            context.close()
            raise
        empty(context, devtools, options["base_url"])
        self.kept[key] = context, devtools

    def new(self, options: dict[str, Any]) -> tuple[BrowserContext, CDPSession]:
        """With an empty page that stays: without any, the process that draws pages would end."""
        context = self.browser.new_context(**options)
        return context, context.new_cdp_session(context.new_page())

    def close(self) -> None:
        for context, _ in self.kept.values():
            context.close()


def empty(context: BrowserContext, devtools: CDPSession, url: str) -> None:
    for page in context.pages[1:]:
        page.close()
    context.clear_cookies()
    context.clear_permissions()
    context.set_offline(False)
    stored = {"origin": url, "storageTypes": "local_storage,indexeddb"}
    devtools.send("Storage.clearDataForOrigin", stored)
