"""ONNX Runtime, imported when a network is first run, and kept from reporting on it."""

from __future__ import annotations

import importlib
import os
from typing import Any


def onnx_runtime() -> Any:
    """The package ``onnxruntime``.

    Some of its builds send usage figures to their maker, and leave a file in the folder for temporary files
    as soon as they are imported; a program that repairs texts has no business to do either.

    Raises:
        ImportError: it is not installed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    return importlib.import_module("onnxruntime")
