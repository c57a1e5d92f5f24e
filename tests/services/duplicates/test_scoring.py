"""The score: what counts for one person, what against it, and how a person can understand it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.duplicates.fields import BUILT_IN, Field, Kind
from services.duplicates.keys import keys_of
from services.duplicates.profiles import Profile, profile_of, words_of_name
from services.duplicates.rarity import Rarity, count_rarity, rarity_from
from services.duplicates.scoring import DEFAULT_SCORE, KEPT_SCORE, ReasonKind, Scorer
from services.duplicates.similarity import sound

FIELDS = (
    *BUILT_IN,
    Field("properties.birthday", Kind.DATE, "birthday", 1 / 15_000),
    Field("properties.nik", Kind.CODE, "nik", 1 / 100_000),
)
COLUMNS = (
    "phone",
    "email",
    "username",
    "province",
    "regency_city",
    "district",
    "subdistrict",
    "zip_code",
)
SHOP = "+622155500100"


def person(name: str = "Budi Santoso", **values: Any) -> Profile:
    """Somebody with these values and no others."""
    columns = dict.fromkeys(COLUMNS) | {key: values[key] for key in values if key in COLUMNS}
    properties = {key: values[key] for key in values if key not in COLUMNS}
    return profile_of(FIELDS, {"id": None, "full_name": name, "properties": properties, **columns})


def crowd() -> list[Profile]:
    """Two thousand people: some names are common, all live in one province, and many give the
    shop's telephone."""
    first = ["Budi", "Siti", "Agus", "Dewi", *(f"Nama{chr(97 + n)}{n}" for n in range(60))]
    last = ["Santoso", "Wijaya", *(f"Marga{chr(97 + n % 26)}{n}" for n in range(90))]
    return [
        person(
            f"{first[n % 4 if n % 2 else n % 64]} {last[n % 2 if n % 3 else n % 92]}",
            phone=SHOP if n % 20 == 0 else f"+6281{n * 7919 % 10**8:08}",
            province="Jawa Barat",
            zip_code=str(10_000 + n % 700),
            birthday=f"{1950 + n % 50}-{n % 12 + 1:02}-{n % 28 + 1:02}",
        )
        for n in range(2_000)
    ]


RARITY = count_rarity(FIELDS, crowd(), 2_000)
SCORER = Scorer(RARITY)
RARE = "Wulandari Hadikusumo"


def score(one: Profile, other: Profile) -> float:
    return SCORER.judge(one, other).score


TEXT = st.text("abudisnto -.' é", max_size=12)
PEOPLE = st.builds(
    person,
    st.one_of(st.sampled_from(["Budi Santoso", "Santoso Budi", RARE, "Siti", "B. Santoso"]), TEXT),
    phone=st.sampled_from([None, SHOP, "+628123456789", "+628123456780"]),
    email=st.sampled_from([None, "budi@toko.example", "budi1@toko.example"]),
    zip_code=st.sampled_from([None, "10010", "10011"]),
    regency_city=st.one_of(st.none(), TEXT),
    birthday=st.sampled_from([None, "1980-01-02", "1980-02-01", "1999-12-31"]),
    nik=st.sampled_from([None, "3273010203040001", "3273010203040002", "9999999999999999"]),
)


@given(PEOPLE, PEOPLE)
def test_the_order_of_the_two_makes_no_difference(one: Profile, other: Profile) -> None:
    assert SCORER.judge(one, other) == SCORER.judge(other, one)
    assert SCORER.score(one, other) == SCORER.score(other, one)


@given(PEOPLE, PEOPLE)
def test_the_reasons_add_up_to_the_score_the_weightiest_first(one: Profile, other: Profile) -> None:
    verdict = SCORER.judge(one, other)
    weights = [reason.weight for reason in verdict.reasons]
    assert 0 <= verdict.score <= 1
    assert weights == sorted(weights, reverse=True)
    assert all(weight >= 0 for weight in weights)
    if weights:
        assert sum(weights) == pytest.approx(verdict.score, abs=0.001)
    assert len({reason.field for reason in verdict.reasons}) == len(weights)


@given(PEOPLE, PEOPLE)
def test_the_quick_score_is_the_full_one_or_leaves_out_what_nobody_would_keep(
    one: Profile, other: Profile
) -> None:
    assert SCORER.score(one, other) in (0.0, SCORER.judge(one, other).score)
    names = [reason for reason in SCORER.judge(one, other).reasons if reason.field == "fullName"]
    if names and SCORER.judge(one, other).score >= 0.9:
        assert SCORER.score(one, other) > 0


@given(PEOPLE, st.sampled_from(["phone", "email", "zip_code", "birthday", "nik", "name"]))
@settings(max_examples=50)
def test_no_single_field_is_enough(somebody: Profile, field: str) -> None:
    values: dict[str, Any] = {
        "phone": "+6281100000001",
        "email": "only@toko.example",
        "zip_code": "77777",
        "birthday": "1971-03-09",
        "nik": "3273010203049999",
    }
    one, other = "Cahya Ramadhani", "1234"
    if field == "name":
        assert score(person(RARE), person(RARE)) < DEFAULT_SCORE
    else:
        known = {field: values[field]}
        assert score(person(one, **known), person(other, **known)) < DEFAULT_SCORE


def test_a_rare_name_and_a_telephone_of_ones_own_are_enough() -> None:
    known = {"phone": "+6281100000001"}
    verdict = SCORER.judge(person(RARE, **known), person(RARE, **known))
    assert verdict.score > 0.99
    assert {(one.field, one.kind) for one in verdict.reasons} == {
        ("fullName", ReasonKind.SAME),
        ("phone", ReasonKind.SAME),
    }


def test_what_many_share_says_less_than_what_few_do() -> None:
    assert RARITY.bits(0, "budi") < RARITY.bits(0, "wulandari")
    shop, own = {"phone": SHOP}, {"phone": "+6281100000001"}
    assert score(person(**shop), person(**shop)) < DEFAULT_SCORE
    assert score(person(**own), person(**own)) > DEFAULT_SCORE


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("Hadikusumo Wulandari", ReasonKind.SAME),
        ("WULANDARI  HADIKUSUMO", ReasonKind.SAME),
        ("Ibu Wulandari Hadikusumo", ReasonKind.SAME),
        ("Wulandari Hadikusuma", ReasonKind.SIMILAR),
        ("Wulandri Hadikusumo", ReasonKind.SIMILAR),
        ("Wulandari", ReasonKind.SIMILAR),
        ("Wulan dari Hadikusumo", ReasonKind.SIMILAR),
        ("Wulandari S. Hadikusumo", ReasonKind.SIMILAR),
        ("Wúlandari Hadikusumo", ReasonKind.SAME),
    ],
)
def test_names_may_be_turned_shortened_parted_and_mistyped(name: str, alike: ReasonKind) -> None:
    known = {"phone": "+6281100000001", "birthday": "1971-03-09"}
    verdict = SCORER.judge(person(RARE, **known), person(name, **known))
    assert verdict.score > DEFAULT_SCORE
    [kind] = [reason.kind for reason in verdict.reasons if reason.field == "fullName"]
    assert kind is alike


def test_a_family_at_one_address_with_one_telephone_is_not_one_person() -> None:
    home = {
        "phone": "+6281100000001",
        "province": "Jawa Barat",
        "regency_city": "Bandung",
        "subdistrict": "Dago",
        "zip_code": "40135",
    }
    mother = person("Wulandari Hadikusumo", birthday="1971-03-09", **home)
    daughter = person("Kirana Hadikusumo", birthday="1999-07-21", **home)
    assert score(mother, daughter) < KEPT_SCORE
    assert score(person("Wulandari Hadikusumo", **home), person("Kirana Hadikusumo", **home)) < (
        KEPT_SCORE
    )
    assert score(mother, person("Wulan Hadikusumo", **home)) > DEFAULT_SCORE


def test_namesakes_with_another_day_of_birth_and_another_number_are_two() -> None:
    one = person(RARE, birthday="1971-03-09", nik="3273010203040001", zip_code="10010")
    other = person(RARE, birthday="1988-11-30", nik="9171090807060005", zip_code="10010")
    assert score(one, other) < KEPT_SCORE


@pytest.mark.parametrize("birthday", ["1971-03-08", "1971-09-03", "1971-03-90", "1917-03-09"])
def test_a_day_with_a_slip_or_day_and_month_turned_is_alike(birthday: str) -> None:
    one = person(RARE, birthday="1971-03-09")
    reasons = SCORER.judge(one, person(RARE, birthday=birthday)).reasons
    assert ("properties.birthday", ReasonKind.SIMILAR) in [(r.field, r.kind) for r in reasons]


def test_a_small_workspace_is_judged_with_what_is_known_of_people_anywhere() -> None:
    few = [person("Budi Santoso"), person("Siti Aminah")]
    scorer = Scorer(count_rarity(FIELDS, few, 2))
    assert scorer.judge(few[0], few[0]).score < DEFAULT_SCORE
    known = {"phone": "+6281100000001"}
    assert scorer.judge(person(**known), person(**known)).score > DEFAULT_SCORE


def test_what_was_counted_is_the_same_after_it_was_kept_and_names_no_value() -> None:
    kept = RARITY.as_json()
    again: Rarity = rarity_from(kept)
    known = {"phone": SHOP, "zip_code": "10010"}
    assert Scorer(again).judge(person(**known), person(**known)) == SCORER.judge(
        person(**known), person(**known)
    )
    assert not [value for value in ("budi", SHOP, "jawa barat") if value in str(kept)]


def test_a_property_is_taken_for_what_its_values_are() -> None:
    fields = (
        *BUILT_IN,
        Field("properties.born", Kind.TEXT, "born", 1 / 200),
        Field("properties.card", Kind.TEXT, "card", 1 / 200),
        Field("properties.street", Kind.TEXT, "street", 1 / 200),
    )
    rows = [
        {"born": f"19{n:02}0312", "card": f"A{n:06}", "street": f"Jalan Melati {n}"}
        for n in range(50)
    ]
    sample = [
        profile_of(
            fields,
            {"id": None, "full_name": "Siti", "properties": row, **dict.fromkeys(COLUMNS)},
        )
        for row in rows
    ]
    kinds = [one.kind for one in count_rarity(fields, sample, 50).fields[-3:]]
    assert kinds == [Kind.DATE, Kind.CODE, Kind.TEXT]


# Keys


@given(PEOPLE, PEOPLE)
def test_whoever_is_suggested_shares_a_key(one: Profile, other: Profile) -> None:
    """Of the values of these people; in general blocking may miss some, as the quality tests
    measure."""
    if SCORER.judge(one, other).score >= 0.99:
        assert set(keys_of(one, RARITY)) & set(keys_of(other, RARITY))


def test_what_many_share_is_no_key() -> None:
    with_shop = set(keys_of(person(RARE, phone=SHOP), RARITY))
    without = set(keys_of(person(RARE), RARITY))
    own = set(keys_of(person(RARE, phone="+6281100000001"), RARITY))
    assert len(own - without) == 1
    assert not with_shop & set(keys_of(person("Cahya Ramadhani", phone=SHOP), RARITY))


@pytest.mark.parametrize(
    ("one", "other"),
    [("soekarno", "sukarno"), ("yudhi", "yudi"), ("catherine", "katerin"), ("fitri", "vitri")],
)
def test_words_that_sound_alike_have_one_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Bpk. H. Budi Santoso", ("budi", "santoso")),
        ("O'Brien", ("obrien",)),
        ("+62 812 3456 7890", ()),
        ("Haji", ("haji",)),
        ("Nur-Aini", ("nur", "aini")),
    ],
)
def test_the_words_of_a_name_are_without_titles(name: str, words: tuple[str, ...]) -> None:
    assert words_of_name(name) == words
