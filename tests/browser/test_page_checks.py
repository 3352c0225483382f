"""What the checks of every page find, and what they leave alone."""

from __future__ import annotations

from playwright.sync_api import Browser

from .page_checks import broken_labels, errors_of, too_wide, unseen_focus, untranslated

CHINESE = """<p>Nothing was sent yet</p><p>还没有提交</p><code>python manage.py worker</code>
<blockquote>A fox in the snow</blockquote><input aria-label="Search your prompts" value="x">"""
FOCUS = """<style>:focus-visible { outline: 2px solid } #none { outline: none }</style>
<button id="seen">One</button><button id="none">Two</button>"""


def test_each_check_finds_what_it_is_for(browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_content(CHINESE)
    assert untranslated(page) == [
        "not in Chinese: Nothing was sent yet",
        "not in Chinese: aria-label: Search your prompts",
    ]
    page.set_content(FOCUS)
    [unseen] = unseen_focus(page)
    assert 'id="none"' in unseen
    page.set_content("<div style='width: 600px'>Wide</div>")
    assert len(too_wide(page, (700, 390, 320))) == 2
    page.set_content("<button class=button style='width: 1px; padding: 0'>暂停</button>")
    assert broken_labels(page) == ["broken into two lines: 暂停"]
    with errors_of(context) as errors, context.expect_event("weberror"):
        page.evaluate("console.error('said'); setTimeout(() => { throw new Error('thrown') })")
    assert len(errors) == 2
    context.close()
