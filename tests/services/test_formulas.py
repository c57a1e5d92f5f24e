"""Cells that would run as formulas: none gets through, and every value comes back."""

from hypothesis import example, given
from hypothesis import strategies as st

from services.formulas import SIGNS, disguised, guarded, unguarded

TEXTS = st.text(alphabet="'=+-@\t\r\n a1", max_size=8)


@given(TEXTS)
@example("+6281234567890")
@example('=HYPERLINK("http://x")')
@example("''=1")
def test_a_guarded_cell_does_not_run_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert cell[:1] not in tuple(SIGNS)
    assert unguarded(cell) == text


@given(TEXTS)
def test_a_disguised_cell_comes_back(text: str) -> None:
    assert unguarded(disguised(text)) == text


@given(TEXTS.filter(lambda text: text[:1] not in ("'", *SIGNS)))
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert guarded(text) == disguised(text) == unguarded(text) == text
