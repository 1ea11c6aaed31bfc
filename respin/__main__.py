"""``python -m respin``."""

from respin.cli import main

main()
