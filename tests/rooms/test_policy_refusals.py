"""What is not taken in, and what the site is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from moderation.domain import ArticleState, Comments, SitePolicy
from moderation.errors import CommentsClosed, DuplicateComment, Flood, ModerationError
from moderation.policy import Arrivals, refusal

POLICY = SitePolicy(flood_seconds=60, flood_count=3)
CLOSED = ArticleState(comments=Comments.CLOSED)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, None),
        ({"article": CLOSED}, CommentsClosed),
        ({"duplicate": True}, DuplicateComment),
        ({"author_recent": 2, "address_recent": 2}, None),
        ({"author_recent": 3}, Flood),
        ({"address_recent": 3}, Flood),
        ({"article": CLOSED, "duplicate": True, "author_recent": 9}, CommentsClosed),
        ({"duplicate": True, "author_recent": 9}, DuplicateComment),
    ],
)
def test_a_comment_is_refused_for_the_first_reason_that_holds(
    changes: dict[str, Any], error: type[ModerationError] | None
) -> None:
    answer = refusal(replace(Arrivals(ArticleState()), **changes), POLICY)
    assert (type(answer) if answer else None) is error


@pytest.mark.parametrize(("retry_after", "answered"), [(17, 17), (0, 1), (-5, 1), (1_000, 60)])
def test_a_flood_names_the_limit_and_a_wait_within_the_window(retry_after: int, answered: int) -> None:
    error = refusal(Arrivals(ArticleState(), author_recent=3, retry_after=retry_after), POLICY)
    assert isinstance(error, Flood)
    assert (error.limit, error.window, error.retry_after) == (3, 60, answered)


def test_a_flood_count_of_zero_means_no_limit() -> None:
    arrivals = Arrivals(ArticleState(), author_recent=10_000, address_recent=10_000)
    assert refusal(arrivals, replace(POLICY, flood_count=0)) is None
