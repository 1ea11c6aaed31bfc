"""The whole command in this process: as users call it, but for the start of an interpreter."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from respin.cli.main import run


class Ran(NamedTuple):
    """What a command said, and its exit status."""

    exit_code: int
    out: bytes
    err: bytes

    @property
    def stdout(self) -> str:
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def stderr(self) -> str:
        return self.err.decode("utf-8", "surrogateescape")

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def respin(*args: str | os.PathLike[str], stdin: str | bytes = b"", env: Mapping[str, str | None] | None = None) -> Ran:
    """Run ``respin`` with these arguments, this on standard input, and these changes to the environment."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with CliRunner(env=env or {}).isolation(stdin) as (out, err, _):
            with pytest.raises(SystemExit) as end:
                run([os.fspath(arg) for arg in args])
            assert isinstance(end.value.code, int)
            return Ran(end.value.code, out.getvalue(), err.getvalue())
    finally:
        signal.signal(signal.SIGTERM, handler)
