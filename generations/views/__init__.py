"""Pages: fetch, check, render. They create rows and cancel them; they never ask a service."""

from .accounts import setup
from .actions import again, cancel, delete, favourite, restore, selection, share
from .create import csrf_failure, new
from .detail import detail, live, status
from .download import download
from .files import picture, poster, video
from .gallery import gallery
from .help import help
from .lists import activity, compare, trash
from .monitoring import healthz
from .numbers import metrics
from .signout import sign_out
from .signup import signup

__all__ = [
    "activity",
    "again",
    "cancel",
    "compare",
    "csrf_failure",
    "delete",
    "detail",
    "download",
    "favourite",
    "gallery",
    "healthz",
    "help",
    "live",
    "metrics",
    "new",
    "picture",
    "poster",
    "restore",
    "selection",
    "setup",
    "share",
    "sign_out",
    "signup",
    "status",
    "trash",
    "video",
]
