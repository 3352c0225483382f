"""Signing in with more than a password, in a real browser, in both languages; axe finds nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.oidc_provider.running import running_provider, variables
from tests.totp import totp

from .conftest import AXE, PASSWORD, Studio, axe, running

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
WIDTHS = {"en-GB": 1280, "zh-CN": 320}


class Visitor:
    """A page that is looked at each time it changes."""

    def __init__(self, page: Page, name: str, language: str) -> None:
        self.page, self.name, self.language = page, name, language
        self.said: list[str] = []

    def look(self) -> None:
        """Everything in the light theme; what colours can break in the dark one, once."""
        self.said += [f"{self.page.url}: {one}" for one in axe(self.page)]
        if self.language == "en-GB":
            self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            found = axe(self.page, ["color-contrast"])
            self.said += [f"{self.page.url} dark: {one}" for one in found]
            self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        self.said += [f"{self.page.url} is wider than the screen"] if wide else []

    def go(self, path: str) -> None:
        self.page.goto(path)
        self.look()

    def press(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(selector).click()
        self.look()

    def sign_in(self) -> None:
        self.page.goto("/accounts/login/")
        self.page.locator("#id_username").fill(self.name)
        self.page.locator("#id_password").fill(PASSWORD)
        self.press("main form:has(#id_username) button")

    def sign_out(self) -> None:
        self.page.evaluate("document.querySelector('[formaction$=\"/logout/\"]').click()")
        self.page.wait_for_url("**/accounts/login/")


@pytest.mark.parametrize("language", WIDTHS)
def test_an_app_and_a_passkey_guard_the_account(
    browser: Browser, studio: Studio, administrator: dict[str, Any], language: str
) -> None:
    name = f"guarded-{language}"
    studio.run(f"User.objects.create_user({name!r}, password={PASSWORD!r})")
    context = browser.new_context(
        base_url=studio.url.replace("127.0.0.1", "localhost"),  # passkeys want a name
        locale=language, viewport={"width": WIDTHS[language], "height": 800},
    )  # fmt: skip
    context.add_init_script(path=AXE)  # cheaper than sending it to each page
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    visitor = Visitor(page, name, language)

    visitor.sign_in()
    visitor.go("/accounts/")
    visitor.press("main a[href='/accounts/second-factor/']")
    visitor.press("a[href='/accounts/second-factor/app/']")
    page.locator("#id_password").fill(PASSWORD)
    visitor.press("main form button")
    page.emulate_media(color_scheme="dark", forced_colors="active")
    expect(page.locator(".qr")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="light", forced_colors="none")
    key = page.locator("code.key").inner_text()
    page.locator("#id_code").fill(totp(key))
    visitor.press("main form button")
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = page.locator(".codes li").first.inner_text()

    visitor.go("/accounts/second-factor/passkey/")
    visitor.press("[data-passkey] button")
    expect(page.locator("main")).to_contain_text(
        "Passkey 1" if language == "en-GB" else "通行密钥 1"
    )

    visitor.sign_out()
    visitor.look()
    visitor.press("[data-passkey] [type=submit]")
    expect(page.locator(".menu", has_text=name)).to_have_count(1)

    visitor.sign_out()
    visitor.sign_in()
    page.locator("#id_code").fill("000000")
    visitor.press("form:has(#id_code) button")
    page.locator("#id_code").fill(recovery)
    visitor.press("form:has(#id_code) button")
    visitor.go("/accounts/")
    visitor.sign_out()
    visitor.sign_in()
    visitor.press("[data-passkey] button")
    assert page.url.endswith("/")
    context.close()
    assert visitor.said == []


@pytest.mark.skipif(
    importlib.util.find_spec("oauth2_provider") is None,
    reason="django-oauth-toolkit is not installed here",
)
def test_single_sign_on_leads_there_and_back(browser: Browser, tmp_path: Path) -> None:
    people = {name: ["staff"] for name in WIDTHS}
    with running_provider(tmp_path / "there", people, "http://127.0.0.1") as issuer:
        own = variables(issuer, STAFF_GROUP="staff", ONLY="on")
        with running(tmp_path, **own) as studio:
            studio.run("User.objects.create_superuser('ada')")
            for language, width in WIDTHS.items():
                context = browser.new_context(
                    base_url=studio.url, locale=language, viewport={"width": width, "height": 800}
                )
                context.add_init_script(path=AXE)
                walk(context.new_page(), language)
                context.close()


def walk(page: Page, name: str) -> None:
    visitor = Visitor(page, name, language=name)
    visitor.go("/admin/")
    page.locator("main form button").click()
    page.locator("#username").fill(name)
    page.locator("#password").fill("there")
    page.locator("form button").click()
    page.wait_for_url("**/admin/")
    visitor.go("/accounts/")
    visitor.go("/accounts/single-sign-on/")
    visitor.go("/accounts/single-sign-on/cancelled/")
    assert visitor.said == []
