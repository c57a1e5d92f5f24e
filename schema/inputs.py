"""Inputs that many fields share: periods, directions; and filters as what collections take."""

import dataclasses
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import strawberry

from resolvers.context import Context
from services.periods import (
    Period,
    PeriodPreset,
    between_period,
    day_period,
    month_period,
    preset_period,
)
from services.workspaces import time_zone


class Direction(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


strawberry.enum(
    Direction,
    description="ASC: the smallest, the oldest, the first in the alphabet first. DESC: the last.",
)


@strawberry.input(description="From one instant to another.")
class BetweenInput:
    """A custom period."""

    from_: datetime = strawberry.field(name="from", description="Included.")
    to: datetime = strawberry.field(description="Excluded.")


@strawberry.input(one_of=True, description="A period in the workspace's time zone: exactly one.")
class PeriodInput:
    """One way of naming a period."""

    preset: strawberry.Maybe[PeriodPreset] = strawberry.field(description="A period with a name.")
    day: strawberry.Maybe[date] = strawberry.field(description="One day.")
    month: strawberry.Maybe[str] = strawberry.field(description="One month, such as 2026-11.")
    between: strawberry.Maybe[BetweenInput] = strawberry.field(
        description="From one instant to another."
    )


@strawberry.input(description="What to delete.")
class DeleteInput:
    """One thing by its id."""

    id: strawberry.ID = strawberry.field(description="Its id.")


def period_of(context: Context, period: PeriodInput) -> Period:
    """The instants that a period lies between. Raises a Refusal (INVALID) for none."""
    zone = time_zone(context.workspace)
    if period.preset is not None:
        return preset_period(period.preset.value, zone, context.now)
    if period.day is not None:
        return day_period(period.day.value, zone)
    if period.month is not None:
        return month_period(period.month.value, zone)
    assert period.between is not None
    return between_period(period.between.value.from_, period.between.value.to)


async def criteria_of(context: Context, filter: Any) -> dict[str, Any] | None:
    """What a filter input asks for, by the names of its fields, those left out left out.

    Periods become instants. An input that needs to be read further has `resolved(context)`.
    """
    if filter is None:
        return None
    found: dict[str, Any] = {}
    for field in dataclasses.fields(filter):
        value = getattr(filter, field.name)
        if value is None or value is strawberry.UNSET:
            continue
        found[field.name] = period_of(context, value) if isinstance(value, PeriodInput) else value
    resolve = getattr(filter, "resolved", None)
    if resolve is not None:
        found = await resolve(context, found)
    return found
