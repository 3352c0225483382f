"""The emulator itself: an HTTP server on loopback, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

from tests.emulator import control
from tests.emulator.faults import Fault, FaultBook, build
from tests.emulator.manners import HANG, MANNERS, whole
from tests.emulator.service import PROTOCOLS, Service
from tests.emulator.state import Recorded, Settings, State, Task
from tests.emulator.wire import HEAD_LIMIT, BadRequest, Intake, Request, read_request


class Emulator:
    """The four services on one port. Start it with `start()` or as a context manager.

    Every number of `Settings` may be given by name.
    """

    def __init__(
        self, *, port: int = 0, protocols: tuple[str, ...] = tuple(PROTOCOLS), **settings: Any
    ) -> None:
        self.port = port
        self.settings = Settings(**settings)
        self.state = State(self.settings)
        self.faults = FaultBook()
        self.service = Service(self.state, self.faults, protocols)
        self.intake = Intake()
        self._ready = threading.Event()
        self._problem: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    def start(self) -> Emulator:
        """Listen. Raises `OSError` when the port is taken."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()
        self._ready.wait()
        if self._problem:
            raise self._problem
        return self

    def stop(self) -> None:
        """Cut all connections and close the port."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self.state.journal.close()

    def wait(self) -> None:
        self._thread.join()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Recorded]:
        """Every request that came in, in order; the emulator's own `/_emulator/` left out."""
        return self.state.requests

    @property
    def creates(self) -> list[Recorded]:
        """Every create that arrived, whether it was accepted or not."""
        return self.asked("create")

    @property
    def tasks(self) -> dict[str, Task]:
        return self.state.tasks

    @property
    def charged(self) -> int:
        """How many creates were accepted, and so may be billed. Foreign tasks do not count."""
        return sum(not task.foreign for task in list(self.tasks.values()))

    def asked(self, verb: str) -> list[Recorded]:
        return [seen for seen in list(self.requests) if seen.verb == verb]

    def fail(self, verb: str, name: str = "", **changes: Any) -> Fault:
        """Let the next `verb` go wrong: a preset by name, or a `Fault` by its fields."""
        return self.faults.add(build(verb, name, **changes))

    def advance(self, seconds: float) -> None:
        """Move this emulator's clock; tasks, ids and URLs age with it."""
        self.state.offset += seconds

    def stop_clock(self) -> None:
        """From now on, time passes by `advance` alone."""
        now = self.state.clock()
        self.state.clock = lambda: now

    def freeze(self, task_id: str, state: str) -> None:
        """Hold a task in `pending`, `running`, `succeeded` or `failed`; "" lets it go."""
        self.tasks[task_id].frozen = state
        self.state.write_task(self.tasks[task_id])

    def add_foreign(self, **task: Any) -> Task:
        """A task that another program made on the same account; `Task`'s fields by name."""
        values = {
            "id": "",
            "protocol": "dashscope",
            "model": "wan2.2-t2v-plus",
            "account": self.settings.keys[0],
            "prompt": "somebody else's wish",
            "size": "832x480",
        }
        return self.state.add(Task(foreign=True, **{**values, **task}))

    def content(self, task_id: str) -> bytes:
        """The video's bytes, as a download gives them."""
        return self.service.content(self.tasks[task_id])

    def clear(self) -> None:
        """Forget requests, tasks and faults."""
        self.state.clear()
        self.faults.clear()

    def options(self, **changes: Any) -> dict[str, Any]:
        """OPTIONS for an adapter that should speak to this emulator."""
        return {"api_key": self.settings.keys[0], "base_url": self.base_url, **changes}

    dashscope_options = mulerouter_options = vtrix_options = relay_options = options

    def environment(self) -> dict[str, str]:
        """The variables that point all four services of a studio here."""
        names = [protocol.name.upper() for protocol in self.service.protocols]
        keys = {f"{name}_API_KEY": self.settings.keys[0] for name in names}
        return keys | {f"{name}_BASE_URL": self.base_url for name in names}

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as error:
            self._problem = error
        self._ready.set()
        if self._problem is None:
            self._loop.run_forever()
        self._loop.run_until_complete(self._hang_up())
        self._loop.close()

    async def _listen(self) -> None:
        listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        # Else the kernel takes megabytes of a body that is read slowly.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=HEAD_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]
        self.service.base_url = self.base_url

    async def _hang_up(self) -> None:
        if self._problem is None:
            self._server.close()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = (ConnectionError, BadRequest, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while not writer.transport.is_closing():
                self.intake.rate = self.settings.read_rate
                request = await read_request(reader, self.intake)
                if request is None:
                    break
                await self._answer(request, reader, writer)
                if request.headers.get("connection", "").lower() == "close":
                    break
        writer.close()

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if request.path.startswith(control.PREFIX):
            await whole(writer, control.handle(self, request))
            return
        # Encoding a video takes up to half a second, so it must not hold up the polls.
        slow = request.path.startswith("/results/")
        handle = self.service.handle
        response, fault = await asyncio.to_thread(handle, request) if slow else handle(request)
        if request.method == "HEAD":
            writer.write(response.head())
        elif fault and fault.manner == HANG:
            await reader.read()
        elif fault:
            await MANNERS[fault.manner](writer, response, fault.every)
        else:
            await whole(writer, response)
