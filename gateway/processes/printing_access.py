"""Prints who may ask for what, as `docs/access.md` has it."""

import sys

from resolvers.access_page import page


def main() -> None:
    """Print it."""
    sys.stdout.write(page())


if __name__ == "__main__":
    main()
