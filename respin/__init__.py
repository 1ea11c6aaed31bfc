"""respin gives a spun article back as it was written.

>>> import respin
>>> respin.repair("Police stated the boys have been in the constructing.")
'Police said the men were in the building.'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from respin.dictionary.index import Dictionary
    from respin.edits import Edit, Repair, apply_edits
    from respin.engine.repairer import Repairer
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
    "Dictionary",
    "DictionaryError",
    "Edit",
    "InputError",
    "ModelError",
    "OutputError",
    "Repair",
    "Repairer",
    "RespinError",
    "SettingsError",
    "TrainingError",
    "__version__",
    "apply_edits",
    "repair",
]

_HOME = {
    "Dictionary": "dictionary.index",
    "Edit": "edits",
    "Repair": "edits",
    "Repairer": "engine.repairer",
    "apply_edits": "edits",
}
"""The module of each public name that is no error."""

_default: Repairer | None = None


def repair(text: str, format: str = "auto") -> str:
    """The text as it was before it was spun, with the shipped dictionary and model.

    They are loaded on the first call and kept. Unspun text comes back unchanged.

    Args:
        text: a text or a document.
        format: what it is: one of ``respin.formats.NAMES``; ``auto``: told from the text itself, so that of a
            page or a feed only the prose is touched.

    Raises:
        TypeError: ``text`` is not a string.
        SettingsError: there is no format of that name.
    """
    global _default
    if not isinstance(text, str):
        raise TypeError(f"respin.repair takes str, not {type(text).__name__}; decode bytes first")
    if _default is None:
        from respin.engine.repairer import Repairer

        _default = Repairer()
    return _default.repair(text, format)


def __getattr__(name: str) -> Any:
    # Names load on first use: `import respin` alone costs nothing.
    if name in __all__:
        from importlib import import_module

        value = getattr(import_module(f"respin.{_HOME.get(name, 'errors')}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'respin' has no attribute {name!r}")
