# The verbs of the project. `just` lists them; without just, copy the lines.

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

_list:
    @just --list

# Make the environment
setup:
    python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'

# Run the tests, all or those named, on all cores
test *args:
    python -m pytest -q -n auto {{args}}

# Format, lint, types, the order of the packages, the dictionaries
lint:
    ruff format .
    ruff check .
    mypy
    lint-imports
    respin dict lint dictionaries/*.txt

# Accuracy against its floors, and speed
bench:
    python -m benchmarks.accuracy --gate
    python -m benchmarks.speed

# Write the command reference anew
docs:
    python -m respin.cli.reference > docs/commands.md
