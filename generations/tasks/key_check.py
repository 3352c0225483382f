"""Asks a provider, for free, whether it accepts its key: the button in the administration."""

from ..models import Event, EventKind
from ..providers import providers
from ..providers.base import KeyState, Provider
from ..providers.errors import ErrorCode, ProviderUnavailableError


def check_key(alias: str, check_id: str, user_id: int, other_regions: bool) -> None:
    """Write an event with what the worker's key is worth, for the page that asked.

    With `other_regions`, the other documented addresses of the service are asked. GETs only:
    nothing is created, and nothing is billed.
    """
    results = results_of(providers.get(alias), other_regions)
    data = {"provider": alias, "check_id": check_id, "results": results}
    note = " · ".join(f"{result['url']}: {result['state']}" for result in results)
    Event.objects.create(kind=EventKind.KEY_CHECKED, by_id=user_id, note=note, data=data)


def results_of(provider: Provider | None, other_regions: bool) -> list[dict[str, str]]:
    if provider is None:
        detail = "the worker does not know this service: restart it"
        return [{"url": "", "state": KeyState.UNREACHABLE, "detail": detail}]
    asked = [provider]
    if other_regions:
        asked = [provider.at(url) for url in provider.other_regions]
    return [{"url": each.endpoint} | result_of(each) for each in asked]


def result_of(provider: Provider) -> dict[str, str]:
    try:
        provider.check_key()
    except ProviderUnavailableError as error:
        return {"state": state_of(error), "detail": error.detail}
    return {"state": KeyState.ACCEPTED, "detail": ""}


def state_of(error: ProviderUnavailableError) -> KeyState:
    """What a response without a task says about the key."""
    if error.account and error.account.code != ErrorCode.UNREACHABLE:
        return KeyState.REFUSED
    if error.code == ErrorCode.POLL:  # the key may not even poll
        return KeyState.REFUSED
    # The service itself rejected the ID, so it had accepted the key.
    if error.code == ErrorCode.INPUT and not error.outage and error.provider_data:
        return KeyState.ACCEPTED
    return KeyState.UNREACHABLE
