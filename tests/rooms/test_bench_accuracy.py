"""The report about accuracy, from few texts and scores that are made up: each figure is what it says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.accuracy.attacks import DISGUISES, hidden
from bench.accuracy.figures import Results, by_slices, day_one, new_genre, videos_left_out
from bench.accuracy.folds import FOX, PRAISE, REPEATS, SMS, Fold, Judged, all_folds, under_attack
from bench.accuracy.intervals import drawn, recall, share
from bench.accuracy.kept import read_kept, write_kept
from bench.accuracy.pictures import recall_curves, reliability
from bench.accuracy.report import Report, report_of, text
from bench.accuracy.slices import script, slices
from moderation.domain import Label
from moderation.training.dataset import Example
from moderation.training.sources import NEWS, VIDEOS

_SOURCES = (*VIDEOS, *NEWS, "wikipedia-talk", "germeval-2018", SMS, "telegram-spam")
_WITH_SPAM = (*VIDEOS, SMS, "telegram-spam")


@cache
def _examples() -> tuple[Example, ...]:
    """Returns forty texts of each source; every other one of those with spam is spam."""
    return tuple(
        Example(f"text {i} of {source}", Label.SPAM if source in _WITH_SPAM and i % 2 else Label.HAM, source)
        for source in _SOURCES
        for i in range(40)
    )


def _repeated() -> tuple[Example, ...]:
    """Returns the first ten texts of each source with spam once more."""
    return tuple(e for e in _examples() if e.source in _WITH_SPAM and int(e.text.split()[1]) < 10)


def _all() -> tuple[Example, ...]:
    return (*_examples(), *_repeated())


def _judged(fold: Fold) -> Judged:
    """Judges by the label, and every tenth text wrong."""
    examples = _all()
    scores = np.array([abs((examples[i].label is Label.SPAM) - 0.1 - 0.7 * (i % 10 == 0)) for i in fold.judged])
    if not fold.attacked:
        return Judged(fold, scores)
    attacks = under_attack([examples[i].text for i in fold.attacked], ["A genuine one. With two sentences."])
    attacked = {name: np.full(len(texts), 0.9) for name, texts in attacks.items()}
    return Judged(fold, scores, attacked | {PRAISE: np.full(40, 0.2)})


@cache
def _results() -> Results:
    return Results(map(_judged, all_folds(_examples(), _repeated())), _all())


@cache
def _report() -> Report:
    return report_of(_results())


@cache
def _page() -> str:
    return text(_report(), "baseline-0")


def test_nothing_that_is_judged_was_learned_and_whole_sources_are_left_out() -> None:
    for fold in all_folds(_examples(), _repeated()):
        assert not {*fold.learned} & {*fold.judged}
        assert {*fold.attacked} <= {*fold.judged}
        if "parts" not in fold.task:
            sources = [{_all()[i].source for i in numbers} for numbers in (fold.learned, fold.judged)]
            assert not sources[0] & sources[1]


def test_rude_comments_of_a_newspaper_are_not_learned_when_it_is_judged() -> None:
    folds = [fold for fold in all_folds(_examples()) if "civil-comments" in fold.task]

    assert folds
    assert all(not _examples()[i].source.startswith("civil") for fold in folds for i in fold.learned)


def test_repeats_are_counted_where_figures_of_others_count_them_and_nowhere_else() -> None:
    counted = {fold.task for fold in all_folds(_examples(), _repeated()) if max(fold.judged) >= len(_examples())}
    alone = _report().alone

    assert counted == {task for task in alone if task.endswith(REPEATS)}
    spam = {task: figures["ours"]["accuracy"].n for task, figures in alone.items() if "videos" in task}
    assert spam == {
        "videos alone, one left out": 80,
        "videos alone, five parts": 80,
        "videos alone, one left out, repeats counted": 100,
        "videos alone, five parts, repeats counted": 100,
    }


def test_shares_and_intervals_are_those_of_the_scores() -> None:
    genuine = share([True] * 2 + [False] * 198)
    half = recall([(np.array([0.9, 0.2]), np.array([0.1] * 98 + [0.5, 0.95]))], 0.01)

    assert (round(genuine.value, 4), round(genuine.low, 4), round(genuine.high, 4)) == (0.01, 0.0027, 0.0357)
    assert half.value == 0.5
    assert half.low <= half.value <= half.high


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_of_the_bootstrap_is_the_same_each_time(spam: list[float], ham: list[float]) -> None:
    pairs = [(np.array(spam), np.array(ham))]

    figures = [drawn(pairs, lambda drawn_pairs: float(drawn_pairs[0][0].mean())) for _ in range(2)]

    assert figures[0] == figures[1]
    assert figures[0].low <= figures[0].high


def test_day_one_figures_are_counted_on_what_was_left_out() -> None:
    figures = day_one(_results(), FOX, "ours")

    assert figures["false_alarms"].value == pytest.approx(0.1)
    assert figures["recall_at_1_percent"].n == 80  # spam of four videos
    assert new_genre(_results(), SMS)["false_alarms"].value == pytest.approx(0.2)


def test_a_fit_that_was_kept_is_not_made_again_and_no_other_one_is_taken_for_it(tmp_path: Path) -> None:
    first, other = [fold for fold in all_folds(_examples()) if fold.attacked][:2]

    write_kept(tmp_path, _judged(first))

    kept = read_kept(tmp_path, first)
    assert kept is not None
    assert kept.scores.tolist() == _judged(first).scores.tolist()
    assert {n: s.tolist() for n, s in kept.under_attack.items()} == {
        n: s.tolist() for n, s in _judged(first).under_attack.items()
    }
    assert read_kept(tmp_path, other) is None


def test_a_video_that_was_left_out_is_judged_without_the_comments_of_the_newspaper() -> None:
    assert videos_left_out(_results())["accuracy"].n == 80  # spam of four videos
    assert set(by_slices(_results())["Source"]) == {*_SOURCES} - {*VIDEOS}


def test_the_page_tells_every_figure_and_is_the_same_each_time() -> None:
    assert _page() == text(report_of(_results()), "baseline-0")
    assert all(f"| {disguise} " in _page() for disguise in DISGUISES)
    assert all(f"\n| {source} " in _page() for source in _SOURCES if source not in VIDEOS)
    assert "baseline-0" in _page()
    assert "not reached" in _page()


def test_the_pictures_are_read_aloud_by_their_titles_and_show_each_line() -> None:
    for picture, lines in ((recall_curves(_results()), 4), (reliability(_results()), 2)):
        root = ElementTree.fromstring(picture)
        assert root.get("role") == "img"
        assert (root.find("{*}title").text or "").count(",") >= lines - 1  # type: ignore[union-attr]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguise_changes_a_text_and_is_the_same_each_time(disguise: str) -> None:
    spam = "Subscribe to my channel for free money, listen"

    copies = {DISGUISES[disguise](spam, Random(3)) for _ in range(2)}

    assert len(copies) == 1
    assert spam not in copies


def test_spam_is_hidden_in_front_of_and_behind_a_comment() -> None:
    assert hidden("spam", "One. Two.") == {
        "a comment in front": "One. Two. spam",
        "a comment behind": "spam\nOne. Two.",
        "a sentence behind": "spam One.",
    }


def test_comments_are_cut_by_source_script_length_terms_and_links() -> None:
    cuts = slices([(FOX, "Women can read this", 0.9), (NEWS[0], "Привет https://example.org", 0.1)])

    assert {cut: list(kinds) for cut, kinds in cuts.items()} == {
        "Source": [NEWS[0], FOX],
        "Language and kind": ["English, news"],
        "Script": ["Latin"],
        "Length": ["up to 50 characters"],
        "Identity terms": ["gender", "no such term"],
        "Links": ["with a link", "without a link"],
    }
    assert cuts["Identity terms"]["gender"].value == 1
    assert [script("Привет мир"), script("12 !"), script("γειά")] == ["Cyrillic", "None", "Greek"]
