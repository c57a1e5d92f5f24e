"""Global ids: a short prefix that names the type, and the row's UUID in hex (`cus_0198…`).

How clients' ids are read. How they are written is `services/ids.py`.
"""

from uuid import UUID

from tortoise.models import Model

from services.errors import invalid
from services.ids import FORM, MODELS, PREFIXES, decode_id, global_id

__all__ = [
    "FORM",
    "MODELS",
    "PREFIXES",
    "decode_id",
    "global_id",
    "parse_id",
    "parse_operator_id",
]


def parse_id(value: str, model: type[Model], *field: str) -> UUID:
    """The row of `model` that a global id names.

    Raises a Refusal (INVALID) where it is no id, or one of another type. Whether there is such a
    row is for the database to say.
    """
    name = field[-1] if field else "id"
    found = decode_id(str(value))
    if found is None:
        shown = str(value)[:60] if str(value).isprintable() else "this"
        raise invalid(f"{name}: “{shown}” is no id. Give one as the API printed it.", *field)
    if found[0] is not model:
        raise invalid(
            f"{name} is the id of a {found[0].__name__}; give one of a {model.__name__}.", *field
        )
    return found[1]


def parse_operator_id(value: str, model: type[Model], name: str) -> UUID:
    """Like `parse_id`, for a command line: a bare UUID will do as well."""
    try:
        return UUID(value)
    except ValueError:
        return parse_id(value, model, name)
