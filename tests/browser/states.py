"""Every state of every page, for tests that look at all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from .conftest import Studio

# Status -> what else the row has. The rows are held still: nothing of them is due for a while.
STATES = {
    "waiting": ("queued", ""),
    "sending": ("submitting", ""),
    "queued-there": ("running", "remote_state='queued'"),
    "generating": ("running", "remote_state='running', progress=40"),
    "late": ("running", "submitted_at=now - timedelta(hours=1)"),
    "saving": ("storing", ""),
    "unsaved": ("storing", "error_code='save'"),
    "ready": ("succeeded", "seed=7, negative_prompt='x' * 600"),
    "rejected": ("succeeded", "review='rejected', review_note='Shows a person'"),
    "in-the-trash": ("succeeded", "trashed_at=now"),
    "refused": ("failed", "error_code='content'"),
    "failed-there": ("failed", "error_code='provider', prompt='很' * 5000"),
    "lost": ("failed", "error_code='expired'"),
    "unconfirmed": ("unconfirmed", "error_code='unconfirmed'"),
    "cancelled": ("canceled", ""),
}
OPEN = ("queued", "submitting", "running", "storing")
MADE = "雪地里的狐狸"  # the prompt of videos that can be chosen
CHOSEN = f"/gallery/?q={MADE}"
PAGES = (
    "/", "/gallery/", "/gallery/?q=fox&tier=480P", "/gallery/?q=nothing+like+this", "/activity/",
    "/trash/", "/collections/", "/conversions/", "/prompts/", "/help/", "/accounts/",
    "/accounts/password_change/", "/accounts/email/", "/no-such-page/",
)  # fmt: skip
ROWS = """
from datetime import timedelta
from django.utils import timezone
from generations.models import Collection, Conversion
now = timezone.now()
same = dict(owner=me, provider='gone', model='axe', prompt='A fox')
for status, more in {states}:
    held = dict(due_at=now + timedelta(minutes=14)) if status in {open} else dict()
    print(make_generation(status, **(same | held | eval(f'dict({{more}})'))).pk)
for n in range(4):
    print(make_generation('succeeded', **(same | dict(prompt='{made}', size='832x480'))).pk)
Collection.objects.get_or_create(owner=me, name='雪')
for status in ('working', 'ready', 'failed'):
    Conversion.objects.create(owner=me, kind='join', sources=['x', 'y'], status=status,
        reason='size' * (status == 'failed'), place=2, claimed_until=now + timedelta(hours=1))
"""


@dataclass
class Rows:
    pks: dict[str, str]
    made: list[str]

    @property
    def pages(self) -> list[str]:
        ready, other = self.pks["ready"], self.pks["in-the-trash"]
        two = "&".join(f"{place}={pk}" for place, pk in zip("ab", self.made, strict=False))
        four = "&".join(f"{place}={pk}" for place, pk in zip("abcd", self.made, strict=True))
        return [
            *(f"/v/{pk}/" for pk in self.pks.values()),
            *(f"/v/{self.pks['unconfirmed']}/again/", f"/compare/?a={ready}"),
            *(f"/compare/?{two}", f"/compare/?{four}"),
            *(f"/?use={other}", f"/?larger={self.made[0]}"),
        ]


def make_rows(studio: Studio) -> Rows:
    code = ROWS.format(states=[*STATES.values()], open=OPEN, made=MADE)
    pks = studio.run(code).split()
    return Rows(dict(zip(STATES, pks, strict=False)), pks[len(STATES) :])


def opened(page: Page) -> None:
    """The form with everything unfolded, too long a text and errors."""
    page.goto("/")
    for summary in page.locator("#compose summary").all():
        if summary.is_visible():
            summary.click()
    page.locator("#id_prompt").fill("猫" * 803)
    page.locator("#id_seed").fill("-1")
    page.locator(".sends button").click()
    page.locator("#id_seed_error").wait_for()


def asked(page: Page) -> None:
    """A question before anything is sent."""
    page.goto("/")
    page.locator("#id_prompt").fill("猫" * 803)
    page.locator(".sends .main").click()
    page.locator("#question p").wait_for()


def several(page: Page) -> None:
    """A list of prompts, of which one is wrong, and then none."""
    page.goto("/")
    page.locator("#id_several").check()
    page.locator("#id_prompt").fill("{红|蓝}灯笼\n{黄灯笼")
    page.locator("#prompt-list .error").wait_for()


def listed(page: Page) -> None:
    page.locator("#id_prompt").fill("{红|蓝}灯笼\n海上的灯笼")
    page.locator("#prompt-list [name=listed]").wait_for(state="attached")


def history(page: Page) -> None:
    page.goto("/")
    page.locator("#history summary").click()
    page.locator("#prompts li").first.wait_for()


def picture(page: Page) -> None:
    page.goto("/")
    page.locator("[data-mode-choice]").nth(1).click()
    page.locator("#picture").wait_for()


def menus(page: Page) -> None:
    """Wide, so that an open menu covers nothing that can be pressed."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/help/")
    for menu in page.locator(".menu > summary").all():
        menu.click()


def keys(page: Page) -> None:
    page.goto("/gallery/")
    page.keyboard.press("?")
    page.locator("#keys-list[open]").wait_for()


def viewer(page: Page) -> None:
    page.goto(CHOSEN)
    page.locator(".tile > a").nth(1).click()
    page.locator("#viewer #watch").wait_for()


def chosen(page: Page) -> None:
    page.goto(CHOSEN)
    for box in page.locator(".tile input").all()[:2]:
        box.check()


def chosen_menu(page: Page) -> None:
    page.locator("#selected details").last.locator("summary").click()


def joining(page: Page) -> None:
    chosen(page)
    chosen_menu(page)
    page.locator("#selected [value=join]").click()
    page.locator("h1").wait_for()


def collecting(page: Page) -> None:
    chosen(page)
    page.locator("#selected details").first.locator("summary").click()


def message(page: Page) -> None:
    chosen(page)
    page.locator("#selected button[value=delete]").click()
    page.locator("[data-toast] form button").click()
    page.locator("[data-toast]").wait_for()


def purging(page: Page) -> None:
    page.goto("/trash/")
    page.locator(".trashed input").first.check()
    page.locator("#selected [value=purge]").click()
    page.locator("[name=sure]").wait_for(state="attached")


def more(page: Page) -> None:
    page.goto("/activity/")
    page.locator(".card .menu > summary").first.click()


DOINGS: tuple[Callable[[Page], None], ...] = (
    asked, several, listed, history, opened, picture, keys, viewer, chosen, chosen_menu, joining,
    collecting, message, purging, more, menus,
)  # fmt: skip
