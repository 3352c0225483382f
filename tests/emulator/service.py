"""From a request to an answer: which protocol, which task, which fault."""

from __future__ import annotations

import hashlib
import hmac
import re
import traceback
from dataclasses import replace
from urllib.parse import urlencode

from tests.emulator.dashscope import RATE, DashScope
from tests.emulator.faults import Fault, FaultBook
from tests.emulator.mulerouter import MuleRouter
from tests.emulator.protocol import Ask, Call, Protocol, Refusal, View
from tests.emulator.relay import Relay
from tests.emulator.state import Recorded, State, Task
from tests.emulator.videos import video
from tests.emulator.vtrix import Vtrix
from tests.emulator.wire import Request, Response, answer

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol for protocol in (DashScope(), MuleRouter(), Vtrix(), Relay())
}
RESULTS = "/results/"
CONTENT = re.compile(r"/v1/videos/([^/]+)/content")
Spoilt = tuple[Response, Fault | None]


class Service:
    """All protocols over one state. `base_url` is where result URLs point."""

    def __init__(self, state: State, faults: FaultBook, names: tuple[str, ...]) -> None:
        self.state, self.faults = state, faults
        self.protocols = [PROTOCOLS[name] for name in names]
        self.base_url = ""

    def handle(self, request: Request) -> Spoilt:
        """The answer, and the fault that says how it leaves; both are written down first.

        An error of the emulator's own is a 500 that names it, with the trace on stderr.
        """
        seen = self.state.record(request)
        try:
            return self._route(request, seen)
        except Exception as error:
            traceback.print_exc()
            return answer({"code": "EmulatorBroke", "message": repr(error)}, 500), None
        finally:
            self.state.write_request(seen)

    def _route(self, request: Request, seen: Recorded) -> Spoilt:
        if request.path.startswith(RESULTS) and request.method in ("GET", "HEAD"):
            return self._download(request, seen)
        if found := CONTENT.fullmatch(request.path):
            return self._content(request, seen, found[1]), None
        for protocol in self.protocols:
            if call := protocol.match(request):
                seen.protocol, seen.verb, seen.task = protocol.name, call.verb, call.task_id
                return self._call(protocol, call, request, seen)
        return answer({"message": "Not found."}, 404), None

    def _call(self, protocol: Protocol, call: Call, request: Request, seen: Recorded) -> Spoilt:
        fault = None
        try:
            ask = protocol.read(request, call) if call.verb == "create" else None
            fault = self._deal(protocol, call, ask, seen)
            response = self._work(protocol, call, ask, request, seen, fault)
        except Refusal as no:
            response = protocol.refused(no.status, no.code, no.message)
        if fault:
            response = self._spoil(protocol, self._filled(fault, seen), response)
        return response, fault

    def _filled(self, fault: Fault, seen: Recorded) -> Fault:
        task = self.state.tasks.get(seen.task)
        url = self.result_url(task) if task else ""
        path = url.removeprefix(self.base_url)
        return fault.filled(
            task=seen.task, url=url, path=path, base=self.base_url, asked=seen.target
        )

    def _work(
        self,
        protocol: Protocol,
        call: Call,
        ask: Ask | None,
        request: Request,
        seen: Recorded,
        fault: Fault | None,
    ) -> Response:
        """What the service does when nothing goes wrong; a fault before the charge spares it."""
        if fault and call.verb in ("create", "cancel") and not fault.charge:
            return Response()
        protocol.let_in(request, call, self.state.settings.keys)
        if ask is not None:
            return self._create(protocol, ask, request, seen, fault)
        if self.state.is_too_fast(request.bearer, call.verb):
            raise Refusal(429, "Throttling.RateQuota", RATE)
        if isinstance(protocol, DashScope) and call.verb == "list":
            return protocol.listed(request, self.state)
        task = self.state.find(protocol.name, call.task_id, request.bearer)
        if isinstance(protocol, DashScope) and call.verb == "cancel":
            return protocol.canceled(task, self.state)
        return self._poll(protocol, call, task, seen, fault)

    def _deal(
        self, protocol: Protocol, call: Call, ask: Ask | None, seen: Recorded
    ) -> Fault | None:
        known = self.state.tasks.get(call.task_id)
        prompt = str(ask.prompt) if ask else known.prompt if known else ""
        fault = self.faults.deal(call.verb, protocol.name, prompt, call.task_id)
        seen.fault = (fault.name or fault.manner or "unnamed") if fault else ""
        return fault

    def _spoil(self, protocol: Protocol, fault: Fault, response: Response) -> Response:
        if fault.code or fault.message:
            refusal = protocol.refused(fault.status or 400, fault.code, fault.message)
            return replace(refusal, headers={**refusal.headers, **fault.headers})
        if fault.answers:
            return Response(fault.status or 200, fault.payload() or b"", dict(fault.headers))
        headers = {**response.headers, **fault.headers}
        return replace(response, body=fault.prefix.encode() + response.body, headers=headers)

    def _create(
        self,
        protocol: Protocol,
        ask: Ask,
        request: Request,
        seen: Recorded,
        fault: Fault | None,
    ) -> Response:
        protocol.check(ask)
        task = protocol.task(ask, request.bearer)
        task.request = seen.body
        if self.state.is_too_fast(request.bearer, "create") or self.state.is_full(task):
            raise Refusal(429, "Throttling.RateQuota", RATE)
        if fault and fault.failure:
            task.failure = fault.failure
        self.state.add(task)
        seen.task, seen.accepted = task.id, True
        return protocol.created(task)

    def _poll(
        self,
        protocol: Protocol,
        call: Call,
        task: Task | None,
        seen: Recorded,
        fault: Fault | None,
    ) -> Response:
        if task is None:
            return protocol.missing(call.task_id)
        task.polls += 1
        view = self.view(task)
        if fault:
            view = view.spoilt(self._filled(fault, seen))
        return protocol.missing(view.id) if view.state == "unknown" else protocol.polled(view)

    def view(self, task: Task) -> View:
        now, usage = self.state.now(), self.state.settings.usage
        url, progress = self.result_url(task), task.progress(now)
        return View(task, task.id, task.state(now), url, progress, now, usage)

    def result_url(self, task: Task) -> str:
        """Where the video lies: signed, and dead after `url_life`."""
        expires = str(int(task.ends + self.state.settings.url_life))
        query = {"Expires": expires, "OSSAccessKeyId": "EXAMPLE"}
        query["Signature"] = _signature(task.id, expires)
        return f"{self.base_url}{RESULTS}{task.id}.mp4?{urlencode(query)}"

    def _download(self, request: Request, seen: Recorded) -> Spoilt:
        task_id = request.path.rpartition("/")[2].removesuffix(".mp4")
        task = self.state.tasks.get(task_id)
        seen.verb, seen.task = "download", task_id
        if task is None:
            return _storage_error(404, "NoSuchKey"), None
        seen.protocol = task.protocol
        fault = self.faults.deal("download", task.protocol, task.prompt, task.id)
        seen.fault = (fault.name or fault.manner or "unnamed") if fault else ""
        response = self._file(request, task)
        if fault:
            response = self._spoil(PROTOCOLS[task.protocol], _aimed(fault, request), response)
        return response, fault

    def _content(self, request: Request, seen: Recorded, task_id: str) -> Response:
        """The video where relays have it: with the key alone, and then by way of the storage."""
        task = self.state.tasks.get(task_id)
        seen.verb, seen.task = "content", task_id
        if task is None or request.bearer not in self.state.settings.keys:
            return answer({"error": {"message": "Invalid token", "type": "new_api_error"}}, 401)
        return Response(302, b"", {"Location": self.result_url(task)})

    def _file(self, request: Request, task: Task) -> Response:
        if "authorization" in request.headers:
            return _storage_error(400, "InvalidArgument")
        expires = request.query.get("Expires", "")
        if request.query.get("Signature") != _signature(task.id, expires):
            return _storage_error(403, "SignatureDoesNotMatch")
        if int(expires) < self.state.now():
            return _storage_error(403, "AccessDenied")
        task.downloads += 1
        return Response(200, self.content(task), {"Content-Type": "video/mp4"})

    def content(self, task: Task) -> bytes:
        """The bytes that a download of this task gives."""
        settings = self.state.settings
        return video(task.size, faststart=settings.faststart, mark=task.id, file=settings.video)


def _aimed(fault: Fault, request: Request) -> Fault:
    """An empty `Location` points back to where the request came."""
    if fault.headers.get("Location") == "":
        return replace(fault, headers={**fault.headers, "Location": request.target})
    return fault


def _signature(task_id: str, expires: str) -> str:
    return hmac.new(b"emulator", f"{task_id} {expires}".encode(), hashlib.sha1).hexdigest()


def _storage_error(status: int, code: str) -> Response:
    """An error as object storage words it."""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(status, body.encode(), {"Content-Type": "application/xml"})
