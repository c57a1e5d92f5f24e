"""Values of custom properties: what each type takes, and the form in which it is kept."""

from typing import Any

import pytest

from models import PropertyDefinition, PropertyType
from services.errors import ErrorCode, Refusal
from services.property_values import parse_property_value

INVALID = ErrorCode.INVALID
TEXT = PropertyType.TEXT
SELECT = ("Tea", "Coffee")


def of_type(type: PropertyType, *options: str) -> PropertyDefinition:
    """A definition that is not in a database."""
    return PropertyDefinition(key="thing", label="Thing", type=type, options=list(options))


@pytest.mark.parametrize(
    ("definition", "value", "kept"),
    [
        (of_type(TEXT), " Two\nlines ", " Two\nlines "),
        (of_type(TEXT), "  ", None),
        (of_type(TEXT), None, None),
        (of_type(PropertyType.NUMBER), 3, 3),
        (of_type(PropertyType.NUMBER), -2.5, -2.5),
        (of_type(PropertyType.DECIMAL), "012.50", "12.50"),
        (of_type(PropertyType.DECIMAL), "-0", "0"),
        (of_type(PropertyType.DECIMAL), 7, "7"),
        (of_type(PropertyType.BOOLEAN), False, False),
        (of_type(PropertyType.DATE), "2024-02-29", "2024-02-29"),
        (
            of_type(PropertyType.DATETIME),
            "2026-11-22T09:00:00+07:00",
            "2026-11-22T02:00:00.000000Z",
        ),
        (of_type(PropertyType.DATETIME), "2026-11-22t02:00:00.5z", "2026-11-22T02:00:00.500000Z"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), "Tea", "Tea"),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), ["Coffee", "Tea"], ["Tea", "Coffee"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), [], None),
        (of_type(PropertyType.URL), "https://toko.example/a?b=1", "https://toko.example/a?b=1"),
        (of_type(PropertyType.EMAIL), "Siti@Example.COM", "Siti@example.com"),
        (of_type(PropertyType.PHONE), "0812-3456-7890", "+6281234567890"),
    ],
)
def test_value_is_kept_in_the_form_of_its_type(
    definition: PropertyDefinition, value: Any, kept: Any
) -> None:
    found = parse_property_value(definition, value, "ID", "value")
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("definition", "value"),
    [
        (of_type(TEXT), 3),
        (of_type(TEXT), "x" * 5_001),
        (of_type(TEXT), "a\x00b"),
        (of_type(PropertyType.NUMBER), "3"),
        (of_type(PropertyType.NUMBER), True),
        (of_type(PropertyType.NUMBER), float("nan")),
        (of_type(PropertyType.NUMBER), float("inf")),
        (of_type(PropertyType.NUMBER), 2**53),
        (of_type(PropertyType.NUMBER), 10**400),
        (of_type(PropertyType.DECIMAL), "NaN"),
        (of_type(PropertyType.DECIMAL), "1e5"),
        (of_type(PropertyType.DECIMAL), 1.5),
        (of_type(PropertyType.DECIMAL), "1" * 29),
        (of_type(PropertyType.DECIMAL), "0.12345678901"),
        (of_type(PropertyType.BOOLEAN), "true"),
        (of_type(PropertyType.BOOLEAN), 1),
        (of_type(PropertyType.DATE), "2026-02-29"),
        (of_type(PropertyType.DATE), "2026-2-9"),
        (of_type(PropertyType.DATE), "20260209"),
        (of_type(PropertyType.DATE), "٢٠٢٦-٠٢-٠٩"),
        (of_type(PropertyType.DATETIME), "2026-11-22T09:00:00"),
        (of_type(PropertyType.DATETIME), "2026-11-22"),
        (of_type(PropertyType.DATETIME), "0001-01-01T00:00:00+07:00"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), "tea"),
        (of_type(PropertyType.SINGLE_SELECT, *SELECT), ["Tea"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), "Tea"),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), ["Tea", "Milk"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), ["Tea", "Tea"]),
        (of_type(PropertyType.MULTI_SELECT, *SELECT), [{"a": 1}]),
        (of_type(PropertyType.URL), "javascript:alert(1)"),
        (of_type(PropertyType.URL), "https://"),
        (of_type(PropertyType.URL), "https://a b.example"),
        (of_type(PropertyType.URL), "http://[::1"),
        (of_type(PropertyType.EMAIL), "nobody"),
        (of_type(PropertyType.PHONE), "12"),
        (of_type(PropertyType.USER), "Rina"),
        (of_type(PropertyType.USER), "cus_" + "0" * 32),
    ],
)
def test_value_that_does_not_fit_is_refused(definition: PropertyDefinition, value: Any) -> None:
    with pytest.raises(Refusal) as caught:
        parse_property_value(definition, value, "ID", "properties", "0", "value")
    assert (caught.value.code, caught.value.field) == (INVALID, ("properties", "0", "value"))
