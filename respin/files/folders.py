"""Where a user's programs keep their files: the XDG base directories, or what the platform has instead.

These are the folders of the package platformdirs, found by hand: its import takes 8 ms, and every start needs one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_folder(
    variable: str,
    unix: str,
    *,
    mac: str = "~/Library/Application Support",
    windows: tuple[str, str] = ("LOCALAPPDATA", r"~\AppData\Local"),
) -> Path:
    """The folder of respin below a base directory.

    Args:
        variable: the XDG variable; a relative path in it is ignored, as the specification says.
        unix: the folder where the variable is not set.
        mac: the folder of macOS.
        windows: the variable of Windows, and the folder where that is not set.
    """
    base = os.environ.get(variable, "")
    if not os.path.isabs(base):
        if sys.platform == "win32":
            base = os.environ.get(windows[0]) or os.path.expanduser(windows[1])
        elif sys.platform == "darwin":
            base = os.path.expanduser(mac)
        else:
            base = os.path.expanduser(unix)
    return Path(base, "respin")
