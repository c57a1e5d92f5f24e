"""Text as people type it: how it is checked, and how it is folded for searching and sorting."""

import re
import unicodedata

from services.errors import invalid

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LINE_BREAKS = re.compile(r"[\t\r\n]")


def fold(text: str) -> str:
    """`text` with case and accents folded and white space run together: what searches compare.

    Letters that are no letter with an accent (ø, ß, đ) fold to themselves, but for case.
    """
    plain = text.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.split())


def escaped(text: str) -> str:
    """`text` as a part of a LIKE pattern in which it stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def like_pattern(term: str) -> str:
    """The LIKE pattern that finds `term`, folded, anywhere in a folded text."""
    return f"%{escaped(fold(term))}%"


def clean_line(value: str, *field: str, most: int = 200) -> str:
    """One line of text without the white space around it.

    Raises a Refusal (INVALID) where it is empty, longer than `most` characters, or has a control
    character or a line break.
    """
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        raise invalid(f"{field[-1]} is empty: give at least one character.", *field)
    if len(text) > most:
        raise invalid(f"{field[-1]} has {len(text)} characters: at most {most} are kept.", *field)
    if FORBIDDEN.search(text) or LINE_BREAKS.search(text):
        raise invalid(f"{field[-1]} has a control character: leave it out.", *field)
    return text


def clean_optional_line(value: str | None, *field: str, most: int = 200) -> str | None:
    """Like `clean_line`, but nothing and only white space are nothing."""
    if value is None or not value.strip():
        return None
    return clean_line(value, *field, most=most)


def clean_text(value: str | None, *field: str, most: int = 65_536) -> str | None:
    """Text of several lines; nothing where it is empty.

    Raises a Refusal (INVALID) where it is too long or has a control character.
    """
    if value is None or not value.strip():
        return None
    text = unicodedata.normalize("NFC", value)
    if len(text) > most:
        raise invalid(f"{field[-1]} has {len(text)} characters: at most {most} are kept.", *field)
    if FORBIDDEN.search(text):
        raise invalid(f"{field[-1]} has a control character: leave it out.", *field)
    return text


def search_text(*parts: str | None) -> str:
    """What a search looks into: the given parts, folded, one after another."""
    return fold(" ".join(part for part in parts if part))
