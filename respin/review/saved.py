"""What was decided in a review that goes on later: a file for each text, named by its digest."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from respin.files.folders import user_folder
from respin.files.write import write_atomically
from respin.review.session import Review

_VERSION: Final = 1


def state_folder() -> Path:
    """Where programs keep what they have to remember: ``$XDG_STATE_HOME``, else the platform's folder for it."""
    return user_folder("XDG_STATE_HOME", "~/.local/state")


class SavedReview:
    """The progress file of one text. It holds words of the text, so nobody else may read it."""

    def __init__(self, data: bytes, name: str) -> None:
        self.path = state_folder() / "review" / f"{sha256(data).hexdigest()}.json"
        self._name = name

    def load(self, review: Review) -> bool:
        """Take up what was decided before; ``False`` if there is nothing, or nothing that can be read."""
        try:
            saved: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
            if saved["version"] != _VERSION:
                return False
            review.resume(saved)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return True

    def save(self, review: Review) -> None:
        """Remember what is decided.

        Raises:
            OSError: it can't be written.
        """
        record = {"version": _VERSION, "file": os.path.abspath(self._name), **review.as_dict()}
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(self.path, json.dumps(record).encode("ascii"))
        with suppress(OSError):
            self.path.chmod(0o600)

    def forget(self) -> None:
        """Remove the file, if there is one."""
        self.path.unlink(missing_ok=True)
