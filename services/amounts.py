"""Amounts of money as they are kept: exact, to the hundredth."""

from decimal import Decimal

from services.errors import invalid

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 18
"""numeric(20,2): amounts are smaller than this."""


def checked_amount(value: Decimal, *field: str) -> Decimal:
    """An amount of nothing or more, with its two decimals.

    Raises a Refusal (INVALID) where it is no finite number, is negative, or has more than 18 digits
    before the point or 2 behind it: an amount is never rounded.
    """
    name = field[-1]
    if not value.is_finite():
        raise invalid(f"{name} is no amount: give a number such as 29.33.", *field)
    if value < 0:
        raise invalid(f"{name} is negative: give 0 or more.", *field)
    if value >= LIMIT:
        raise invalid(f"{name} has more than 18 digits before the point.", *field)
    exact = value.quantize(CENT)
    if exact != value:
        raise invalid(f"{name} has more than 2 digits behind the point.", *field)
    return abs(exact)
