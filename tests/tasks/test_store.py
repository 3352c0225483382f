"""Bringing the video home: whole or not at all, and tried again as long as the service has it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from generations import media
from generations.media import isolated
from generations.models import LEASE, Generation, Status, claim_store
from generations.providers import providers
from generations.tasks import store
from generations.worker import heartbeat
from tests.emulator import Emulator
from tests.emulator.presets import DOWNLOADS
from tests.factory import content_of
from tests.tasks.conftest import finished_row, store_video
from tests.waiting import until

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(service: Emulator, ask: Callable[..., Generation]) -> Generation:
    return finished_row(ask, service)


def stored(row: Generation) -> Generation:
    """Run the task now, whatever the pause, and read the row again."""
    Generation.objects.filter(pk=row.pk, status="storing").update(due_at=timezone.now())
    store_video(row.pk)
    return Generation.objects.get(pk=row.pk)


def files() -> list[Path]:
    return [path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_stored_file_is_the_services_to_the_byte(row: Generation, service: Emulator) -> None:
    row = stored(row)

    assert row.status == "succeeded"
    assert content_of(row.video.name) == service.content(row.remote_id)


def test_a_file_in_order_is_opened_by_one_child(
    row: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[str] = []
    run = isolated.run

    def noted(job: str, **arguments: Any) -> Any:
        jobs.append(job)
        return run(job, **arguments)

    monkeypatch.setattr(isolated, "run", noted)

    assert stored(row).status == "succeeded"
    assert jobs == ["probe_with_poster"]


def test_a_task_that_runs_twice_downloads_once(row: Generation, service: Emulator) -> None:
    stored(row)
    store_video(row.pk)

    assert len(service.asked("download")) == 1


def test_a_row_that_is_not_due_is_left_alone(row: Generation, service: Emulator) -> None:
    row.extend_lease(timezone.now() + timedelta(seconds=60))

    store_video(row.pk)

    assert not service.asked("download")


HARMLESS = {"no length", "nonsense length", "redirect to nothing", "early hints"}
HARMLESS |= {"aws-chunked", "UTF-8 encoding", "binary encoding", "gzip in name only"}  # all whole
BAD = [name for name in DOWNLOADS if name not in HARMLESS]
ENDLESS = {"slow", "header drip", "hang"}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_answer_leaves_no_file_and_is_tried_again(
    fault: str, row: Generation, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = providers["dashscope"].downloads
    service.fail("download", fault)

    with monkeypatch.context() as patch:
        if fault in ENDLESS:
            patch.setattr(downloads, "seconds", 1.0)
        if fault == "oversize":
            patch.setattr(downloads, "max_bytes", 100_000)
        row = stored(row)

    assert not files(), "half files"
    assert (row.status, row.error_code) == ("storing", "save")
    assert row.due_at > timezone.now()
    assert row.attempts == 1
    service.faults.clear()
    assert stored(row).status == "succeeded"


@pytest.mark.parametrize("fault", sorted(HARMLESS))
def test_an_odd_answer_with_the_whole_file_is_as_good_as_any(
    fault: str, row: Generation, service: Emulator
) -> None:
    service.fail("download", fault)

    row = stored(row)

    assert row.status == "succeeded"
    assert content_of(row.video.name) == service.content(row.remote_id)


def test_pauses_grow_and_end_at_ten_minutes(
    row: Generation, service: Emulator, still_clock: None
) -> None:
    service.fail("download", "503", times=None)
    pauses = []
    for _ in range(12):
        row = stored(row)
        pauses.append((row.due_at - timezone.now()).total_seconds())

    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[3] < pauses[-1] == 600


def test_only_the_end_of_24_hours_fails_a_video_that_cannot_be_saved(
    row: Generation, service: Emulator
) -> None:
    service.fail("download", "503", times=None)
    for _ in range(8):
        row = stored(row)
    assert row.status == "storing"
    Generation.objects.update(submitted_at=timezone.now() - timedelta(hours=25))

    row = stored(row)

    assert (row.status, row.error_code, row.billed) == ("failed", "expired", "unknown")


def test_gone_is_believed_when_nothing_else_was_said_for_an_hour(
    row: Generation, service: Emulator
) -> None:
    service.fail("poll", "unknown", times=None)
    for _ in range(8):
        row = stored(row)
    assert row.status == "storing"
    since = (timezone.now() - timedelta(hours=1)).isoformat()
    Generation.objects.update(provider_data={**row.provider_data, "unknown_since": since})

    row = stored(row)

    assert (row.status, row.error_code) == ("failed", "expired")


def test_gone_from_another_address_than_it_was_sent_to_proves_nothing(
    row: Generation, service: Emulator
) -> None:
    sent_to = row.endpoint
    Generation.objects.update(endpoint="https://other-region.example")
    service.fail("poll", "unknown", times=None)
    for _ in range(9):
        row = stored(row)
    assert (row.status, row.error_code) == ("storing", "save")
    assert "other-region.example" in row.error_detail

    Generation.objects.update(endpoint=sent_to)
    service.faults.clear()
    assert stored(row).status == "succeeded"


def test_a_full_disk_pauses_the_download_and_not_the_row(
    row: Generation, service: Emulator, settings: Any
) -> None:
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9
    row = stored(row)

    assert (row.status, row.error_code) == ("storing", "save")
    assert "MB free" in row.error_detail
    assert not service.asked("download")
    settings.WANSTUDIO_DISK_RESERVE_MB = 0
    assert stored(row).status == "succeeded"


def test_a_folder_that_cannot_be_written_loses_nothing(row: Generation, settings: Any) -> None:
    shutil.rmtree(settings.MEDIA_ROOT)
    Path(settings.MEDIA_ROOT).write_text("a file where the folder should be")
    row = stored(row)
    assert (row.status, row.error_code) == ("storing", "save")

    Path(settings.MEDIA_ROOT).unlink()
    assert stored(row).status == "succeeded"


def test_an_unconfigured_service_is_waited_for(row: Generation, settings: Any) -> None:
    configured, settings.PROVIDERS = settings.PROVIDERS, {}
    row = stored(row)
    assert (row.status, row.error_code) == ("storing", "save")

    settings.PROVIDERS = configured
    assert stored(row).status == "succeeded"


def test_a_size_other_than_asked_is_kept_and_told(row: Generation, service: Emulator) -> None:
    Generation.objects.update(size="1920x1080")
    row = stored(row)

    assert row.status == "succeeded"
    assert row.events.filter(kind="size_differs", note="asked for 1920x1080, got 832x480").exists()


def test_a_cluster_that_stops_leaves_the_row_due(
    row: Generation, service: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = tmp_path / "heartbeat"
    monkeypatch.setenv(heartbeat.VARIABLE, str(signs))
    downloads = providers["dashscope"].downloads
    download = downloads.into

    def stop_while_bytes_come(*args: Any) -> None:
        heartbeat.stop_file(signs).touch()
        download(*args)

    monkeypatch.setattr(downloads, "into", stop_while_bytes_come)

    store_video(row.pk)

    row.refresh_from_db()
    assert (row.status, row.error_code) == ("storing", "")
    assert row.due_at <= timezone.now()
    assert claim_store(row.pk), "the next cluster begins it anew, at once"
    assert not files()


def test_a_download_whose_claim_was_lost_stops_and_overwrites_nothing(
    row: Generation, service: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = providers["dashscope"].downloads
    download = downloads.into
    elsewhere = timezone.now() + timedelta(seconds=5)

    def lose_the_claim(*args: Any) -> None:
        Generation.objects.update(due_at=elsewhere)
        download(*args)

    monkeypatch.setattr(downloads, "into", lose_the_claim)
    monkeypatch.setattr(store, "RENEW_WHEN_LEFT", timedelta(hours=1))

    store_video(row.pk)

    row.refresh_from_db()
    assert (row.status, row.due_at) == ("storing", elsewhere)


def test_the_queue_ends_no_save_that_keeps_its_own_deadlines(service: Emulator) -> None:
    provider = providers["dashscope"]
    longest = provider.poll_seconds + provider.downloads.seconds
    longest += store.KEPT_WITHIN.total_seconds()

    assert django_settings.Q_CLUSTER["timeout"] > longest + 60


def test_a_second_save_of_the_same_file_leaves_one(row: Generation, settings: Any) -> None:
    row = stored(row)
    names = {path.name for path in files()}
    Generation.objects.filter(pk=row.pk).update(
        status="storing", due_at=timezone.now(), finished_at=None
    )

    again = stored(row)

    assert {path.name for path in files()} == names
    assert again.video.name == row.video.name


def test_a_missing_poster_does_not_fail_a_paid_video(
    row: Generation, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    posters = Path(settings.MEDIA_ROOT) / "posters"
    posters.write_text("no folder")
    row = stored(row)

    assert row.status == "succeeded"
    assert not row.poster
    assert row.events.filter(kind="no_poster").exists()
    shutil.rmtree(posters, ignore_errors=True)


@pytest.mark.django_db(transaction=True)
def test_a_copy_that_outlasts_the_lease_is_not_begun_again(
    row: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock goes on by half a lease each time that the lease was extended."""
    monkeypatch.setitem(LEASE, Status.STORING, lease := timedelta(seconds=1))
    clock = [timezone.now()]
    monkeypatch.setattr(timezone, "now", lambda: clock[-1])
    others: list[Generation | None] = []
    save_file = media.save_file

    def slow(*args: Any) -> str:
        for _ in range(5):
            until(lambda: Generation.objects.get(pk=row.pk).due_at == clock[-1] + lease)
            clock.append(clock[-1] + lease / 2)
            others.append(claim_store(row.pk))
        return save_file(*args)

    monkeypatch.setattr(media, "save_file", slow)

    assert stored(row).status == "succeeded"
    assert others == [None] * 10  # a poster and a video


def test_a_disk_that_fills_up_on_the_way_loses_nothing(
    row: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full.mp4.part"
    full.symlink_to("/dev/full")
    with monkeypatch.context() as patch:
        patch.setattr("generations.media.storage.temporary_path", lambda *_: full)
        row = stored(row)

    assert (row.status, row.error_code) == ("storing", "save")
    assert "No space left" in row.error_detail
    assert stored(row).status == "succeeded"


def test_a_worker_without_memory_loses_nothing(
    row: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(media, "probe_with_poster", too_much)
        row = stored(row)

    assert row.status == "storing"
    assert stored(row).status == "succeeded"
