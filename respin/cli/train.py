"""The command ``respin train``: which of its parts is meant; each is loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

_COMMANDS: Final = {
    "model": ("respin.cli.train_model", "model_command"),
    "topics": ("respin.cli.train_model", "topics_command"),
    "reader": ("respin.cli.train_reader", "reader_command"),
    "thesaurus": ("respin.cli.train_thesaurus", "thesaurus_command"),
    "suspicion": ("respin.cli.train_thesaurus", "suspicion_command"),
    "gate": ("respin.cli.train_gate", "gate_command"),
    "weights": ("respin.cli.train_weights", "weights_command"),
    "spin": ("respin.cli.train_weights", "spin_command"),
}


class TrainGroup(click.Group):
    """Loads its commands lazily: training needs more than the repair."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group("train", cls=TrainGroup, add_help_option=False)
@click.help_option("-h", "--help", help="Show this page.")
def train_group() -> None:
    """Train a language model, tune the weights, make spun text to test with."""
