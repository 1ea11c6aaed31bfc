"""Repair files, and parts of a source, in several processes, and give the results back in order.

Workers are forked from the loaded process, so they share the model's pages and start at once.
What a worker makes of its task goes into a nameless temporary file, to be read when its turn
comes: memory stays bounded, and a big file does not hold up those behind it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from multiprocessing.connection import Connection, Pipe, wait
from operator import attrgetter
from tempfile import TemporaryFile
from traceback import format_exc
from typing import IO, Any, Final

from respin.edits import Edit, Repair
from respin.engine.repairer import Repairer
from respin.errors import InputError
from respin.files.find import Found, Unreadable
from respin.run.parts import Part, PartRepairs, repaired_part
from respin.run.reading import Chunk, repaired
from respin.run.remarks import cause_of
from respin.run.settings import Settings
from respin.run.tasks import Task, Wait, tasks

AHEAD: Final = 4
"""Tasks that may be done, or in work, for each worker while an earlier one is awaited."""


_VALUES: Final = {kind: attrgetter(*kind.__match_args__) for kind in (Edit, Repair)}


class _Pickler(pickle.Pickler):
    """Writes edits and repairs as calls with their values.

    By themselves they list their fields in Python code, on both sides: that takes twice as long.
    """

    def reducer_override(self, record: Any) -> Any:
        """How to write what is no plain value."""
        kind = type(record)
        return (kind, _VALUES[kind](record)) if kind in _VALUES else NotImplemented


class Ticket:
    """A task and, some time later, what became of it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.slot: int | None = None
        self.is_done = task.job is None
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
        self._busy: dict[Connection, Ticket] = {}
        self._tasks: Iterator[Task | Wait] = iter(())
        self._wait: Wait | None = None
        """What is waited for before the next task is asked for."""
        self._queue: deque[Ticket] = deque()
        self._waiting: deque[Ticket] = deque()
        """Those of the queue that no worker has yet."""
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
        """Each source with its chunks, in order. The chunks must be read before the next source is asked for."""
        with closing(tasks(all_found, self._settings, self._repairer)) as self._tasks:
            while (ticket := self._next()) is not None:
                source = ticket.task.source
                rest = self._rest_of_source(ticket)
                yield source.found, chain.from_iterable(map(self._chunks, rest))
                source.is_given_up = True  # as far as it was not read
                for _ in rest:
                    pass

    def _next(self) -> Ticket | None:
        """The next task in order, done or not; ``None``: that was all."""
        self._ask()
        self._dispatch()
        return self._queue[0] if self._queue else None

    def _rest_of_source(self, ticket: Ticket | None) -> Iterator[Ticket]:
        """The tasks of a source from its first one on, each when it is done."""
        while ticket is not None:
            while not ticket.is_done:
                self._collect()
                self._ask()
                self._dispatch()
            yield ticket
            self._queue.popleft()
            if ticket.slot is not None:
                self._free.append(ticket.slot)
            if ticket.task.is_last:
                return
            ticket = self._next()

    def _ask(self) -> None:
        """Take tasks, as many as may be ahead, unless the next one has to be waited for."""
        while len(self._queue) < len(self._slots) and not self._must_wait():
            task = next(self._tasks, None)
            if task is None:
                return
            if isinstance(task, Wait):
                self._wait = task
                continue
            self._wait = None
            self._queue.append(Ticket(task))
            if task.job is not None:
                self._waiting.append(self._queue[-1])

    def _must_wait(self) -> bool:
        if self._wait is None or not self._queue:
            return False
        return self._wait.descriptor is None or not wait([self._wait.descriptor], 0)

    def _dispatch(self) -> None:
        while self._waiting:
            if self._waiting[0].task.source.is_given_up:
                self._waiting.popleft().is_done = True
                continue
            idle = next((connection for connection in self._workers if connection not in self._busy), None)
            if idle is None:
                return
            try:
                idle.send((self._waiting[0].task.job, self._free[-1]))
            except OSError:  # it was killed while it had nothing to do
                self._replace(idle)
                continue
            ticket = self._busy[idle] = self._waiting.popleft()
            ticket.slot = self._free.pop()

    def _collect(self) -> None:
        """Wait until a task is done, or another one can be asked for."""
        streams = []
        if self._wait is not None and self._wait.descriptor is not None and len(self._queue) < len(self._slots):
            streams.append(self._wait.descriptor)
        for ready in wait([*self._busy, *streams]):
            if isinstance(ready, Connection):
                ticket = self._busy.pop(ready)
                ticket.is_done = True
                try:
                    ready.recv_bytes()
                except (EOFError, OSError):
                    ticket.lost = True
                    self._replace(ready)

    def _chunks(self, ticket: Ticket) -> Iterator[Chunk]:
        task = ticket.task
        if task.job is None:
            yield from task.here
            return
        if ticket.lost:
            raise InputError("the process that repaired it was killed; was there enough memory?")
        assert ticket.slot is not None
        # The slot's descriptor is shared, position and all; each side reads or writes it through a buffer of its own.
        self._slots[ticket.slot].seek(0)
        with open(self._slots[ticket.slot].fileno(), "rb", closefd=False) as slot:
            while (item := pickle.load(slot)) is not None:
                if isinstance(item, Exception):
                    raise item
                yield task.source.chunk_of(item) if isinstance(item, PartRepairs) else item

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
        """The worker's life: a task after the other, until the other end is closed."""
        while True:
            try:
                job, number = connection.recv()
            except EOFError:
                return
            self._slots[number].seek(0)
            with open(self._slots[number].fileno(), "wb", closefd=False) as slot:
                try:
                    for item in self._work(job):
                        _Pickler(slot, pickle.HIGHEST_PROTOCOL).dump(item)
                except (OSError, InputError) as error:
                    pickle.dump(InputError(cause_of(error)), slot, pickle.HIGHEST_PROTOCOL)
                except Exception:
                    pickle.dump(RuntimeError(format_exc()), slot, pickle.HIGHEST_PROTOCOL)
                pickle.dump(None, slot, pickle.HIGHEST_PROTOCOL)
            connection.send_bytes(b"")

    def _work(self, job: Found | Part) -> Iterator[Chunk] | Iterator[PartRepairs]:
        if isinstance(job, Found):
            return repaired(job, self._settings, self._repairer)
        return iter((repaired_part(job, self._settings, self._repairer),))
