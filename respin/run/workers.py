"""Repair several files at once, in processes, and give the results back in the order of the files.

Workers are forked from the loaded process, so they share the model's pages and start at once.
What a worker makes of a file goes into a nameless temporary file, to be read when its turn
comes: memory stays bounded, and a big file does not hold up those behind it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, Pipe, wait
from operator import attrgetter
from tempfile import TemporaryFile
from traceback import format_exc
from typing import IO, Any, Final

from respin.edits import Edit, Repair
from respin.engine.repairer import Repairer
from respin.errors import InputError
from respin.files.find import STANDARD_INPUT, Found, Unreadable
from respin.run.reading import Chunk, repaired
from respin.run.remarks import cause_of
from respin.run.settings import Settings

AHEAD: Final = 4
"""Files that may be done, or in work, for each worker while an earlier one is awaited."""


_VALUES: Final = {kind: attrgetter(*kind.__match_args__) for kind in (Edit, Repair)}


class _Pickler(pickle.Pickler):
    """Writes edits and repairs as calls with their values.

    By themselves they list their fields in Python code, on both sides: that takes twice as long.
    """

    def reducer_override(self, record: Any) -> Any:
        """How to write what is no plain value."""
        kind = type(record)
        return (kind, _VALUES[kind](record)) if kind in _VALUES else NotImplemented


class Task:
    """A file and, some time later, what became of it."""

    def __init__(self, found: Found | Unreadable) -> None:
        self.found = found
        self.slot: int | None = None
        self.is_done = False
        self.lost = False


class Crew:
    """Worker processes, and temporary files as slots for their results.

    To be used as a context manager: its end is the end of the workers.
    """

    def __init__(self, count: int, settings: Settings, repairer: Repairer) -> None:
        self._settings, self._repairer = settings, repairer
        self._slots: list[IO[bytes]] = [TemporaryFile(buffering=0) for _ in range(count * AHEAD)]  # noqa: SIM115 - closed at the end
        self._free = list(range(len(self._slots)))
        self._workers: dict[Connection, int] = {}
        self._busy: dict[Connection, Task] = {}
        for _ in range(count):
            self._fork()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for connection, worker in self._workers.items():
            connection.close()
            if connection in self._busy:
                os.kill(worker, signal.SIGKILL)
        for worker in self._workers.values():
            os.waitpid(worker, 0)
        for slot in self._slots:
            slot.close()

    def results(self, all_found: Iterable[Found | Unreadable]) -> Iterator[tuple[Found | Unreadable, Iterator[Chunk]]]:
        """Each file with its chunks, in order. The chunks must be read before the next file is asked for."""
        files = iter(all_found)
        queue: deque[Task] = deque()
        waiting: deque[Task] = deque()
        more = True
        while True:
            while more and len(queue) < len(self._slots):
                found = next(files, None)
                if found is None:
                    more = False
                    break
                task = Task(found)
                queue.append(task)
                if isinstance(found, Found) and found.path != STANDARD_INPUT:
                    waiting.append(task)
                else:
                    task.is_done = True
            if not queue:
                return
            while not queue[0].is_done:
                self._dispatch(waiting)
                self._collect()
            self._dispatch(waiting)
            task = queue.popleft()
            yield task.found, self._chunks(task)
            if task.slot is not None:
                self._free.append(task.slot)

    def _dispatch(self, waiting: deque[Task]) -> None:
        while waiting and self._free:
            idle = next((connection for connection in self._workers if connection not in self._busy), None)
            if idle is None:
                return
            try:
                idle.send((waiting[0].found, self._free[-1]))
            except OSError:  # it was killed while it had nothing to do
                self._replace(idle)
                continue
            task = self._busy[idle] = waiting.popleft()
            task.slot = self._free.pop()

    def _collect(self) -> None:
        for ready in wait(list(self._busy)):
            assert isinstance(ready, Connection)
            task = self._busy.pop(ready)
            task.is_done = True
            try:
                ready.recv_bytes()
            except (EOFError, OSError):
                task.lost = True
                self._replace(ready)

    def _chunks(self, task: Task) -> Iterator[Chunk]:
        if task.slot is None:
            if isinstance(task.found, Found):
                yield from repaired(task.found, self._settings, self._repairer)
            return
        if task.lost:
            raise InputError("the process that repaired it was killed; was there enough memory?")
        # The slot's descriptor is shared, position and all; each side reads or writes it through a buffer of its own.
        self._slots[task.slot].seek(0)
        with open(self._slots[task.slot].fileno(), "rb", closefd=False) as slot:
            while (item := pickle.load(slot)) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item

    def _replace(self, dead: Connection) -> None:
        """Bury a worker that ended before its time, and start another."""
        dead.close()
        os.waitpid(self._workers.pop(dead), 0)
        self._fork()

    def _fork(self) -> None:
        ours, theirs = Pipe()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        worker = os.fork()
        if worker:
            theirs.close()
            self._workers[ours] = worker
            return
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends Ctrl-C to all; one answers it
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            ours.close()
            for connection in self._workers:
                connection.close()
            self._serve(theirs)
            status = 0
        finally:
            os._exit(status)

    def _serve(self, connection: Connection) -> None:
        """The worker's life: a file after the other, until the other end is closed."""
        while True:
            try:
                found, number = connection.recv()
            except EOFError:
                return
            self._slots[number].seek(0)
            with open(self._slots[number].fileno(), "wb", closefd=False) as slot:
                try:
                    for chunk in repaired(found, self._settings, self._repairer):
                        _Pickler(slot, pickle.HIGHEST_PROTOCOL).dump(chunk)
                except (OSError, InputError) as error:
                    pickle.dump(InputError(cause_of(error)), slot, pickle.HIGHEST_PROTOCOL)
                except Exception:
                    pickle.dump(RuntimeError(format_exc()), slot, pickle.HIGHEST_PROTOCOL)
                pickle.dump(None, slot, pickle.HIGHEST_PROTOCOL)
            connection.send_bytes(b"")
