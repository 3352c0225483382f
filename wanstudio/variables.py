"""The names of all variables that the studio reads, and what happens to one that is none of them.

A new variable begins here: the start refuses a `WANSTUDIO_` name that this table does not hold.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from django.core.exceptions import ImproperlyConfigured

PREFIX = "WANSTUDIO_"

# Each can also be read from a file, with `NAME_FILE`.
SECRETS = {
    "ALI_MODEL_STUDIO_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_S3_ENDPOINT_URL",
    "AWS_SECRET_ACCESS_KEY",
    "DATABASE_URL",
    "EMAIL_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SECRET_KEY_BEFORE",
    "SENTRY_DSN",
    "SOURCE_DATABASE_URL",
    "WANSTUDIO_DINGTALK_CLIENT_SECRET",
    "WANSTUDIO_FEISHU_APP_SECRET",
    "WANSTUDIO_METRICS_TOKEN",
    "WANSTUDIO_OIDC_CLIENT_SECRET",
}
PLAIN = {
    "ADMINS",
    "ALLOWED_HOSTS",
    "AWS_S3_ADDRESSING_STYLE",
    "AWS_S3_REGION_NAME",
    "AWS_STORAGE_BUCKET_NAME",
    "CSRF_TRUSTED_ORIGINS",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "HOST",
    "MEDIA_ROOT",
    "PORT",
    "TIME_ZONE",
    "WANSTUDIO_ALIASES",
    "WANSTUDIO_CONN_MAX_AGE",
    "WANSTUDIO_DAILY_USD",
    "WANSTUDIO_DAILY_VIDEOS",
    "WANSTUDIO_DISK_RESERVE_MB",
    "WANSTUDIO_ENV_FILE",
    "WANSTUDIO_HSTS",
    "WANSTUDIO_HTTPS",
    "WANSTUDIO_INSTANCE",
    "WANSTUDIO_KEEP_EVENTS_DAYS",
    "WANSTUDIO_KEEP_FAILED_DAYS",
    "WANSTUDIO_LATE_MINUTES",
    "WANSTUDIO_LOG_FORMAT",
    "WANSTUDIO_LOG_LEVEL",
    "WANSTUDIO_MAX_VIDEO_MB",
    "WANSTUDIO_DINGTALK_CLIENT_ID",
    "WANSTUDIO_FEISHU_APP_ID",
    "WANSTUDIO_OIDC_CLIENT_ID",
    "WANSTUDIO_OIDC_ISSUER",
    "WANSTUDIO_OIDC_NAME",
    "WANSTUDIO_OIDC_ONLY",
    "WANSTUDIO_OIDC_SCOPE",
    "WANSTUDIO_OIDC_STAFF_GROUP",
    "WANSTUDIO_POOL",
    "WANSTUDIO_PROXIES",
    "WANSTUDIO_RATE",
    "WANSTUDIO_REVIEW",
    "WANSTUDIO_SANDBOX",
    "WANSTUDIO_STAFF_MFA",
    "WANSTUDIO_SANDBOX_SECONDS",
    "WANSTUDIO_SENDFILE",
    "WANSTUDIO_SHARING",
    "WANSTUDIO_SIGNUP",
    "WANSTUDIO_SITE_DAILY_USD",
    "WANSTUDIO_TRANSACTION_POOLING",
    "WANSTUDIO_TRASH_DAYS",
    "WANSTUDIO_URL",
    "WANSTUDIO_WORKERS",
    "WEB_CONCURRENCY",
    "WEB_THREADS",
}
# Internal variables that a process sets for its children.
INTERNAL = {
    "WANSTUDIO_FROM_FILE",
    "WANSTUDIO_HEARTBEAT_FILE",
    "WANSTUDIO_SUPERVISOR_PID",
    "WANSTUDIO_SUPERVISOR_PIPE",
}
# The variables of an alias, after its name: `DASHSCOPE_CN_API_KEY`. Some are for one protocol only.
ALIAS_SECRETS = {"API_KEY", "PROXY"}
ALIAS_PLAIN = {
    "BASE_URL",
    "MAX_OPEN",
    "POLL_EVERY",
    "PRICES",
    "QUERY_RATE",
    "RESULT_HOSTS",
    "SUBMIT_EVERY",
}
PROTOCOL_PLAIN = {
    "dashscope": {"SIZE_SEPARATOR"},
    "relay": {"SIZE_SEPARATOR"},
    "vtrix": {"BODY"},
}
# Variables of earlier releases: name -> what to know. For one release they are reported, not
# refused.
RETIRED: dict[str, str] = {
    "WANSTUDIO_HASHED_STATIC": "Static files have hashed names unless DEBUG is on.",
    "WANSTUDIO_WATCHES": "One process polls for all generations.",
}

# For WSGI servers and Django. With them, half of the pages would not work.
PATH_PREFIXES = ("SCRIPT_NAME", "FORCE_SCRIPT_NAME")

# Variables that Kubernetes and Docker links set in every container for a service named `wanstudio`.
SERVICE_LINK = re.compile(
    r".+_(SERVICE_(HOST|PORT)(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)


def with_files(secrets: Iterable[str]) -> set[str]:
    return {name + end for name in secrets for end in ("", "_FILE")}


KNOWN = PLAIN | INTERNAL | with_files(SECRETS)


def refuse(environ: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured for a path in front, and for an unknown `WANSTUDIO_` name.

    A limit may be meant by it. `wanstudio_daily_usd=5` would be as silent, and counts as unknown.
    """
    for name in PATH_PREFIXES:
        if environ.get(name, "").strip():
            raise ImproperlyConfigured(
                f"{name} is set, but the studio wants a host name of its own: it cannot live under "
                f"a path of another site. Unset {name}."
            )
    unknown = [
        f"{name} is not a variable of the studio{suggestion(name, KNOWN - INTERNAL)}"
        for name in set_and_unknown(environ, [PREFIX], KNOWN | set(RETIRED))
    ]
    if unknown:
        raise ImproperlyConfigured(" ".join([*unknown, "Correct it or unset it."]))


def retired(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of earlier releases that are still set, with what to know about each."""
    return {name: RETIRED[name] for name in sorted(RETIRED) if environ.get(name, "").strip()}


def unknown_of_aliases(environ: Mapping[str, str], aliases: Mapping[str, str]) -> dict[str, str]:
    """Name -> sentence for what begins like an alias's variables and is none of them.

    `aliases` maps the beginning of the names of an alias (`DASHSCOPE_CN`) to its protocol.
    """
    known = {
        f"{begin}_{end}"
        for begin, protocol in aliases.items()
        for end in with_files(ALIAS_SECRETS) | ALIAS_PLAIN | PROTOCOL_PLAIN.get(protocol, set())
    } | {name for name in KNOWN if name.startswith("ALI_MODEL_STUDIO_")}
    begins = [f"{begin}_" for begin in (*aliases, "ALI_MODEL_STUDIO")]
    return {
        name: f"{name} is not a variable of the studio{suggestion(name, known)}"
        for name in set_and_unknown(environ, begins, known)
    }


def set_and_unknown(
    environ: Mapping[str, str], begins: Iterable[str], known: Collection[str]
) -> list[str]:
    """The names of `environ` that begin so and are not known; blank counts as not set."""
    return sorted(
        name
        for name, value in environ.items()
        if name.upper().startswith(tuple(begins))
        and name not in known
        and value.strip()
        and not SERVICE_LINK.fullmatch(name)
        and not re.match("(tcp|udp|sctp)://", value)
    )


def suggestion(name: str, known: Collection[str]) -> str:
    """The end of a sentence: the known name that is meant, if one is near."""
    name = name.upper()
    bare = name.removeprefix(PREFIX)
    if name in known:
        found = [name]
    elif bare in known:
        found = [bare]
    else:
        # Their common prefix would make any two of them similar.
        ends = {each.removeprefix(PREFIX): each for each in sorted(known)}
        found = [ends[end] for end in get_close_matches(bare, ends, n=1, cutoff=0.7)]
    return f". Did you mean {found[0]}?" if found else ": see .env.example."
