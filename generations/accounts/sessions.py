"""Sessions of an account: where a person is signed in."""

import re
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

# The first name found in a User-Agent counts: each browser also contains the names below it.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
    "Macintosh": "macOS", "Linux": "Linux",
}  # fmt: skip


def sessions_of(user: User) -> list[Any]:
    """The active sessions of a person, newest first, each with its `browser`."""
    sessions = UserSession.objects.purge_and_list(user)
    for session in sessions:
        session.browser = describe(session.user_agent)
    return sorted(sessions, key=lambda session: session.created_at, reverse=True)


def describe(user_agent: str) -> str:
    """A browser and a system, such as `Firefox, Linux`; empty if unknown."""
    return ", ".join(filter(None, (first(BROWSERS, user_agent), first(SYSTEMS, user_agent))))


def first(names: dict[str, str], text: str) -> str:
    return next((name for word, name in names.items() if re.search(rf"\b{word}\b", text)), "")


def end_other_sessions(user: User, current: str | None) -> None:
    """End all sessions of this person except `current`, also those without an entry."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=current):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    UserSession.objects.filter(user=user).exclude(session_key=current).delete()


def forget_ended_sessions() -> None:
    UserSession.objects.exclude(session_key__in=Session.objects.values("pk")).delete()
