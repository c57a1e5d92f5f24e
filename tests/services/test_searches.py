"""What a search asks for: parts of words, phones in any spelling, and one typing error."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.searches import Term, may_be_wrong, near_patterns, near_terms, search_terms

LETTERS = st.text("abcdeilnorstuy", min_size=4, max_size=12)


def like(pattern: str, text: str) -> bool:
    """PostgreSQL's LIKE."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    known = {"%": ".*", "_": "."}
    written = "".join(known.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(written, text, re.DOTALL) is not None


def meets(term: Term, text: str) -> bool:
    """Whether a searched text meets a term of words."""
    return any(like(pattern, text) for pattern in term.patterns)


@pytest.mark.parametrize(
    ("search", "number"),
    [
        ("081234567890", "6281234567890"),
        ("0812-3456-7890", "6281234567890"),
        ("0812 3456 7890", "6281234567890"),
        ("+62 812 3456 7890", "6281234567890"),
        ("+62 (0)812 3456 7890", "6281234567890"),
        ("6281234567890", "6281234567890"),
        ("0062 812-3456-7890", "6281234567890"),
        ("(021) 555.1234", "62215551234"),
        ("+1 415 555 2671", "14155552671"),
        ("0812 34567", "6281234567"),
    ],
)
def test_a_phone_number_in_any_spelling_is_one_number(search: str, number: str) -> None:
    [term] = search_terms(search, "ID")
    assert term.number == number


def test_a_phone_number_without_a_countrys_code_is_of_the_workspaces_country() -> None:
    assert search_terms("0812345678", "ID")[0].number == "62812345678"
    assert search_terms("0812345678", "GB")[0].number == "44812345678"


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("0812", " budi 6281234567890 "),
        ("812-345", " budi 6281234567890 "),
        ("7890", " budi 6281234567890 "),
        ("+62 812", " budi 6281234567890 "),
        ("2026-11", " budi inv-2026-11-004 "),
        ("rah", " siti rahma "),
        ("RAHMA siti", " siti rahma "),
        ("éLi", " elise dupont "),
        ("@siti.rahma", " siti rahma siti.rahma "),
        ("rahma@example", " siti rahma@example.com "),
        ("50%", " diskon 50% "),
        ("a_b", " a_b "),
        ("si", " siti rahma "),
    ],
)
def test_a_text_that_meets_a_search(search: str, text: str) -> None:
    assert all(meets(term, text) for term in search_terms(search, "ID"))


@pytest.mark.parametrize(
    ("search", "text"),
    [
        ("0812", " budi 6281334567890 "),
        ("siti rahma", " siti aminah "),
        ("it", " siti rahma "),
        ("a_b", " axb "),
        ("12 34", " 1 234 "),
    ],
)
def test_a_text_that_does_not(search: str, text: str) -> None:
    assert not all(meets(term, text) for term in search_terms(search, "ID"))


@given(word=LETTERS, other=st.sampled_from("abdz"), data=st.data())
def test_any_one_error_in_a_word_is_forgiven(word: str, other: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    swapped = word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
    typed = data.draw(
        st.sampled_from(
            [
                word[:at] + other + word[at + 1 :],
                word[:at] + other + word[at:],
                swapped,
                word[:at] + word[at + 1 :],
            ]
        )
    )
    if may_be_wrong(typed):
        [term] = near_terms(typed, "ID") or ()
        assert meets(term, f" siti {word} ")


@given(word=LETTERS)
def test_two_errors_are_not(word: str) -> None:
    wrong = "xq" + word[2:]
    patterns = near_patterns(wrong)
    assert not any(like(pattern, f" {word} ") for pattern in patterns)


@pytest.mark.parametrize("search", ["siti1", "0812 3456 7890", "abc", "", "12345678"])
def test_digits_and_short_words_are_never_taken_for_others(search: str) -> None:
    assert near_terms(search, "ID") is None


def test_of_several_words_each_may_be_wrong_and_each_may_be_right() -> None:
    first, second = near_terms("budo santoso", "ID") or ()
    assert meets(first, " budi santoso ")
    assert meets(second, " budi santoso ")
    assert not meets(first, " badu santoso ")
