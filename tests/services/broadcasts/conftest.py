"""Every statement of these tests is held to the rules for distributing the database."""

from tests.recorded import recorded_statements, statements_keep_to_the_rules

__all__ = ["recorded_statements", "statements_keep_to_the_rules"]
