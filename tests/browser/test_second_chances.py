"""A lost session, an old page, a doubtful request: nothing typed is lost, nothing is sent twice."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import NAME, PASSWORD, Studio


def sign_in(page: Page) -> None:
    page.locator("#id_username").fill(NAME)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main button").click()


def drop_session(page: Page) -> None:
    kept = [one for one in page.context.cookies() if "_session" not in one["name"]]
    page.context.clear_cookies()
    page.context.add_cookies(kept)  # type: ignore[arg-type]


def test_without_scripts_the_text_outlives_a_lost_session(scriptless: Page) -> None:
    page = scriptless
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Typed before 断线之前")
    page.get_by_label("Size").select_option("480x832")
    drop_session(page)
    page.get_by_role("button", name="Generate").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    sign_in(page)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Typed before 断线之前")
    expect(page.get_by_label("Size")).to_have_value("480x832")
    page.get_by_role("button", name="Generate").click()
    expect(page).to_have_url(re.compile(r"/v/[0-9a-f-]{36}/$"))


def test_with_scripts_the_text_outlives_a_lost_session(page: Page, studio: Studio) -> None:
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("Typed with scripts")
    page.get_by_label("Size").select_option("624x624")
    drop_session(page)
    page.get_by_role("button", name="Generate").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    sign_in(page)
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Typed with scripts")
    expect(page.get_by_label("Size")).to_have_value("624x624")


def test_a_page_with_an_old_token_says_so_and_sends_on_the_second_press(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Prompt", exact=True).fill("From an old page")
    page.locator("#compose [name=csrfmiddlewaretoken]").evaluate("one => { one.value = 'old'; }")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("This page was open for too long")).to_be_visible()
    expect(page.locator(".card", has_text="From an old page")).to_have_count(0)
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".card", has_text="From an old page")).to_have_count(1)


def test_what_may_be_billed_already_is_sent_again_only_after_a_warning(
    page: Page, studio: Studio
) -> None:
    pk = studio.run(
        "print(make_generation('unconfirmed', owner=me, error_code='unconfirmed', "
        "model='sandbox-t2v', prompt='Doubtful').pk)"
    )
    page.goto(f"/v/{pk}/")
    page.get_by_role("link", name="Send again (may be billed twice)").click()
    expect(page.get_by_text("This may be billed twice.")).to_be_visible()
    expect(page.locator("blockquote")).to_have_text("Doubtful")
    page.get_by_role("button", name="Send again (may be billed twice)").click()
    expect(page).not_to_have_url(re.compile(pk))
    expect(page.locator("#status")).to_be_visible()
    assert studio.run(f"print(Generation.objects.filter(retry_of='{pk}').count())") == "1"
