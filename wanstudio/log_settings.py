"""Settings of the log."""

from typing import Any

from wanstudio.logs import is_no_health_check, without_traceback


def log_settings(level: str, line_format: str) -> dict[str, Any]:
    """`LOGGING`. `level` is a name of `logging`; `line_format` is `text` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "text": {"()": "wanstudio.logs.TextFormatter"},
            "json": {"()": "wanstudio.logs.JSONFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": line_format,
                "level": level,
                "filters": [without_traceback],
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "generations": {"level": level},
            "wanstudio": {"level": level},
            # Django's own handlers would mail tracebacks, which contain what people typed.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR", "filters": [is_no_health_check]},
            "django-q": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "gunicorn.http.wsgi": {"level": "ERROR"},  # HEAD: a warning that it drops the body
            "psycopg.pool": {"level": "ERROR"},  # an unreachable server: one warning per try
        },
    }
