"""What a label counts: by how it came about, and never so much that one text, author, day or giver decides alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from moderation.domain import Actor, Label, LabelledComment
from moderation.training.clusters import clusters_of
from moderation.training.labels import (
    MOST_AUDIT_WEIGHT,
    MOST_OF_AUTHOR,
    MOST_OF_CLUSTER,
    lessons_of,
    own_weight,
)
from tests.labels import a_label, campaign_text
from tests.makers import a_text


@pytest.mark.parametrize(
    ("more", "weight"),
    [
        ({}, 1.0),
        ({"decided_by": Actor.SITE, "given_by": None}, 0.3),
        ({"disputes": 1}, 0.5),
        ({"disputes": 2}, 0.25),
        ({"audited": True}, 5.0),
        ({"overturned": True}, 1.0),
    ],
)
def test_how_a_label_came_about_says_what_it_counts(more: dict[str, Any], weight: float) -> None:
    assert own_weight(a_label(**more), audit_rate=0.2) == weight


def test_one_audited_comment_never_outweighs_a_days_work() -> None:
    assert own_weight(a_label(audited=True), audit_rate=0.0001) == MOST_AUDIT_WEIGHT


def weights_of(comments: list[LabelledComment]) -> list[float]:
    return [lesson.weight for lesson in lessons_of(comments, site_host="", audit_rate=0.01)]


def test_many_copies_of_one_text_count_as_a_few() -> None:
    copies = [a_label(text=campaign_text(number)) for number in range(100)]
    others = [a_label(text=a_text(number)) for number in range(100)]

    weights = weights_of([*copies, *others])

    assert sum(weights[:100]) == pytest.approx(MOST_OF_CLUSTER)
    assert weights[100:] == [1.0] * 100


def test_one_author_counts_as_a_few_and_spam_does_not_use_up_what_the_ham_may_count() -> None:
    busy = [a_label(author=7, label=Label.SPAM) for _ in range(100)] + [a_label(author=7, label=Label.HAM)]
    others = [a_label() for _ in range(400)]

    weights = weights_of([*busy, *others])

    assert sum(weights[:100]) == pytest.approx(MOST_OF_AUTHOR)
    assert weights[100] == 1.0


def test_one_day_counts_no_more_than_all_others_together() -> None:
    flood = [a_label(days=9) for _ in range(500)]
    others = [a_label(days=day) for day in range(5) for _ in range(20)]

    weights = weights_of([*flood, *others])

    assert sum(weights[:500]) == pytest.approx(100)
    assert weights[500:] == [1.0] * 100


def test_feedback_never_counts_more_than_half_of_what_moderators_say() -> None:
    fed = [a_label(decided_by=Actor.SITE, given_by=None, days=day % 30) for day in range(3000)]
    people = [a_label(days=day % 30) for day in range(600)]

    weights = weights_of([*fed, *people])

    assert sum(weights[:3000]) == pytest.approx(300)


def test_a_moderator_who_works_alone_is_heard_in_full() -> None:
    assert sum(weights_of([a_label(days=day % 20) for day in range(500)])) == 500


def test_a_lesson_knows_neither_address_nor_label_source_by_name() -> None:
    [lesson] = lessons_of([a_label(text="Fine words.")], site_host="planet.example", audit_rate=0.01)

    assert (lesson.writing.text, lesson.writing.site_host, lesson.is_spam) == ("Fine words.", "planet.example", True)


def test_nearly_the_same_texts_are_one_cluster_and_short_ones_only_word_for_word() -> None:
    texts = [campaign_text(1), a_text(5), campaign_text(2), "Thank you!", "thank  YOU!", "Thank me!"]

    assert clusters_of(texts) == [0, 1, 0, 3, 3, 5]


def test_ten_thousand_texts_with_a_common_phrase_are_compared_in_little_time() -> None:
    texts = [f"{campaign_text(0)} {a_text(number)}" for number in range(10_000)]

    assert len(clusters_of(texts)) == 10_000


def test_labels_given_by_one_moderator_count_at_most_four_times_all_others() -> None:
    loud = [a_label(given_by=UUID(int=9), days=day % 30) for day in range(1000)]
    quiet = [a_label(given_by=UUID(int=8), days=day % 30) for day in range(50)]

    weights = weights_of([*loud, *quiet])

    assert sum(weights[:1000]) == pytest.approx(200)
