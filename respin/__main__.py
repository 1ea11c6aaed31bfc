"""``python -m respin``."""

from respin.cli.main import main

main()
