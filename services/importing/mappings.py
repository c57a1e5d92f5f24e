"""Mappings: which columns of a file feed which fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.errors import invalid


@dataclass(frozen=True, slots=True)
class Feed:
    """The columns that feed a field, in order. Several are joined by a space."""

    columns: tuple[int, ...]
    label: str
    """The columns' names, as errors name them."""

    def value(self, cells: Sequence[str]) -> str | None:
        """What the row has for the field; None where its cells are blank."""
        if len(self.columns) == 1:
            return cells[self.columns[0]] or None
        return " ".join(cells[column] for column in self.columns if cells[column]) or None


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How a file's columns become fields."""

    by_field: Mapping[str, Feed]
    unused: tuple[str, ...]
    """The columns that feed no field, and so are not imported."""

    def value(self, field: str, cells: Sequence[str]) -> str | None:
        """What a row has for a field; None where no column feeds it, or only blank cells."""
        feed = self.by_field.get(field)
        return feed.value(cells) if feed else None

    def has(self, field: str) -> bool:
        """Whether any column feeds the field."""
        return field in self.by_field

    def label(self, field: str) -> str:
        """The columns that feed a field, as errors name them."""
        feed = self.by_field.get(field)
        return feed.label if feed else field


def map_columns(
    columns: Sequence[str], told: Iterable[tuple[str, str]], fields: Sequence[str]
) -> ColumnMap:
    """Map `columns` to `fields`: as told (pairs of column and field), the others by their names.

    A column may feed several fields and a field may have several columns, in the order told. What
    is told of a column or a field takes the place of what its name says. Raises a Refusal (INVALID)
    that names the possible ones for an unknown column or field.
    """
    by_field: dict[str, list[int]] = {}
    told_columns: set[int] = set()
    for column, field in told:
        index = find_column(columns, column)
        if field not in fields:
            raise invalid(
                f"There is no field “{field[:60]}”. A column can feed: {', '.join(fields)}.",
                "mapping",
            )
        told_columns.add(index)
        if index not in by_field.setdefault(field, []):
            by_field[field].append(index)
    by_name = same_names(fields)
    for index, column in enumerate(columns):
        named = by_name.get(column) or by_name.get(plain(column))
        if named is not None and named not in by_field and index not in told_columns:
            by_field[named] = [index]
    used = {index for indexes in by_field.values() for index in indexes}
    return ColumnMap(
        {
            field: Feed(tuple(by_field[field]), " + ".join(columns[i] for i in by_field[field]))
            for field in fields
            if field in by_field
        },
        tuple(column for index, column in enumerate(columns) if index not in used),
    )


def find_column(columns: Sequence[str], name: str) -> int:
    """The place of a column. Raises a Refusal (INVALID) that names them all for an unknown one."""
    try:
        return columns.index(name.strip())
    except ValueError:
        raise invalid(
            f"There is no column “{name[:60]}”. The file has: {', '.join(columns)}.", "mapping"
        ) from None


def same_names(fields: Sequence[str]) -> Mapping[str, str]:
    """Each spelling by which a header names a field by itself: `fullName`, `Full Name`…"""
    return {**{plain(field): field for field in reversed(fields)}, **{f: f for f in fields}}


def plain(name: str) -> str:
    """A name without case, white space, underscores and hyphens."""
    return "".join(name.casefold().replace("_", " ").replace("-", " ").split())


def require_fields(mapping: ColumnMap, fields: Iterable[Sequence[str]]) -> None:
    """Raise a Refusal (INVALID) for the first of `fields` that no column feeds.

    Each entry lists the fields of which one will do.
    """
    for choice in fields:
        if not any(mapping.has(field) for field in choice):
            columns = ", ".join(mapping.unused) or "none is left"
            raise invalid(
                f"No column feeds {' or '.join(choice)}. Name one: --map COLUMN={choice[0]}. "
                f"Columns without a field: {columns}.",
                "mapping",
            )
