"""Searching customers: what a search asks of the text that each customer is found by.

That text (`services.customers.searchable`) is folded, its words stand between spaces, the first and
the last one too, and phones are their digits with the country's code. A search asks for each of its
words, wherever it is a part of one; those of one or two letters for the beginning of one, because
no index finds less than three letters inside of words. Each is a term.

A phone number that is almost whole, and begins as numbers do, is looked for among phone numbers:
the text would be found by three digits at a time, which so many numbers have.

People make typing errors. Where nobody has all words as they are typed, each word of four letters
or more is taken for one with a letter wrong, missing, too many, or swapped with its neighbour:
for a word of up to five letters the whole word of the customer is compared, for a longer one the
beginning of it (the fewer letters, the more words are like them by accident). Digits are never
taken for others: a phone number with another digit is somebody else's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import phonenumbers

from services.texts import escaped, fold


@dataclass(frozen=True)
class Term:
    """What a customer must have: any of some patterns of LIKE in their text, or, where `number` is
    given, a phone number that begins with these digits, or `text` as their external id."""

    patterns: tuple[str, ...] = ()
    number: str | None = None
    text: str = ""


DIALLED = re.compile(r"[+(\d][\d().\-/]*")
NO_DIGITS = re.compile(r"\D+")
FEWEST_DIGITS = 4
"""Of what is taken for a phone number, or a part of one."""
ALMOST_WHOLE = 9
"""Digits, with the country's code, of a phone number that few customers have."""
FEWEST_INSIDE = 3
"""Letters of a word that is looked for inside of words."""
FEWEST_LETTERS = 4
"""Of a word in which one may be wrong."""
LONGEST_WHOLE = 5
"""Words of up to so many letters are compared with whole words."""
ANY = "_"


def search_terms(search: str, country: str) -> tuple[Term, ...]:
    """What `search` asks for as it is typed: parts of words, and phones in any spelling.

    `country` is the workspace's, for phone numbers without a country's code.
    """
    return tuple(term for term, _ in _terms(search, country))


def near_terms(search: str, country: str) -> tuple[Term, ...] | None:
    """What `search` asks for if each word may have one letter wrong; None where no word may."""
    found = list(_terms(search, country))
    if not any(may_be_wrong(word) for _, word in found):
        return None
    return tuple(
        Term((*term.patterns, *near_patterns(word))) if may_be_wrong(word) else term
        for term, word in found
    )


def may_be_wrong(word: str) -> bool:
    """Whether a word is taken for a typing error: it has letters enough, and no digits."""
    return len(word) >= FEWEST_LETTERS and not any(c.isdigit() for c in word)


def near_patterns(word: str) -> tuple[str, ...]:
    """The patterns of what is one typing error away from a folded word."""
    letters = [escaped(letter) for letter in word]
    whole = len(word) <= LONGEST_WHOLE
    found = list(dict.fromkeys("".join(one) for one in _misspelt(letters)))
    if whole:
        return tuple(f"% {one} %" for one in found)
    return tuple(f"% {one}%" for one in found if not _has_beginning(one, found))


def _has_beginning(text: str, others: list[str]) -> bool:
    """Whether one of the others is a beginning of a text, so that it asks for more."""
    return any(text != other and text.startswith(other) for other in others)


def _misspelt(letters: list[str]) -> Iterator[list[str]]:
    """What may have been meant by letters, one of which is wrong; `ANY` stands for any letter."""
    for i in range(len(letters)):
        before, after = letters[:i], letters[i + 1 :]
        yield [*before, ANY, *after]
        yield [*before, ANY, letters[i], *after]
        if len(letters) > FEWEST_LETTERS:
            yield [*before, *after]
        if after:
            yield [*before, after[0], letters[i], *after[1:]]


def _terms(search: str, country: str) -> Iterator[tuple[Term, str]]:
    """Each term of a search, and the word that it is of; "" where it is a phone number."""
    for dialled, group in groupby(fold(search).split(), lambda word: bool(DIALLED.fullmatch(word))):
        words = list(group)
        number = _number(" ".join(words), country) if dialled else None
        if number is not None:
            yield number, ""
            continue
        for word in words:
            number = _number(word, country) if dialled else None
            yield number or Term((_of_word(word.lstrip("@") or word),)), word


def _number(text: str, country: str) -> Term | None:
    """The term of a phone number or a part of one; None where a text is none.

    `0812…` and `+62 812…` are `62812…` in Indonesia; without either it may be any part of a number.
    Numbers with spaces in them must begin like one: `12 34` is two numbers.
    """
    digits = NO_DIGITS.sub("", text)
    if len(digits) < FEWEST_DIGITS:
        return None
    code = str(phonenumbers.country_code_for_region(country))
    trunk = phonenumbers.ndd_prefix_for_region(country, True) or ""
    abroad = text.lstrip("(").startswith("+")
    if not abroad and digits.startswith("00"):
        abroad, digits = True, digits[2:]
    whole = digits
    if trunk and digits.startswith(code + trunk):
        whole = code + digits[len(code + trunk) :]
    elif not abroad and trunk and digits.startswith(trunk):
        whole = code + digits[len(trunk) :]
    begins = abroad or whole.startswith(code)
    if " " in text and not begins:
        return None
    if begins and len(whole) >= ALMOST_WHOLE:
        return Term(number=whole, text=text)
    forms = dict.fromkeys((text, whole) if abroad else (text, whole, digits))
    return Term(tuple(f"%{escaped(one)}%" for one in forms))


def _of_word(word: str) -> str:
    """The pattern of a part of a word; of the beginning of one, where it is very short."""
    if len(word) < FEWEST_INSIDE and word.isalnum():
        return f"% {escaped(word)}%"
    return f"%{escaped(word)}%"
