"""respin gives a spun article back as it was written.

>>> import respin
>>> respin.repair("Police stated the boys have been in the constructing.")
'Police said the men were in the building.'

``repair``, ``edits`` and ``explain`` take a text and say, in turn, how it was, what has to change,
and why. A ``Repairer`` does the same with a dictionary of your own, and streams.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from respin.api import Repairer, detect, edits, explain, repair
    from respin.dictionary.index import Dictionary
    from respin.edits import Edit, Reason, Repair, apply_edits
    from respin.engine.detect import Detection, Sign
    from respin.engine.trace import Candidate, Explanation, Span
    from respin.errors import (
        DictionaryError,
        InputError,
        ModelError,
        OutputError,
        RespinError,
        SettingsError,
        TrainingError,
    )

__version__ = "0.1.0"
__all__ = [
    "Candidate",
    "Detection",
    "Dictionary",
    "DictionaryError",
    "Edit",
    "Explanation",
    "InputError",
    "ModelError",
    "OutputError",
    "Reason",
    "Repair",
    "Repairer",
    "RespinError",
    "SettingsError",
    "Sign",
    "Span",
    "TrainingError",
    "__version__",
    "apply_edits",
    "detect",
    "edits",
    "explain",
    "repair",
]

_HOME = {
    "Candidate": "engine.trace",
    "Detection": "engine.detect",
    "Dictionary": "dictionary.index",
    "Edit": "edits",
    "Explanation": "engine.trace",
    "Reason": "edits",
    "Repair": "edits",
    "Repairer": "api",
    "Sign": "engine.detect",
    "Span": "engine.trace",
    "apply_edits": "edits",
    "detect": "api",
    "edits": "api",
    "explain": "api",
    "repair": "api",
}
"""The module of each public name that is no error."""


def __getattr__(name: str) -> Any:
    # Names load on first use: `import respin` alone costs nothing.
    if name in __all__:
        from importlib import import_module

        value = getattr(import_module(f"respin.{_HOME.get(name, 'errors')}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'respin' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__") and name not in __all__)]


class _Package(ModuleType):
    """``respin.edits`` is the function. Importing the module of that name would put the module in its place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name == "edits" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
