"""Filters on custom properties: which operators fit which type, and what is compared."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models import PropertyDefinition, PropertyType, Workspace
from services.errors import Refusal
from services.property_filters import OPERATORS, Comparison, Operator, comparable
from tests.services.writing import NOW

TEXT = PropertyType.TEXT
SELECT = ("Tea", "Coffee")
KEPT_WORKSPACE = Workspace(name="Toko", timezone="Asia/Jakarta", default_country="ID")


def of_type(type: PropertyType, *options: str) -> PropertyDefinition:
    """A definition that is not in a database."""
    return PropertyDefinition(key="thing", label="Thing", type=type, options=list(options))


def compared(definition: PropertyDefinition, op: Operator, value: Any = None) -> Comparison:
    """What an operator compares, in a workspace of Jakarta's time zone, on 22 November 2026."""
    return comparable(definition, op, value, KEPT_WORKSPACE, NOW, "filter", "properties", "0")


@pytest.mark.parametrize(
    ("definition", "op", "value", "expected"),
    [
        (of_type(TEXT), Operator.EQ, "Élise", Comparison("text_value", Operator.EQ, ("elise",))),
        (
            of_type(TEXT),
            Operator.CONTAINS,
            "50%",
            Comparison("text_value", Operator.CONTAINS, ("%50\\%%",)),
        ),
        (
            of_type(TEXT),
            Operator.STARTS_WITH,
            "%É",
            Comparison("text_value", Operator.STARTS_WITH, ("\\%e%",)),
        ),
        (
            of_type(PropertyType.PHONE),
            Operator.EQ,
            "0812-3456-7890",
            Comparison("text_value", Operator.EQ, ("+6281234567890",)),
        ),
        (
            of_type(PropertyType.NUMBER),
            Operator.BETWEEN,
            [1, 2.5],
            Comparison("number_value", Operator.BETWEEN, (Decimal("1"), Decimal("2.5"))),
        ),
        (
            of_type(PropertyType.DECIMAL),
            Operator.GT,
            "1.5",
            Comparison("number_value", Operator.GT, (Decimal("1.5"),)),
        ),
        (
            of_type(PropertyType.BOOLEAN),
            Operator.EQ,
            True,
            Comparison("text_value", Operator.EQ, ("true",)),
        ),
        (
            of_type(PropertyType.SINGLE_SELECT, *SELECT),
            Operator.IN,
            ["Tea", "Coffee", "Tea"],
            Comparison("text_value", Operator.IN, ("tea", "coffee")),
        ),
        (
            of_type(PropertyType.MULTI_SELECT, *SELECT),
            Operator.CONTAINS,
            "Tea",
            Comparison("text_value", Operator.EQ, ("tea",)),
        ),
        (
            of_type(PropertyType.DATE),
            Operator.WITHIN_LAST_DAYS,
            7,
            Comparison(
                "time_value",
                Operator.WITHIN_LAST_DAYS,
                (datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
            ),
        ),
        (
            of_type(PropertyType.DATETIME),
            Operator.WITHIN_LAST_DAYS,
            1,
            Comparison(
                "time_value",
                Operator.WITHIN_LAST_DAYS,
                (
                    datetime(2026, 11, 21, 17, tzinfo=UTC),
                    datetime(2026, 11, 22, 17, tzinfo=UTC),
                ),
            ),
        ),
        (
            of_type(PropertyType.NUMBER),
            Operator.IS_NOT_SET,
            None,
            Comparison("number_value", Operator.IS_NOT_SET),
        ),
    ],
)
def test_filter_compares_with_what_stands_in_the_index(
    definition: PropertyDefinition, op: Operator, value: Any, expected: Comparison
) -> None:
    assert compared(definition, op, value) == expected


def test_operator_that_does_not_fit_the_type_is_refused() -> None:
    for type, fitting in OPERATORS.items():
        for op in Operator:
            if op in fitting:
                continue
            with pytest.raises(Refusal) as caught:
                compared(of_type(type, *SELECT), op, "x")
            assert caught.value.field == ("filter", "properties", "0", "op")


@pytest.mark.parametrize(
    ("definition", "op", "value"),
    [
        (of_type(TEXT), Operator.EQ, None),
        (of_type(TEXT), Operator.EQ, " "),
        (of_type(TEXT), Operator.CONTAINS, ""),
        (of_type(TEXT), Operator.CONTAINS, 3),
        (of_type(TEXT), Operator.IN, "a"),
        (of_type(TEXT), Operator.IN, []),
        (of_type(TEXT), Operator.IN, ["a"] * 201),
        (of_type(PropertyType.NUMBER), Operator.GT, "3"),
        (of_type(PropertyType.NUMBER), Operator.BETWEEN, [2, 1]),
        (of_type(PropertyType.NUMBER), Operator.BETWEEN, [1]),
        (of_type(PropertyType.DATE), Operator.WITHIN_LAST_DAYS, 0),
        (of_type(PropertyType.DATE), Operator.WITHIN_LAST_DAYS, True),
        (of_type(PropertyType.DATE), Operator.WITHIN_LAST_DAYS, 10**9),
        (of_type(PropertyType.DATE), Operator.EQ, "2026-02-30"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), Operator.EQ, "Milk"),
    ],
)
def test_value_that_does_not_fit_the_operator_is_refused(
    definition: PropertyDefinition, op: Operator, value: Any
) -> None:
    with pytest.raises(Refusal) as caught:
        compared(definition, op, value)
    assert caught.value.field == ("filter", "properties", "0", "value")
