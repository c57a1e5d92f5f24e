"""Prints the schema in GraphQL's schema definition language, as `schema/schema.graphql` has it."""

import sys

from schema.root import schema


def main() -> None:
    """Print it."""
    sys.stdout.write(schema.as_str().strip() + "\n")


if __name__ == "__main__":
    main()
