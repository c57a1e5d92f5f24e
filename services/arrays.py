"""Arrays: many texts as one parameter of a statement.

The driver looks at each element of an array by itself, which costs more than all that is made of
it before. One text with the elements one after another is five times as fast, and as fast for
PostgreSQL. What parts them are control characters, which no value of a customer has.
"""

from collections.abc import Sequence

PARTING, NOTHING = "\x1f", "\x1e"


def array_of(place: int, kind: str = "text") -> str:
    """The array that the parameter at `place` holds, `joined`; `kind` is that of its elements."""
    texts = f"(string_to_array(${place}::text, E'\\x1f', E'\\x1e'))[2:]"
    return texts if kind == "text" else f"{texts}::{kind}[]"


def joined(values: Sequence[str | None]) -> str:
    """Texts, and None for NULL, as one parameter for `array_of`.

    Raises ValueError where one has the control character that parts them.
    """
    # The first one is left out again by `array_of`: an array of one empty text is not empty.
    found = PARTING.join(["", *(NOTHING if value is None else value for value in values)])
    if found.count(PARTING) != len(values):
        raise ValueError("A text has the sign that parts texts.")
    return found
