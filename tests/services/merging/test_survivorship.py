"""Survivorship: whose value of each field a main customer has after a merge."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models import SurvivorshipStrategy
from models.base import new_id
from services.merging.survivorship import FieldResult, Profile, survivors
from tests.services.writing import NOW

MAIN_WINS = SurvivorshipStrategy.MAIN_WINS
FILL_GAPS = SurvivorshipStrategy.FILL_GAPS
MOST_RECENT = SurvivorshipStrategy.MOST_RECENT
STRATEGIES = tuple(SurvivorshipStrategy)


def profile(days_ago: int = 0, **values: Any) -> Profile:
    """One who takes part, whose profile was edited so many days ago."""
    plain = {name: value for name, value in values.items() if name != "properties"}
    custom = {f"properties.{key}": one for key, one in values.get("properties", {}).items()}
    return Profile(new_id(), {**plain, **custom}, NOW - timedelta(days=days_ago))


def result(
    field: str,
    strategy: SurvivorshipStrategy,
    *profiles: Profile,
    overrides: Mapping[str, UUID] | None = None,
) -> FieldResult:
    """What becomes of one field."""
    main, *others = profiles
    found = survivors(main, others, strategy, overrides or {})
    return next(one for one in found if one.field == field)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_value_that_only_the_main_customer_has_stays(strategy: SurvivorshipStrategy) -> None:
    main, member = profile(phone="+6281", days_ago=9), profile(phone=None)
    found = result("phone", strategy, main, member)
    assert (found.value, found.giver_id, found.conflict) == ("+6281", main.id, False)


@pytest.mark.parametrize("nothing", [None, "", []])
def test_a_gap_is_filled_with_the_first_value_of_the_others(nothing: Any) -> None:
    main = profile(phone=nothing)
    others = [profile(phone=None), profile(phone="+6282"), profile(phone="+6283")]
    found = result("phone", FILL_GAPS, main, *others)
    assert (found.value, found.giver_id, found.conflict) == ("+6282", others[1].id, True)
    found = result("phone", MAIN_WINS, main, *others)
    assert (found.value, found.giver_id) == (nothing, main.id)


def test_the_most_recent_value_is_that_of_the_profile_edited_last() -> None:
    main = profile(phone="+6281", days_ago=5)
    others = [profile(phone="+6282", days_ago=3), profile(phone="+6283", days_ago=4)]
    found = result("phone", MOST_RECENT, main, *others)
    assert (found.value, found.giver_id) == ("+6282", others[0].id)


def test_a_profile_without_a_value_is_not_recent() -> None:
    main, member = profile(phone="+6281", days_ago=5), profile(phone=None, days_ago=1)
    found = result("phone", MOST_RECENT, main, member)
    assert (found.value, found.giver_id) == ("+6281", main.id)


def test_of_profiles_edited_at_one_instant_the_first_counts() -> None:
    main, member = profile(phone="+6281"), profile(phone="+6282")
    assert result("phone", MOST_RECENT, main, member).giver_id == main.id


def test_a_value_that_a_merge_has_put_there_is_as_recent_as_its_giver() -> None:
    main, member = profile(phone="+6281", days_ago=2), profile(phone="+6282", days_ago=9)
    given = Profile(member.id, member.values, member.changed_at, {"phone": NOW})
    assert result("phone", MOST_RECENT, main, given).giver_id == member.id


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_override_wins_over_every_strategy(strategy: SurvivorshipStrategy) -> None:
    main, member = profile(phone="+6281", email="a@b.id"), profile(phone="+6282", email=None)
    overrides = {"phone": member.id, "email": member.id, "fullName": main.id}
    found = result("phone", strategy, main, member, overrides=overrides)
    assert (found.value, found.giver_id, found.chosen) == ("+6282", member.id, True)
    found = result("email", strategy, main, member, overrides=overrides)
    assert (found.value, found.giver_id) == (None, member.id)
    found = result("fullName", strategy, main, member, overrides=overrides)
    assert found.giver_id == main.id


def test_a_value_that_both_have_is_the_main_customers() -> None:
    main, member = profile(phone="+6281", days_ago=5), profile(phone="+6281")
    found = result("phone", MOST_RECENT, main, member, overrides={"phone": member.id})
    assert (found.giver_id, found.conflict) == (main.id, False)


def test_custom_properties_are_fields_of_their_own() -> None:
    main = profile(properties={"city": "Solo"})
    member = profile(properties={"city": "Bogor", "hobby": ["Lari", "Baca"]})
    found = {one.field: one for one in survivors(main, [member], FILL_GAPS, {})}
    assert (found["properties.city"].value, found["properties.city"].conflict) == ("Solo", True)
    assert found["properties.hobby"].value == ["Lari", "Baca"]
    assert found["properties.hobby"].giver_id == member.id


def test_every_field_shows_the_value_of_each_in_their_order() -> None:
    main, member = profile(phone="+6281"), profile(phone="+6282")
    found = result("phone", MAIN_WINS, main, member)
    assert found.values == ((main.id, "+6281"), (member.id, "+6282"))
    assert result("zipCode", MAIN_WINS, main, member).values == ((main.id, None), (member.id, None))
