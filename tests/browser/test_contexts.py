"""A context that is used again has nothing of the test before."""

from __future__ import annotations

from playwright.sync_api import Browser

from .conftest import Studio
from .contexts import Contexts

LEAVE = """async () => {
    localStorage.setItem("left", "1");
    document.cookie = "left=1";
    await new Promise(done => indexedDB.open("left").onsuccess = done);
}"""
FOUND = """async () => [
    Object.keys(localStorage), document.cookie, (await indexedDB.databases()).map(one => one.name),
    (await navigator.permissions.query({ name: "clipboard-read" })).state, navigator.onLine,
]"""


def test_what_one_test_leaves_the_next_does_not_find(browser: Browser, studio: Studio) -> None:
    contexts, options = Contexts(browser), {"base_url": studio.url, "locale": "en-GB"}
    with contexts.lent(**options) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        before = page.evaluate(FOUND)
        page.evaluate(LEAVE)
        context.grant_permissions(["clipboard-read"])
        left = [one != other for one, other in zip(page.evaluate(FOUND), before, strict=True)]
        assert left == [True] * 4 + [False]
        context.set_offline(True)
    with contexts.lent(**options) as again, contexts.lent(**options) as other:
        assert again is context is not other
        page = again.new_page()
        page.goto("/accounts/login/")
        assert page.evaluate(FOUND) == before
    contexts.close()
