"""A cursor comes back as the place that it was made of, for its own list, and nothing else is a cursor."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import Place, QueueFilter, Reason, Sort, Status
from moderation.web.cursors import read_cursor, write_cursor

SITE, OTHER = UUID(int=1), UUID(int=2)
WANTED = QueueFilter(words=("grand", "опера"), article="a-1", min_score=0.1)
PLACE = Place(UUID(int=77), 0.1 + 0.2, 3)

places = st.builds(
    Place,
    id=st.uuids(),
    score=st.none() | st.floats(0, 1),
    reports=st.integers(0, 2**31 - 1),
)


@given(place=places, sort=st.sampled_from(Sort))
def test_a_cursor_comes_back_as_its_place(place: Place, sort: Sort) -> None:
    assert read_cursor(write_cursor(place, SITE, WANTED, sort), SITE, WANTED, sort) == place


def test_a_cursor_is_bound_to_site_filter_and_order() -> None:
    cursor = write_cursor(PLACE, SITE, WANTED, Sort.RISK)

    assert read_cursor(cursor, OTHER, WANTED, Sort.RISK) is None
    assert read_cursor(cursor, SITE, WANTED, Sort.NEWEST) is None
    for other in (
        replace(WANTED, status=Status.REJECTED),
        replace(WANTED, reason=Reason.SPAM),
        replace(WANTED, article=None),
        replace(WANTED, min_score=None, max_score=0.1),
        replace(WANTED, words=("grand",)),
    ):
        assert read_cursor(cursor, SITE, other, Sort.RISK) is None


@given(st.text(max_size=400))
def test_other_texts_are_no_cursors(text: str) -> None:
    assert read_cursor(text, SITE, WANTED, Sort.RISK) is None


@pytest.mark.parametrize(
    "place", [[2.0, -1], ["0.5", 0], [True, 0], [0.5, True], [0.5, 2**40], [float("inf"), 0], [float("nan"), 0], [1, 0]]
)
def test_what_is_no_place_is_no_cursor(place: list[object]) -> None:
    cursor = write_cursor(PLACE, SITE, WANTED, Sort.RISK)
    digest = json.loads(_decoded(cursor))[0]
    forged = json.dumps([digest, PLACE.id.hex, *place], separators=(",", ":")).encode()

    found = read_cursor(urlsafe_b64encode(forged).decode().rstrip("="), SITE, WANTED, Sort.RISK)

    assert found is None


def _decoded(cursor: str) -> bytes:
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
