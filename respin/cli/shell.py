"""The commands that fit respin into a shell: completion and the manual page."""

from __future__ import annotations

import click

from respin.cli.main import cli


@click.command("completion", short_help="Print the completion script for a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.help_option("-h", "--help", help="Show this page.")
def completion_command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash   respin completion bash > ~/.local/share/bash-completion/completions/respin
    zsh    respin completion zsh > a file _respin in a folder of $fpath
    fish   respin completion fish > ~/.config/fish/completions/respin.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "respin", "_RESPIN_COMPLETE").source())


@click.command("man", short_help="Print the manual page.")
@click.help_option("-h", "--help", help="Show this page.")
def man_command() -> None:
    """Print the manual page: respin man | man -l -, or > ~/.local/share/man/man1/respin.1."""
    from respin.cli.man import man_page

    click.echo(man_page(), nl=False)
