"""A paid file is judged by its bytes: not by headers, spelling, or where its name resolves to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from django.utils import timezone

from generations.models import Generation
from tests.emulator import Emulator
from tests.factory import content_of
from tests.films import draw_film, draw_webm
from tests.tasks.conftest import finished_row, store_video

pytestmark = pytest.mark.django_db

PLAIN = ["aws-chunked", "UTF-8 encoding", "binary encoding", "gzip in name only", "early hints"]
LABEL = '{"Label":"1","ContentProducer":"001191"}'


@pytest.fixture
def row(service: Emulator, ask: Callable[..., Generation]) -> Generation:
    return finished_row(ask, service)


def stored(row: Generation) -> Generation:
    Generation.objects.filter(pk=row.pk, status="storing").update(due_at=timezone.now())
    store_video(row.pk)
    return Generation.objects.get(pk=row.pk)


@pytest.mark.parametrize("fault", PLAIN)
def test_plain_bytes_are_plain_whatever_the_headers_call_them(
    fault: str, row: Generation, service: Emulator
) -> None:
    service.fail("download", fault)
    row = stored(row)

    assert row.status == "succeeded"
    assert content_of(row.video.name) == service.content(row.remote_id)


def test_an_address_with_a_blank_is_an_address(row: Generation, service: Emulator) -> None:
    query = service.service.result_url(service.tasks[row.remote_id]).partition("?")[2]
    service.fail("poll", url=f"$base/results/my clips/$task.mp4?{query}")

    assert stored(row).status == "succeeded"
    assert service.asked("download")[0].target.startswith("/results/my%20clips/")


# Where a name resolves to


@pytest.fixture
def resolves(service: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`resolves("198.18.0.9")`: what storage.example stands for; the emulator is there."""
    lookup, connect = socket.getaddrinfo, socket.socket.connect
    places: dict[str, str] = {}

    def resolved(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        return lookup(places.get(host, host), port, *args, **kwargs)

    def connected(sock: socket.socket, where: Any) -> None:
        connect(sock, ("127.0.0.1", service.port) if where[0] in places.values() else where)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(socket.socket, "connect", connected)

    def name(address: str, host: str = "storage.example") -> None:
        places[host] = address
        service.fail("poll", url=f"http://{host}$path", times=None)

    yield name


def trusting(settings: Any, *hosts: str) -> None:
    entry = settings.PROVIDERS["dashscope"]
    options = {**entry["OPTIONS"], "result_hosts": hosts}
    settings.PROVIDERS = {"dashscope": {**entry, "OPTIONS": options}}


def test_names_may_resolve_to_what_a_resolver_made_up(row: Generation, resolves: Any) -> None:
    resolves("198.18.3.4")

    assert stored(row).status == "succeeded"


@pytest.mark.parametrize("hosts", [(), ("storage.example",)])
def test_an_address_that_is_written_out_may_not(
    hosts: tuple[str, ...], row: Generation, resolves: Any, settings: Any
) -> None:
    trusting(settings, *hosts)
    resolves("198.18.3.4", "198.18.3.4")
    row = stored(row)

    assert (row.status, row.error_code) == ("storing", "save")
    assert "not fetched" in row.error_detail


def test_hosts_that_the_operator_named_may_be_inside_of_the_cloud(
    row: Generation, resolves: Any, settings: Any
) -> None:
    resolves("100.118.28.45")
    row = stored(row)
    assert (row.status, row.error_detail) == ("storing", "not fetched: not a public address")

    trusting(settings, "storage.example")
    assert stored(row).status == "succeeded"


@pytest.mark.parametrize("address", ["100.100.100.200", "169.254.169.254", "10.1.2.3"])
def test_the_clouds_own_services_never(
    address: str, row: Generation, resolves: Any, settings: Any, service: Emulator
) -> None:
    trusting(settings, "storage.example", address)
    resolves(address)
    assert stored(row).error_detail == "not fetched: not a public address"
    service.faults.clear()
    resolves(address, address)
    assert stored(row).error_detail == "not fetched: not a public address"
    assert not service.asked("download")


# What the bytes are


def test_the_label_of_an_ai_stays_when_the_index_moves(
    row: Generation, service: Emulator, tmp_path: Path
) -> None:
    flags, labels = "use_metadata_tags", {"AIGC": LABEL}
    film = draw_film(tmp_path / "f.mp4", size=(832, 480), movflags=flags, metadata=labels)
    service.settings.video = str(film)
    row = stored(row)

    assert row.status == "succeeded"
    kept = content_of(row.video.name)
    assert kept.index(b"moov") < kept.index(b"mdat")
    with av.open(row.video.path) as video:
        assert video.metadata["AIGC"] == LABEL


def test_the_label_of_an_ai_is_in_the_download_with_the_story(
    row: Generation, service: Emulator, tmp_path: Path, client: Any
) -> None:
    flags, labels = "use_metadata_tags", {"AIGC": LABEL}
    film = draw_film(tmp_path / "f.mp4", size=(832, 480), movflags=flags, metadata=labels)
    service.settings.video = str(film)
    row = stored(row)
    client.force_login(row.owner)
    told = tmp_path / "told.mp4"
    told.write_bytes(b"".join(client.get(f"/v/{row.pk}/download/").streaming_content))

    with av.open(str(told)) as video:
        assert video.metadata["AIGC"] == LABEL
        assert "a paper boat" in video.metadata["comment"]


@pytest.mark.parametrize("live", [False, True])
def test_a_webm_is_a_video_too(
    live: bool, row: Generation, service: Emulator, tmp_path: Path, client: Any
) -> None:
    film = draw_webm(tmp_path / "f.webm", size=(832, 480), live=live)
    service.settings.video = str(film)
    row = stored(row)

    assert (row.status, row.width, row.height) == ("succeeded", 832, 480)
    assert row.seconds == pytest.approx(1, abs=0.1)
    assert row.video.name.endswith(".webm") and row.poster
    client.force_login(row.owner)
    played = client.get(f"/v/{row.pk}/video.mp4", headers={"Range": "bytes=0-3"})
    assert (played.status_code, played["Content-Type"]) == (206, "video/webm")
    saved = client.get(f"/v/{row.pk}/download/")
    assert saved["Content-Type"] == "video/webm"
    assert '.webm"' in saved["Content-Disposition"]
    assert b"".join(saved.streaming_content) == content_of(row.video.name)


def test_half_a_webm_is_tried_again(row: Generation, service: Emulator, tmp_path: Path) -> None:
    film = draw_webm(tmp_path / "f.webm", size=(832, 480))
    film.write_bytes(film.read_bytes()[:2000])
    service.settings.video = str(film)
    row = stored(row)

    assert (row.status, row.error_code) == ("storing", "save")
    assert "InvalidVideoError" in row.error_detail
