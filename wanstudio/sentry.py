"""Reports errors to Sentry, without typed texts and without keys."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from wanstudio.logs import masked

OPTIONS: dict[str, Any] = {
    "send_default_pii": False,
    # Local variables and bodies contain prompts, and in the adapters the key. So do breadcrumbs,
    # which are the last queries and requests.
    "include_local_variables": False,
    "max_request_body_size": "never",
    "max_breadcrumbs": 0,
    # Requests to the services get no additional headers.
    "trace_propagation_targets": [],
}


def start(dsn: str) -> None:
    """Report errors to `dsn`. Raises ImproperlyConfigured without the package or a real address."""
    try:
        import sentry_sdk
    except ImportError:
        raise ImproperlyConfigured("SENTRY_DSN needs a package: pip install sentry-sdk") from None
    try:
        sentry_sdk.init(dsn=dsn, before_send=without_words, **OPTIONS)
    except ValueError:  # `BadDsn`, whose text may be a piece of the key
        raise ImproperlyConfigured("SENTRY_DSN must look like https://key@host/number.") from None


def without_words(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Of the request, method and path are told: query strings and referrers hold searches."""
    request = event.get("request", {})
    event["request"] = {name: request[name] for name in ("method", "url") if name in request}
    return {name: without_secrets(value) for name, value in event.items()}


def without_secrets(value: Any) -> Any:
    """The same with every text masked as it is in the logs."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: without_secrets(inner) for name, inner in value.items()}
    return [without_secrets(inner) for inner in value] if isinstance(value, list) else value
