"""The bundled classifier and its card: it is what its data and its recipe give, on every processor."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from moderation.bundled import bundled_folder
from moderation.domain import Label, Writing
from moderation.scoring import load_bundled
from moderation.training.baseline import NAME, baseline_bytes
from moderation.training.card import card_of, card_text, figures_for
from moderation.training.dataset import Example, fingerprint
from moderation.training.datasheet import counted, datasheet_text
from tests.training_data import shipped_examples

MODELS = bundled_folder("models")


def _card() -> Any:
    return json.loads((MODELS / "baseline.json").read_text(encoding="utf-8"))


def test_the_bundled_classifier_is_the_one_of_its_card() -> None:
    classifier = load_bundled(MODELS)
    data = (MODELS / "baseline.bin").read_bytes()

    assert classifier.version == _card()["version"] == f"{NAME}-{hashlib.sha256(data).hexdigest()[:8]}"
    assert len(data) == _card()["bytes"] <= 2 * 1024 * 1024


@pytest.mark.slow
def test_fitting_again_on_all_shipped_data_gives_the_bundled_classifier_to_the_byte() -> None:
    # On another processor too: see moderation/training/sharpening.py. The figures of the card are not made again.
    rebuilt = baseline_bytes(list(shipped_examples()))

    assert hashlib.sha256(rebuilt).hexdigest() == _card()["sha256"]


def test_the_figures_of_the_card_are_of_this_recipe_on_these_texts() -> None:
    measured = json.loads((MODELS / "accuracy.json").read_text(encoding="utf-8"))

    assert (measured["recipe"], measured["data"]) == (NAME, fingerprint(shipped_examples()))
    assert _card()["slices"] == measured["figures"]["slices"]
    assert all(_card()["metrics"][name] == measured["figures"][name] for name in _card()["metrics"])


def test_the_card_and_the_data_sheet_for_people_say_what_those_for_programs_say() -> None:
    card, sheet = _card(), json.loads((MODELS / "datasheet.json").read_text(encoding="utf-8"))

    assert (MODELS / "CARD.md").read_text(encoding="utf-8") == card_text(card)
    assert (MODELS / "DATASHEET.md").read_text(encoding="utf-8") == datasheet_text(sheet)
    assert sheet == counted(shipped_examples())
    assert {source["folder"] for source in sheet} | {"spam-lists"} == {p.name for p in (MODELS / "data").iterdir()}


def test_a_card_without_figures_says_how_to_measure_them(tmp_path: Path) -> None:
    examples = [Example("subscribe", Label.SPAM, "a"), Example("well said", Label.HAM, "b")]
    (tmp_path / "accuracy.json").write_text((MODELS / "accuracy.json").read_text(encoding="utf-8"), encoding="utf-8")

    card = card_of(NAME, "v", "0" * 64, 1, examples, figures_for(tmp_path, NAME, examples))

    assert (card["metrics"], card["slices"]) == (None, None)
    assert "make accuracy" in card_text(card)
    assert figures_for(tmp_path / "nowhere", NAME, examples) is None


def test_the_figures_of_the_card_keep_what_is_promised() -> None:
    metrics, fox = _card()["metrics"], _card()["metrics"]["day_one"]["fox-news-comments"]["ours"]

    # 0.93 until baseline-3: what keeps genuine comments of unknown languages and newspapers from being called spam
    # costs a point here, where half of the comments are spam.
    assert metrics["left_out"]["accuracy"]["value"] >= 0.925
    # Asked is 0.02: docs/accuracy says what is reached.
    assert metrics["in_parts"]["ece"]["value"] <= 0.04
    assert fox["false_alarms"]["value"] <= 0.003
    assert fox["recall_at_1_percent"]["value"] >= 0.95


def test_the_bundled_classifier_tells_spam_from_rude_and_polite_ham() -> None:
    texts = {
        "Check out my new channel, subscribe and win a free iPhone http://win.example.com": True,
        "EARN $5000 A WEEK FROM HOME!!! Visit www.easy-cash.example now": True,
        "You are an idiot if you believe a word of what this government says.": False,
        "Great reporting. I remember when the old bridge was closed for two years.": False,
        "Ich glaube nicht, dass der Bürgermeister das so gemeint hat.": False,
    }

    scores = load_bundled(MODELS).score([*map(Writing, texts)])

    assert [score.spam > 0.5 for score in scores] == list(texts.values())


def test_scores_of_the_training_data_are_probabilities_that_fit_their_labels() -> None:
    news = [Writing(e.text) for e in shipped_examples() if e.source == "fox-news-comments"]
    spam = [Writing(e.text) for e in shipped_examples() if e.source.startswith("Youtube") and e.label is Label.SPAM]
    classifier = load_bundled(MODELS)

    assert sum(s.spam for s in classifier.score(news)) / len(news) < 0.015
    assert sum(s.spam for s in classifier.score(spam)) / len(spam) > 0.9


@pytest.mark.parametrize("readme", sorted((MODELS / "data").glob("*/README.md")), ids=lambda path: path.parent.name)
def test_every_shipped_file_is_the_one_whose_licence_is_told(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    told = dict(re.findall(r"\| (\S+\.gz) \| \d+ \| ([0-9a-f]{64}) \|", text))

    assert told == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in readme.parent.glob("*.gz")}
    assert "**Licence:**" in text


def test_every_source_has_a_readme() -> None:
    assert all((folder / "README.md").is_file() for folder in (MODELS / "data").iterdir())


def test_the_models_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) < 6 * 1024 * 1024
