"""`moderation score` and `moderation evaluate`, as a person or a script calls them."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli.evaluate import evaluate
from moderation.cli.model import load_classifier
from moderation.cli.score import score
from moderation.domain import Writing
from moderation.errors import NotFound, WrongUse
from tests.fakes import FakeScorer


@pytest.fixture(autouse=True)
def nothing_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for data in which nothing was ever stored: these commands need none."""
    folder = tmp_path / "var"
    monkeypatch.setenv("MODERATION_DATA_DIR", str(folder))
    return folder


SPAM = "Check out my chаnnel and subscribe! www.example.com"
HAM = "I think the mayor is right about the bridge."


def test_a_text_gets_its_probability_and_the_version() -> None:
    result = CliRunner().invoke(score, [SPAM])

    number, version = result.stdout.split()
    assert float(number) > 0.9
    assert version == load_classifier().version


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_text_can_come_from_standard_input_even_if_it_is_not_utf_8(arguments: list[str]) -> None:
    assert CliRunner().invoke(score, arguments, input=SPAM.encode()).stdout == CliRunner().invoke(score, [SPAM]).stdout
    assert CliRunner().invoke(score, arguments, input=b"\xff\xfe").exit_code == 0


def test_the_name_the_link_and_the_host_of_the_site_are_judged_with_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = FakeScorer()
    monkeypatch.setattr("moderation.cli.score.load_classifier", lambda version: scorer)
    options = ["--name", "Bo", "--url", "https://bo.example", "--site-host", "planet.example.com"]

    CliRunner().invoke(score, [*options, HAM], catch_exceptions=False)
    CliRunner().invoke(score, [HAM], catch_exceptions=False)

    assert scorer.batches == [[Writing(HAM, "Bo", "https://bo.example", "planet.example.com")], [Writing(HAM)]]


def test_an_explanation_for_machines_adds_up_to_the_score() -> None:
    answer = json.loads(CliRunner().invoke(score, ["--explain", "--json", SPAM]).stdout)

    logit = answer["intercept"] + sum(part["weight"] for part in answer["explanation"])
    assert set(answer) == {"score", "model", "intercept", "explanation"}
    assert answer["score"] == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-9)
    assert [SPAM[b:e] for part in answer["explanation"] if part["feature"] == "channel" for b, e in part["spans"]] == [
        "chаnnel"
    ]


def test_an_explanation_for_people_shows_the_marked_words_in_one_line_each() -> None:
    lines = CliRunner().invoke(score, ["--explain", "free\x1b[31m money\ncheck out"]).stdout.splitlines()

    assert any("check out" in line and "«check out»" in line for line in lines)
    assert lines[-2].endswith("(intercept)")
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("control", ["\x1b[2J", "\x9b31m", "\x07\x08", "\u202e", "\x7f", "\x00"])
def test_no_control_character_of_a_text_reaches_the_terminal(control: str) -> None:
    text = f"{control}{control} free {control}money{control} check\n{control}{control}"

    shown = CliRunner().invoke(score, ["--explain", "--name", f"Bo{control}", text], catch_exceptions=False).stdout

    assert [c for c in shown if not c.isprintable() and c != "\n"] == []


def test_an_unknown_version_is_not_found() -> None:
    with pytest.raises(NotFound, match="baseline"):
        CliRunner().invoke(score, ["--model", "other", SPAM], catch_exceptions=False)


def test_trying_it_out_stores_nothing(nothing_set_up: Path) -> None:
    CliRunner().invoke(score, [SPAM])
    CliRunner().invoke(score, ["--model", "other", SPAM])

    assert not nothing_set_up.exists() or list(nothing_set_up.iterdir()) == []


def _file(folder: Path, *lines: str | bytes) -> str:
    path = folder / "comments.jsonl"
    path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))
    return str(path)


def _line(text: str, label: str) -> str:
    return json.dumps({"text": text, "label": label})


def test_labelled_comments_are_measured(tmp_path: Path) -> None:
    path = _file(tmp_path, _line(SPAM, "spam"), _line(HAM, "ham"))

    figures = json.loads(CliRunner().invoke(evaluate, [path, "--json"]).stdout)

    assert figures["n"] == 2
    assert figures["accuracy"] == 1.0
    assert set(figures) == {"n", "accuracy", "f1", "mcc", "auc", "recall_at_fpr", "brier", "ece"}
    assert set(figures["recall_at_fpr"]) == {"0.001", "0.005", "0.01"}
    assert "accuracy" in CliRunner().invoke(evaluate, [path]).stdout


def test_bad_lines_are_named_and_do_not_stop_the_others(tmp_path: Path) -> None:
    bad: list[str | bytes] = [
        b"\xff",
        "{",
        "[]",
        '{"text": 7, "label": "spam"}',
        '{"text": "a", "label": "Spam"}',
        '{"text": "a"}',
        '{"text": "a", "label": "ham", "author": "Bo"}',
        '{"text": "a", "label": "ham", "author": {"name": 7}}',
        '{"text": "a", "label": "ham", "author": {"url": ["https://bo.example"]}}',
        "[" * 50_000,
    ]
    path = _file(tmp_path, _line(SPAM, "spam"), "", *bad, _line(HAM, "ham"))

    result = CliRunner().invoke(evaluate, [path, "--json"])

    assert json.loads(result.stdout)["n"] == 2
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [f"line {n}" for n in range(3, 13)]


def test_scores_are_written_one_a_line_in_the_order_of_the_file(tmp_path: Path) -> None:
    comments = [SPAM, HAM] * 400
    path = _file(
        tmp_path, *(_line(text, "spam" if text is SPAM else "ham") for text in comments[:700]), "{", _line(HAM, "ham")
    )
    scores = tmp_path / "scores.txt"

    CliRunner().invoke(evaluate, [path, "--scores", str(scores)], catch_exceptions=False)

    written = scores.read_text().split("\n")
    expected = [s.spam for s in load_classifier().score([Writing(text) for text in (*comments[:700], HAM)])]
    assert [float(line) for line in written if line] == expected
    assert written[700] == "", "the bad line keeps its place"
    assert len(written) == 703


def test_the_name_and_the_link_in_a_line_are_judged_with_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = FakeScorer()
    monkeypatch.setattr("moderation.cli.evaluate.load_classifier", lambda version: scorer)
    authors: list[object] = [
        {"name": "Bo", "url": "https://bo.example"},
        {"email": "bo@example.org"},
        {"url": None},
        None,
    ]
    lines = [json.dumps({"text": HAM, "label": "ham", "author": author}) for author in authors]

    CliRunner().invoke(evaluate, [_file(tmp_path, *lines, _line(HAM, "ham"))], catch_exceptions=False)

    assert scorer.batches == [[Writing(HAM, "Bo", "https://bo.example"), *[Writing(HAM)] * 4]]


@pytest.mark.parametrize("lines", [[], ["{"], ['{"text": "a", "label": "other"}']])
def test_a_file_without_a_usable_line_is_an_error(lines: list[str], tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no line"):
        CliRunner().invoke(evaluate, [_file(tmp_path, *lines)], catch_exceptions=False)


@pytest.mark.parametrize("command", [["score", "text", "--model", "other"], ["models", "show", "other"]])
def test_what_fails_says_so_in_one_line_and_exits_with_1(command: list[str], tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "moderation", *command], capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["score", "evaluate"])
def test_help_does_not_wait_for_numbers(command: str) -> None:
    program = (
        f"import sys; from moderation.cli.{command} import {command}; print({{'numpy', 'sklearn'}} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
