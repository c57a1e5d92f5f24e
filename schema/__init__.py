"""What clients see: types, fields, inputs and their descriptions, one file an entity."""

from schema import enums

__all__ = ["enums"]
