"""Everything about this installation, from the environment. `.env.example` explains each variable.

With nothing set it runs on this machine alone: SQLite and files in `var/`, the sandbox answering.
"""

import hmac
import logging
import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from wanstudio import __version__, sentry, variables
from wanstudio.account_settings import *  # noqa: F403
from wanstudio.app_settings import *  # noqa: F403
from wanstudio.database_settings import SQLITE, use_postgresql
from wanstudio.env import (
    env_bool,
    env_choice,
    env_decimal,
    env_int,
    env_list,
    env_number,
    env_path,
    env_secret,
    env_str,
    env_time_zone,
    read_env,
)
from wanstudio.hosts import env_hosts, env_origins, env_studio_url
from wanstudio.instance import instance_name
from wanstudio.listening import LOCAL_NAMES, allowed_by_name, own_url
from wanstudio.log_settings import log_settings
from wanstudio.logs import MONITORING
from wanstudio.ownership import write_problem
from wanstudio.provider_settings import (
    configured_aliases,
    prices_from_env,
    providers_from_env,
    variable,
)
from wanstudio.queue_settings import queue_settings
from wanstudio.secret_key import local_secret_key, require_strong
from wanstudio.security_settings import *  # noqa: F403
from wanstudio.security_settings import SECURE_CSP
from wanstudio.service_urls import database_settings, env_url, mail_settings
from wanstudio.single_sign_on import single_sign_on
from wanstudio.storage_settings import storage_settings

WANSTUDIO_VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"
if not VAR.exists() and (problem := write_problem(VAR, BASE_DIR)):
    raise ImproperlyConfigured(problem)
VAR.mkdir(mode=0o700, exist_ok=True)  # no other account may read prompts, videos and the key
WANSTUDIO_ENV_PATH = read_env(BASE_DIR)
variables.refuse(os.environ)

# Core

LOOPBACK = LOCAL_NAMES | {"[::1]"}
DEBUG = env_bool("DEBUG")
HTTPS = env_bool("WANSTUDIO_HTTPS")
NAMED_HOSTS = env_hosts("ALLOWED_HOSTS")
WANSTUDIO_HOST = env_str("HOST", "127.0.0.1")
# Health checks come from the machine itself, whatever the public name is.
ALLOWED_HOSTS = [
    *NAMED_HOSTS,
    *(name for name in allowed_by_name(WANSTUDIO_HOST) if name not in LOOPBACK),
    *("localhost", "127.0.0.1", "[::1]"),
]
CSRF_TRUSTED_ORIGINS = env_origins("CSRF_TRUSTED_ORIGINS")
WANSTUDIO_PORT = env_int("PORT", 8000, most=65_535)
WEB_CONCURRENCY = env_int("WEB_CONCURRENCY", 2, least=1)
# A thread starts when it is needed. One process has enough for all that watch at once, because
# nothing balances new connections: with 64, all players could be in one process while the other is
# idle.
WEB_THREADS = env_int("WEB_THREADS", 128, least=1)
# Others can reach this studio: by the allowed names, or by the address that it listens on.
WANSTUDIO_BEYOND_LOOPBACK = not LOOPBACK.issuperset({*ALLOWED_HOSTS, WANSTUDIO_HOST})

SECRET_KEY = env_secret("SECRET_KEY")
if WANSTUDIO_BEYOND_LOOPBACK and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG is on, but ALLOWED_HOSTS or HOST reaches beyond this machine. Switch DEBUG off."
    )
# If only HOST makes the studio reachable, a key that this machine generated is as good. A weak one
# is not.
MUST_HAVE_KEY = bool(SECRET_KEY) or not LOOPBACK.issuperset(NAMED_HOSTS)
if WANSTUDIO_BEYOND_LOOPBACK and MUST_HAVE_KEY:
    require_strong("SECRET_KEY", SECRET_KEY, 50)
SECRET_KEY = SECRET_KEY or local_secret_key(VAR / "secret_key")
# The first administrator enters it where others could be quicker. The start prints it.
WANSTUDIO_SETUP_TOKEN = hmac.new(SECRET_KEY.encode(), b"wanstudio set-up", "sha256").hexdigest()[
    :20
]
SECRET_KEY_FALLBACKS = [key] if (key := env_secret("SECRET_KEY_BEFORE")) else []
for key in SECRET_KEY_FALLBACKS if WANSTUDIO_BEYOND_LOOPBACK else ():
    require_strong("SECRET_KEY_BEFORE", key, 50)  # its signatures are still accepted

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "generations.views.staff_counts.staff_counts",
            ],
        },
    },
]

# Database

WANSTUDIO_POOL = env_int("WANSTUDIO_POOL", None)
DATABASE_URL = env_secret("DATABASE_URL")
DATABASE: dict[str, Any] = (
    database_settings(DATABASE_URL, BASE_DIR)
    if DATABASE_URL
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": str(VAR / "wanstudio.sqlite3")}
)
DATABASES = {"default": DATABASE}
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    if problem := write_problem(Path(DATABASE["NAME"]), VAR):
        raise ImproperlyConfigured(problem)
    DATABASE |= SQLITE
else:
    use_postgresql(DATABASE, pool=WANSTUDIO_POOL)
# The name of cookies and queue: two studios on one host or one Redis share none.
WANSTUDIO_INSTANCE = instance_name(DATABASE)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Queue and cache

REDIS_URL = env_url(
    "REDIS_URL",
    ("redis", "rediss", "unix"),
    "must begin with redis:// or rediss://: one Redis server, no Sentinel and no cluster.",
)
WANSTUDIO_WORKERS = env_int("WANSTUDIO_WORKERS", 4, least=3)

Q_CLUSTER = queue_settings(f"wanstudio-{WANSTUDIO_INSTANCE}", WANSTUDIO_WORKERS, REDIS_URL)
CACHES = {
    # The rate limits of the accounts library: all web processes count together, with or without
    # Redis.
    "default": {"BACKEND": "generations.accounts.rate_limits.RateLimitCache"},
    # For values that many pages need at the same moment. Pages are answered without Redis.
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"},
}

# Accounts: the rest is in `account_settings.py`

WANSTUDIO_STAFF_MFA = env_bool("WANSTUDIO_STAFF_MFA")
WANSTUDIO_SINGLE_SIGN_ON, SOCIALACCOUNT_PROVIDERS = single_sign_on()
WANSTUDIO_OIDC_STAFF_GROUP = env_str("WANSTUDIO_OIDC_STAFF_GROUP")
WANSTUDIO_OIDC_ONLY = env_bool("WANSTUDIO_OIDC_ONLY")
if WANSTUDIO_OIDC_ONLY and not WANSTUDIO_SINGLE_SIGN_ON:
    raise ImproperlyConfigured("WANSTUDIO_OIDC_ONLY needs WANSTUDIO_OIDC_ISSUER.")
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"

WANSTUDIO_PROXIES = env_int("WANSTUDIO_PROXIES", 0)

# Security: the rest is in `security_settings.py`

# Browsers accept `__Host-` cookies only over TLS and from the same host.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}wanstudio_session_{WANSTUDIO_INSTANCE}"
SESSION_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "generations.views.csrf.csrf_failure"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}wanstudio_csrf_{WANSTUDIO_INSTANCE}"
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}wanstudio_language_{WANSTUDIO_INSTANCE}"
LANGUAGE_COOKIE_SECURE = HTTPS
# What was typed into the form while somebody signs in again: generations.views.form_recovery.
TYPED_COOKIE_NAME = f"{COOKIE_PREFIX}wanstudio_typed_{WANSTUDIO_INSTANCE}"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie more
HSTS = env_choice("WANSTUDIO_HSTS", ("host", "subdomains", "preload"), "host")
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [f"^{page.removeprefix('/')}$" for page in MONITORING]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000  # a year
    SECURE_HSTS_INCLUDE_SUBDOMAINS = HSTS != "host"
    SECURE_HSTS_PRELOAD = HSTS == "preload"

LOCALE_PATHS = [BASE_DIR / "generations" / "locale"]
TIME_ZONE = env_time_zone("TIME_ZONE")

# Files

MEDIA_ROOT = env_path("MEDIA_ROOT", "var/media", BASE_DIR)
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

S3_BUCKET = env_str("AWS_STORAGE_BUCKET_NAME")
WANSTUDIO_SENDFILE = env_choice("WANSTUDIO_SENDFILE", ("", "nginx"), "")
STORAGES, BUCKET_ORIGINS = storage_settings(
    S3_BUCKET, MEDIA_ROOT, for_group=bool(WANSTUDIO_SENDFILE)
)
# With DEBUG, static files are served from the source folder; otherwise hashed, by `collectstatic`.
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
}
for directive in ("img-src", "media-src"):
    SECURE_CSP[directive] = [*SECURE_CSP[directive], *BUCKET_ORIGINS]
WANSTUDIO_MAX_VIDEO_MB = env_int("WANSTUDIO_MAX_VIDEO_MB", 500, least=1)
WANSTUDIO_DISK_RESERVE_MB = env_int("WANSTUDIO_DISK_RESERVE_MB", 500)
# Two days at least: the daily sums count the rows of a day until the next day is over.
WANSTUDIO_TRASH_DAYS = env_int("WANSTUDIO_TRASH_DAYS", 30, least=2)
WANSTUDIO_KEEP_FAILED_DAYS = env_int("WANSTUDIO_KEEP_FAILED_DAYS", None, least=2)
WANSTUDIO_KEEP_EVENTS_DAYS = env_int("WANSTUDIO_KEEP_EVENTS_DAYS", None, least=1)

# The services

WANSTUDIO_RETIRED_VARIABLES = variables.retired(os.environ)
WANSTUDIO_UNKNOWN_VARIABLES = variables.unknown_of_aliases(
    os.environ, {variable(alias): protocol for alias, protocol in configured_aliases().items()}
)
PROVIDERS = providers_from_env(WANSTUDIO_MAX_VIDEO_MB * 1_000_000)
PRICES = prices_from_env()
WANSTUDIO_SANDBOX = env_bool("WANSTUDIO_SANDBOX", default=not PROVIDERS)
WANSTUDIO_SANDBOX_SECONDS = env_number("WANSTUDIO_SANDBOX_SECONDS", 6)
if WANSTUDIO_SANDBOX:
    PROVIDERS["sandbox"] = {
        "BACKEND": "generations.providers.sandbox.Sandbox",
        "OPTIONS": {
            "seconds": WANSTUDIO_SANDBOX_SECONDS,
            "pictures": str(MEDIA_ROOT / "sandbox"),
        },
    }

# Permissions and limits of people

WANSTUDIO_SIGNUP = env_choice("WANSTUDIO_SIGNUP", ("closed", "open"), "closed")
WANSTUDIO_REVIEW = env_choice("WANSTUDIO_REVIEW", ("off", "after", "before"), "after")
WANSTUDIO_SHARING = env_choice("WANSTUDIO_SHARING", ("owner", "everyone", "nobody"), "owner")
WANSTUDIO_RATE = env_int("WANSTUDIO_RATE", 60, least=1)
WANSTUDIO_LATE_MINUTES = env_number("WANSTUDIO_LATE_MINUTES", 30)
WANSTUDIO_DAILY_VIDEOS = env_int("WANSTUDIO_DAILY_VIDEOS", None)
WANSTUDIO_DAILY_USD = env_decimal("WANSTUDIO_DAILY_USD")
WANSTUDIO_SITE_DAILY_USD = env_decimal("WANSTUDIO_SITE_DAILY_USD")
WANSTUDIO_METRICS_TOKEN = env_secret("WANSTUDIO_METRICS_TOKEN")
if WANSTUDIO_BEYOND_LOOPBACK and WANSTUDIO_METRICS_TOKEN:
    require_strong("WANSTUDIO_METRICS_TOKEN", WANSTUDIO_METRICS_TOKEN, 20)

# Mail

EMAIL_URL = env_secret("EMAIL_URL")
if EMAIL_URL:
    globals().update(mail_settings(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
WANSTUDIO_MAIL = bool(EMAIL_URL)
ACCOUNT_EMAIL_VERIFICATION = "optional" if WANSTUDIO_MAIL else "none"
# The base of links in mails. Behind a proxy, our own port is not part of it.
PUBLIC_PORT = "" if HTTPS or WANSTUDIO_PROXIES else f":{WANSTUDIO_PORT}"
WANSTUDIO_URL = env_studio_url(
    f"{'https' if HTTPS else 'http'}://{{host}}{PUBLIC_PORT}",
    NAMED_HOSTS,
    own_url(WANSTUDIO_HOST, WANSTUDIO_PORT),
)
ADMINS = [(address, address) for address in env_list("ADMINS")]
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env_str("DEFAULT_FROM_EMAIL", "studio@localhost")
EMAIL_SUBJECT_PREFIX = ACCOUNT_EMAIL_SUBJECT_PREFIX = "[WAN Studio] "

# Logs and errors

LOG_LEVEL = env_choice("WANSTUDIO_LOG_LEVEL", ("debug", "info", "warning", "error"), "info").upper()
LOG_FORMAT = env_choice("WANSTUDIO_LOG_FORMAT", ("text", "json"), "text")
LOGGING = log_settings(LOG_LEVEL, LOG_FORMAT)

logging.captureWarnings(True)  # warnings of Python are log lines like all others

if SENTRY_DSN := env_secret("SENTRY_DSN"):
    sentry.start(SENTRY_DSN)
