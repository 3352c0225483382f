"""What is asked of every page beside axe's rules, answered in words; and what a page asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

# Names, code and what people wrote stay in the language they have.
UNTRANSLATED = r"""() => {
    const kept = "code, kbd, pre, script, style, noscript, textarea, [lang]:not(html), time, h1, " +
        ".tile p, .card a, blockquote, .prompts, .prompt-list, .facts dd, .table dd, #origin a";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    const isSentence = (text) =>
        /[a-z]{2,} [a-z]+ [a-z]{2,}/i.test(text) && !/\p{Script=Han}/u.test(text);
    while (walker.nextNode()) {
        const text = walker.currentNode.data.replace(/\u2068[^\u2069]*\u2069/g, "").trim();
        if (isSentence(text) && !walker.currentNode.parentElement.closest(kept)) found.push(text);
    }
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
        for (const one of document.querySelectorAll(`[${name}]`)) {
            const text = one.getAttribute(name);
            if (isSentence(text) && !one.closest(kept)) found.push(`${name}: ${text}`);
        }
    }
    return [...new Set(found)];
}"""
# What the keyboard reaches and looks the same with the focus as without it.
UNSEEN_FOCUS = r"""() => {
    const around = (one) =>
        [one, one.parentElement, one.closest("label, .tile"), one.nextElementSibling];
    const look = (one) => around(one).filter(Boolean).map((element) => {
        const style = getComputedStyle(element);
        const { outlineStyle, outlineWidth, borderColor, opacity } = style;
        const outline = outlineStyle === "none" ? "" : outlineStyle + outlineWidth;
        return [outline, borderColor, style.boxShadow, opacity].join();
    }).join();
    const all = document.querySelectorAll("a[href], button, input, select, textarea, summary");
    const isReached = (one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0;
    const unseen = [];
    for (const one of [...all].filter(isReached)) {
        one.blur();
        const before = look(one);
        one.focus({ preventScroll: true });
        const isFocused = document.activeElement === one;
        if (isFocused && look(one) === before) unseen.push(one.outerHTML.slice(0, 120));
    }
    document.activeElement?.blur();
    return unseen;
}"""
# Short labels of buttons that are broken into two lines.
BROKEN_LABELS = r"""() => {
    const lines = (one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        const tops = [...range.getClientRects()].map((rect) => Math.round(rect.top / 8));
        return new Set(tops).size;
    };
    const labels = [...document.querySelectorAll(".button, .button > *")]
        .flatMap((one) => [...one.childNodes])
        .filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const isShort = (node) => node.data.trim().length <= 4 && !/\s/.test(node.data.trim());
    return labels.filter((node) => isShort(node) && lines(node) > 1).map(({ data }) => data.trim());
}"""
# Files that rows of tests lack, and a page that is not there.
MISSING = ("/v/", "/conversions/", "/no-such-page/")


@contextmanager
def errors_of(context: BrowserContext) -> Iterator[list[str]]:
    """The errors of scripts and of the console. A file that a row lacks is none, nor is a 404."""
    errors: list[str] = []

    def said(message: ConsoleMessage) -> None:
        address = message.location["url"]
        if message.type == "error" and not any(path in address for path in MISSING):
            errors.append(f"{message.text} at {address}")

    context.on("console", said)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield errors


def too_wide(page: Page, widths: tuple[int, ...]) -> list[str]:
    """At each of `widths` nothing is wider than the screen; the last one stays."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 1800})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{wide} wide on a screen of {width}")
    return found


def broken_labels(page: Page) -> list[str]:
    return [f"broken into two lines: {text}" for text in page.evaluate(BROKEN_LABELS)]


def untranslated(page: Page) -> list[str]:
    return [f"not in Chinese: {text}" for text in page.evaluate(UNTRANSLATED)]


def unseen_focus(page: Page) -> list[str]:
    """By keyboard, in contrast themes."""
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.keyboard.press("Shift")
    found = [f"focus is not seen: {one}" for one in page.evaluate(UNSEEN_FOCUS)]
    page.emulate_media(forced_colors="none", reduced_motion="reduce")
    return found


def requests_for(page: Page, part: str) -> list[str]:
    """The addresses with `part` in them that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if part in request.url else None)
    return asked
