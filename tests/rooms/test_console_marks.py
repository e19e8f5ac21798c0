"""A comment in pieces: what moved its score is marked, links are told, and nothing is lost or becomes markup."""

from __future__ import annotations

import re

import pytest

from moderation.console.marks import Piece, named, parted, pieces_of, total_of, weights_of
from moderation.console.texts import FOLDER, LANGUAGES, texts_in
from moderation.scoring import Contribution, Explanation
from moderation.scoring.about import NAMES
from moderation.web.templating import pages_in
from moderation.workflows.explaining import Explained
from tests.bad_inputs import strings


def explained(*contributions: tuple[str, list[tuple[int, int]], float], intercept: float = 0.0) -> Explained:
    """Returns what the classifier says: features with where they are and what they weigh."""
    told = tuple(Contribution(feature, tuple(spans), weight) for feature, spans, weight in contributions)
    return Explained(Explanation(intercept, told), 0.5, "m-1")


def marked(pieces: list[Piece]) -> list[tuple[str, float]]:
    return [(piece.text, piece.weight) for piece in pieces if piece.weight is not None]


def test_words_are_marked_with_their_weight_and_their_sign() -> None:
    pieces = pieces_of("buy pills now", explained(("buy", [(0, 3)], 2.0), ("now", [(10, 13)], -0.75)))

    assert [piece.text for piece in pieces] == ["buy", " pills ", "now"]
    assert marked(pieces) == [("buy", 2.0), ("now", -0.75)]
    cards = pages_in(FOLDER.parent / "templates").get_template("cards.html").module
    for language, weights in (("en", ["+2.0", "\N{MINUS SIGN}0.8"]), ("de", ["+2,0", "\N{MINUS SIGN}0,8"])):
        shown = str(vars(cards)["text"](texts_in(language), pieces))
        assert re.findall(r'data-weight="(.*?)"', shown) == weights


@pytest.mark.parametrize(
    ("contribution", "why"),
    [
        (("buy", [(0, 3)], 0.4), "too faint"),
        (("!", [(3, 4)], 2.0), "punctuation tells a reader nothing"),
        (("(length)", [], 3.0), "it is nowhere in the text"),
        (("buy", [(0, 99)], 3.0), "it ends behind the text, which was edited since"),
    ],
)
def test_what_tells_a_reader_nothing_is_not_marked(
    contribution: tuple[str, list[tuple[int, int]], float], why: str
) -> None:
    assert marked(pieces_of("buy! pills", explained(contribution))) == [], why


def test_of_a_word_and_a_pair_the_stronger_one_is_marked() -> None:
    pieces = pieces_of("buy now", explained(("buy now", [(0, 7)], 3.0), ("buy", [(0, 3)], 2.0)))

    assert marked(pieces) == [("buy now", 3.0)]


def test_where_a_link_leads_is_told_behind_it() -> None:
    pieces = pieces_of("See (https://good.example.com@evil.example/x), or www.shop.example.", None)

    assert [(piece.text, piece.host) for piece in pieces if piece.host] == [
        ("https://good.example.com@evil.example/x", "evil.example"),
        ("www.shop.example", "www.shop.example"),
    ]


@pytest.mark.parametrize("whole", [False, True])
def test_the_pieces_of_any_text_are_the_text(whole: bool) -> None:
    for text in strings():
        spans = [(at, at + 3) for at in range(0, len(text), 7)]
        pieces = pieces_of(text, explained(("x", spans, 1.0)))
        shown, rest = (pieces, []) if whole else parted(pieces)
        assert "".join(piece.text for piece in [*shown, *rest]) == text
        assert whole or len("".join(piece.text for piece in shown)) <= 1200


def test_the_strongest_are_told_and_with_all_else_they_are_the_logit() -> None:
    many = explained(*((f"w{number}", [], 20.0 - number) for number in range(20)), intercept=-3.0)

    weights, total = weights_of(many, texts=texts_in("en")), total_of(many, texts=texts_in("en"))

    rest = ["Everything else", "To begin with"]
    assert [each.feature for each in weights] == [*(f"w{number}" for number in range(12)), *rest]
    assert [each.weight for each in weights[12:]] == [sum(range(1, 9)), -3.0]
    assert total is not None
    assert total.weight == sum(each.weight for each in weights) == 207.0


def test_of_few_words_there_is_no_rest_and_without_a_classifier_nothing_is_told() -> None:
    few = weights_of(explained(("buy", [(0, 3)], 2.0)), texts=texts_in("de"))

    assert [each.feature for each in few] == ["buy", "Zu Beginn"]
    assert weights_of(None, texts=texts_in("de")) == []
    assert total_of(None, texts=texts_in("de")) is None


def test_what_is_measured_has_a_name_in_every_language_and_words_stay_what_they_are() -> None:
    measured = [*NAMES, "what such a score has meant", "only a passage of the text", "only name and link"]

    for language in LANGUAGES:
        assert all(f"feature.{name.replace(' ', '_')}" in texts_in(language) for name in measured)
    assert named("(number of words)", texts_in("de")) == "(Zahl der Wörter)"
    for said in ("length", "(", "()", "(moon)", "length)", "[link]"):
        assert named(said, texts_in("de")) == said
