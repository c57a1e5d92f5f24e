"""Values for arguments, made from their types: right ones mostly, literal or by variable.

What is known only once there is a world stands in a value as a place, such as `@@id:Ticket:3@@`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_list_type,
)
from hypothesis import strategies as st

import models
from resolvers.nodes import SHOWN

Drawn = TypeVar("Drawn")
Draw = Callable[[st.SearchStrategy[Any]], Any]

IDS_OF = {
    "ownerIds": models.User,
    "assigneeIds": models.User,
    "reporterIds": models.User,
    "groupIds": models.Group,
    "segmentIds": models.Segment,
    "tagIds": models.Tag,
    "campaignIds": models.Campaign,
    "pipelineIds": models.Pipeline,
    "stageIds": models.Stage,
    "excludeGroupIds": models.Group,
    "excludeTagIds": models.Tag,
    "customerIds": models.Customer,
    "mainId": models.Customer,
    "fromCustomerId": models.Customer,
    "memberIds": models.Customer,
    "id": models.Customer,
}
"""Whose ids an argument of this name wants."""
NAMES = sorted(model.__name__ for model in SHOWN - {models.Workspace})
SCALARS: dict[str, list[Any]] = {
    "Int": [1, 2, 3, 5, 7, 20],
    "Float": [0, 0.5, 0.8, 1],
    "Boolean": [True, False],
    "Date": ["2026-11-22", "2026-02-28", "1999-12-31"],
    "DateTime": ["2026-11-22T09:00:00+07:00", "2026-11-22T09:30:00Z", "1970-01-01T00:00:00Z"],
    "Decimal": ["0", "150000", "0.50", "12345678901234.56"],
}
WRONG: dict[str, list[Any]] = {
    "Int": [0, 101, -1],
    "Float": [-0.1, 1.1],
    "Date": ["2026-02-30"],
    "DateTime": ["2026-11-22"],
    "Decimal": ["-1", "1.005", "1e400", "much", 5],
}
TEXTS: dict[str, list[str]] = {
    "search": ["budi", "", " ", "%", "_", "\\", "SANTOSO  2", "é", "08120", "pt", "'", "😀"],
    "month": ["2026-11", "2026-02", "2026-13"],
    "identifier": ["+6281200000101", "0812-0000-0102", "b101@example.com", "web-0", "nobody", ""],
    "key": ["size", "score", "text", "date", "multi_select", "archived", "undefined", "builtin"],
}
JSON: list[Any] = ["M", "budi", 1, True, ["S"], ["M", "L"], 0, "2026-11-22", [0, 5], None, 30, {}]
OPERATORS = ["EQ", "NE", "IS_SET", "IS_NOT_SET", "IN", "GT"]
FITTING: list[tuple[str, str, Any]] = [
    ("size", "EQ", "M"),
    ("size", "NOT_IN", ["S", "L"]),
    ("score", "BETWEEN", [1, 5]),
    ("score", "NE", 1),
    ("text", "CONTAINS", "ud"),
    ("text", "STARTS_WITH", "bu"),
    ("date", "WITHIN_LAST_DAYS", 30),
    ("decimal", "GTE", "0.10"),
    ("boolean", "EQ", True),
    ("multi_select", "CONTAINS", "S"),
    ("datetime", "IS_NOT_SET", None),
]


@dataclass(frozen=True)
class Word:
    """A name in a document that is no string: a value of an enum, a variable."""

    text: str


def printed(value: Any) -> str:
    """A value as it is written in a document."""
    match value:
        case Word():
            return value.text
        case dict():
            return "{" + ", ".join(f"{name}: {printed(one)}" for name, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(printed, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def sent(value: Any) -> Any:
    """A value as it is sent as a variable."""
    match value:
        case Word():
            return value.text
        case dict():
            return {name: sent(one) for name, one in value.items()}
        case list():
            return [sent(one) for one in value]
    return value


@dataclass
class Arguments:
    """Makes values, and remembers the variables that they need."""

    draw: Draw
    declared: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    alike: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    answered: str = ""
    """The type that the field whose arguments are made answers with."""

    def one_of(self, values: list[Drawn]) -> Drawn:
        """One of some values."""
        found: Drawn = self.draw(st.sampled_from(values))
        return found

    def chance(self, percent: int) -> bool:
        """Whether something happens that is to happen in so many of a hundred cases."""
        found: bool = self.draw(st.integers(0, 99)) >= 100 - percent
        return found

    def of(self, name: str, type: GraphQLInputType) -> Any:
        """A value for an argument or an input's field: literal, or a variable."""
        if self.chance(25):
            return self.variable(name, type)
        return self.value(name, type, nested=True)

    def variable(self, name: str, type: GraphQLInputType) -> Word:
        """A variable of a type: with a default or a value or null or none of them."""
        written = str(type)
        known = self.alike.setdefault((name, written), [])
        if known and self.chance(50):
            return Word(self.one_of(known))
        called = f"$v{len(self.declared)}"
        required = isinstance(type, GraphQLNonNull)
        known.append(called)
        if self.chance(30):
            default = self.value(name, type)
            nullable = written if default is None else written.removesuffix("!")
            self.declared[called] = f"{nullable} = {printed(default)}"
            required = False
        else:
            self.declared[called] = written
        if required or self.chance(60):
            self.variables[called[1:]] = self.coerced(sent(self.value(name, type)), type)
        elif self.chance(30) and not isinstance(type, GraphQLNonNull):
            self.variables[called[1:]] = None
        return Word(called)

    def coerced(self, value: Any, type: GraphQLInputType) -> Any:
        """A variable's value, sometimes in another form that means the same."""
        if is_list_type(getattr(type, "of_type", type)) or is_list_type(type):
            if isinstance(value, list) and len(value) == 1 and self.chance(50):
                return value[0]
        elif isinstance(value, int) and str(type).startswith("Int") and self.chance(20):
            return float(value)
        return value

    def value(self, name: str, type: GraphQLInputType, nested: bool = False) -> Any:
        """A value of a type; with `nested`, variables may stand in it."""
        if isinstance(type, GraphQLNonNull):
            type = type.of_type
        elif self.chance(3):
            return None
        if isinstance(type, GraphQLList):
            if self.chance(10):
                return self.value(name, type.of_type, nested)
            count = self.draw(st.integers(0, 3))
            return [self.value(name, type.of_type, nested) for _ in range(count)]
        if isinstance(type, GraphQLInputObjectType):
            return self.input(type, nested)
        if isinstance(type, GraphQLEnumType):
            return Word(self.one_of(list(type.values)))
        return self.scalar(name, str(type))

    def input(self, type: GraphQLInputType, nested: bool) -> Any:
        """An input object: all that it requires, and some of what it knows."""
        assert isinstance(type, GraphQLInputObjectType)
        if type.name == "PropertyFilter" and self.chance(85):
            key, op, value = self.one_of(FITTING)
            return {"key": key, "op": Word(op), "value": value}
        names = list(type.fields)
        chosen = self.draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
        if type.is_one_of:
            chosen = chosen[:1] or names[:1]
        made = {}
        for name, known in type.fields.items():
            if name not in chosen and not isinstance(known.type, GraphQLNonNull):
                continue
            kind = GraphQLNonNull(known.type) if type.is_one_of else known.type
            made[name] = self.of(name, kind) if nested else self.value(name, kind)
        return made

    def scalar(self, name: str, type: str) -> Any:
        """A scalar; one of a hundred is wrong."""
        if type in WRONG and self.chance(1):
            return self.one_of(WRONG[type])
        if type == "ID":
            if name == "id" and self.answered in NAMES:
                return self.id(self.answered)
            return self.id(IDS_OF[name].__name__ if name in IDS_OF else self.one_of(NAMES))
        if type == "JSON":
            return self.one_of(JSON)
        if type == "String":
            return self.one_of(TEXTS.get(name, ["x"]))
        return self.one_of(SCALARS[type])

    def id(self, model: str) -> str:
        """A global id: mostly of a row that there is."""
        number = self.draw(st.integers(0, 40))
        match self.draw(st.integers(0, 99)):
            case 99:
                return "42"
            case 98 | 97:
                return f"@@id:{self.one_of(NAMES)}:{number}@@"
            case 96 | 95 | 94 | 93:
                return f"@@unknown:{model}:{number}@@"
            case 92 | 91 | 90 | 89 | 88 | 87 | 86 | 85:
                return f"@@other:{model}:{number}@@"
        return f"@@id:{model}:{number}@@"
