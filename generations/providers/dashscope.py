"""Alibaba Cloud Model Studio ("DashScope"), where the models come from.

Reference: alibabacloud.com/help/en/model-studio/text-to-video-api-reference (2026-10).
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit

from generations.providers.base import ImageToVideoModel, VideoModel, VideoRequest
from generations.providers.errors import ErrorCode, ProviderUnavailableError
from generations.providers.http.error_codes import ALIBABA, ErrorKind, ErrorMeaning, passed_on
from generations.providers.http.options import picture, quoted, set_options
from generations.providers.http.provider import HTTPProvider
from generations.providers.http.response import Json, Said, first, number, part, text

CREATE = "/api/v1/services/aigc/video-generation/video-synthesis"
TASKS = "/api/v1/tasks"

# Times have no zone. The samples in the documents are Beijing time (2026-02).
BEIJING = timezone(timedelta(hours=8))
# Tolerance for the times in the list: its clock may differ, and its zone is not documented.
SLACK = timedelta(minutes=1)
PAGE_SIZE = 100
MAX_PAGES = 20


class DashScope(HTTPProvider):
    label = "Alibaba Cloud Model Studio"
    models = (
        VideoModel(id="wan2.2-t2v-plus", label="Wan 2.2 Plus"),
        ImageToVideoModel(id="wan2.2-i2v-flash", label="Wan 2.2 Flash", prompt_required=False),
    )
    # Per account: 2 creates a second, 2 running per model, 20 queries a second (2026-06).
    can_list_tasks = True
    # A key belongs to one region (2026-10). Hosts of single workspaces are not in this list.
    regions = {
        "https://dashscope-intl.aliyuncs.com": "singapore",
        "https://dashscope.aliyuncs.com": "beijing",
        "https://dashscope-us.aliyuncs.com": "virginia",
    }
    headers = {"X-DashScope-Async": "enable"}

    # Only from the service itself does "no capacity" prove that nothing was accepted.
    codes = ALIBABA | {"ModelUnavailable": ErrorMeaning(ErrorCode.PROVIDER, ErrorKind.BUSY)}

    def __init__(self, *, size_separator: str = "*", base_url: str, **options: Any) -> None:
        # The base URL of the official SDK ends in /api/v1, and people copy it.
        super().__init__(base_url=base_url.rstrip("/").removesuffix("/api/v1"), **options)
        self.size_separator = size_separator

    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        texts = set_options(request, "prompt", "negative_prompt")
        options = set_options(request, "prompt_extend", "watermark", "seed")
        if request.image:
            texts |= {"img_url": picture(request)}
            options |= {"resolution": request.size}
        else:
            options |= {"size": request.size.replace("x", self.size_separator)}
        return CREATE, {"model": request.model, "input": texts, "parameters": options}

    def poll_call(self, remote_id: str, model: str) -> str:
        if remote_id.startswith("/"):  # the path of a `result_url`, see `read_created`
            return remote_id.removeprefix(urlsplit(self.base_url).path)
        return f"{TASKS}/{quoted(remote_id)}"

    def same_task(self, told: str, asked: str) -> bool:
        return asked.startswith("/") or told == asked

    def read_created(self, body: Json) -> str:
        """The id; where a gateway gives a `result_url` instead, that URL's path."""
        remote_id = text(body, "output", "task_id") or text(body, "task_id")
        return remote_id or _path(text(body, "output", "result_url") or text(body, "result_url"))

    def read_facts(self, body: Json, task: Json) -> Json:
        return {
            "actual_prompt": text(task, "actual_prompt"),
            "orig_prompt": text(task, "orig_prompt"),
            "usage": part(body, "usage"),
            "queued_at": _time(text(task, "submit_time")),
            "started_at": _time(text(task, "scheduled_time")),
            "ended_at": _time(text(task, "end_time")),
        }

    def read_error(self, body: Json) -> Said:
        """Two keys of the service; where a gateway puts them, in an `error`."""
        error = part(body, "error")
        code = first(_either(body, "code"), text(error, "code"), text(error, "type"))
        words = first(_either(body, "message"), text(error, "message"), text(error))
        return passed_on(code, words)

    def check_key(self) -> None:
        """List one task; where that tells nothing, poll: a gateway may have no list."""
        try:
            self.fetch(f"{TASKS}/?page_no=1&page_size=1", "check")
        except ProviderUnavailableError as error:
            if error.account or error.outage:
                raise
            super().check_key()

    def list_task_ids(self, model: str, since: datetime, until: datetime) -> list[str]:
        since, until = since - SLACK, until + SLACK
        query = {
            "model_name": model,
            # Correct whether the service reads these as UTC or as Beijing time.
            "start_time": since.astimezone(UTC).strftime("%Y%m%d%H%M%S"),
            "end_time": until.astimezone(BEIJING).strftime("%Y%m%d%H%M%S"),
            "page_size": PAGE_SIZE,
        }
        found: list[str] = []
        for page in range(1, MAX_PAGES + 1):
            body = self.fetch(f"{TASKS}/?{urlencode(query | {'page_no': page})}", "find")
            rows = part(body, "data")
            rows = rows if isinstance(rows, list) else []
            found += [text(row, "task_id") for row in rows if _within(row, model, since, until)]
            pages = part(body, "total_page")
            if not rows or (isinstance(pages, int) and page >= pages):
                break
        return list(dict.fromkeys(filter(None, found)))


def _either(body: Json, name: str) -> str:
    return text(body, "output", name) or text(body, name)


def _path(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return "/" + path.lstrip("/") if path.strip("/") else ""


def _time(written: str) -> str:
    try:
        told = datetime.fromisoformat(written)
    except ValueError:
        return ""
    return (told if told.tzinfo else told.replace(tzinfo=BEIJING)).isoformat()


def _within(row: object, model: str, since: datetime, until: datetime) -> bool:
    """Is `row` of this model and time? A row that does not say may be."""
    created = number(part(row, "gmt_create"))  # in milliseconds
    if created is not None and not since.timestamp() <= created / 1000 <= until.timestamp():
        return False
    return text(row, "model_name") in ("", model)
