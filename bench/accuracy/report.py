"""The report as Markdown, and its figures as JSON. The same scores give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.accuracy import figures
from bench.accuracy.figures import Figures, Results
from bench.accuracy.folds import FOX, REPEATS, SMS, TELEGRAM
from bench.accuracy.intervals import Figure
from bench.accuracy.published import PUBLISHED
from bench.accuracy.recipes import RECIPES, SHOWN
from bench.tables import markdown
from moderation.training.sources import NEWS

_NEWSPAPERS = (NEWS[0], FOX)
_DAY_ONE = ("ours", "characters", "words")
_COLLECTIONS = ("videos alone, one left out", "videos alone, five parts", "SMS alone, five parts")
ALONE = (*_COLLECTIONS, *(f"{task}{REPEATS}" for task in _COLLECTIONS))
# Beside a measured figure: what was asked of it. A shortfall is told, not hidden.
_AT_MOST = {"false_alarms": 0.003, "ece": 0.02}
_AT_LEAST = {"recall_at_1_percent": 0.90, "recall_at_0.1_percent": 0.75}
_NAMES = {
    "accuracy": "accuracy",
    "auc": "AUC",
    "mcc": "MCC",
    "brier": "Brier score",
    "ece": "calibration error (ECE)",
    "recall_at_1_percent": "recall at 1 %",
    "recall_at_0.1_percent": "recall at 0.1 %",
    "false_alarms": "ham above one half",
}


@dataclass(frozen=True, slots=True)
class Report:
    """All figures; a mapping for each table."""

    alone: Mapping[str, Mapping[str, Figures]]  # task, recipe
    left_out: Figures
    in_parts: Figures
    day_one: Mapping[str, Mapping[str, Figures]]  # newspaper, recipe
    genres: Mapping[str, Figures]
    attacks: Mapping[str, Mapping[str, Figures]]  # newspaper, recipe
    slices: Mapping[str, Mapping[str, Figure]]

    def as_json(self) -> dict[str, Any]:
        """Returns the figures with their intervals, rounded to four digits: more would say nothing."""
        return {name: _rounded(getattr(self, name)) for name in self.__dataclass_fields__}


def report_of(results: Results) -> Report:
    """Computes every figure."""
    return Report(
        alone={task: {recipe: figures.split(results, task, recipe) for recipe in RECIPES} for task in ALONE},
        left_out=figures.videos_left_out(results),
        in_parts=figures.split(results, "videos in five parts", "ours"),
        day_one={n: {r: figures.day_one(results, n, r) for r in _DAY_ONE} for n in _NEWSPAPERS},
        genres={SMS: figures.new_genre(results, SMS), TELEGRAM: figures.new_genre(results, TELEGRAM),
                "spun praise and keywords": figures.praise(results)},
        attacks={n: {r: figures.attacks(results, n, r) for r in _DAY_ONE} for n in _NEWSPAPERS},
        slices=figures.by_slices(results),
    )  # fmt: skip


def _rounded(value: Any) -> Any:
    if isinstance(value, Figure):
        return {name: round(v, 4) if isinstance(v, float) else v for name, v in asdict(value).items()}
    return {name: _rounded(inner) for name, inner in value.items()}


def text(report: Report, recipe: str) -> str:
    """Returns the report as Markdown."""
    parts = [
        _INTRODUCTION.format(recipe=recipe),
        "## On the ground of published figures",
        _ALONE,
        *(f"{_title(task)}\n\n{_compared(by_recipe, _SPLIT)}" for task, by_recipe in report.alone.items()),
        markdown(("Ground", "Who", "Published", "Source"), PUBLISHED, words=4),
        "## With everything that is shipped",
        _SHIPPED,
        markdown(
            ("Videos", *(_NAMES[n] for n in _SPLIT)),
            [
                ("one left out", *(_shown(n, report.left_out[n]) for n in _SPLIT)),
                ("five random parts", *(_shown(n, report.in_parts[n]) for n in _SPLIT)),
            ],
        ),
        _CALIBRATION,
        "## Day one: sources that were never seen",
        _DAY_ONE_TEXT,
        *(f"{_title(f'Newspaper: {n}')}\n\n{_compared(r, _UNSEEN)}" for n, r in report.day_one.items()),
        _GENRES,
        markdown(
            ("New genre", *(_NAMES[n] for n in _UNSEEN)),
            [
                (genre, *(_shown(n, f[n]) if n in f else "–" for n in _UNSEEN))
                for genre, f in report.genres.items()
            ],
        ),
        "## Under attack",
        _ATTACKS,
        *(f"{_title(f'At 1 % of {n} blocked')}\n\n{_attacked(r)}" for n, r in report.attacks.items()),
        "## False alarms by kind of comment",
        _SLICES,
        *(f"{_title(name)}\n\n{_sliced(cut)}" for name, cut in report.slices.items()),
        "## What we set out for",
        aims(report),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _title(name: str) -> str:
    return f"### {name[0].upper()}{name[1:]}"


_SPLIT = ("accuracy", "auc", "recall_at_1_percent", "recall_at_0.1_percent", "brier", "ece")
_UNSEEN = ("false_alarms", "recall_at_1_percent", "recall_at_0.1_percent")


def _shown(name: str, figure: Figure) -> str:
    return figure.percent if name == "false_alarms" else str(figure)


def _compared(by_recipe: Mapping[str, Figures], names: Sequence[str]) -> str:
    rows = [(SHOWN[r], *(_shown(n, f[n]) for n in names)) for r, f in by_recipe.items()]
    return markdown(("", *(_NAMES[n] for n in names)), rows)


def _attacked(by_recipe: Mapping[str, Figures]) -> str:
    ours = by_recipe["ours"]
    clean = ours["none"].value
    rows = [
        (attack, str(figure), f"{figure.value - clean:+.3f}", *(str(by_recipe[r][attack]) for r in _DAY_ONE[1:]))
        for attack, figure in ours.items()
    ]
    return markdown(("Attack", SHOWN["ours"], "against none", *(SHOWN[r] for r in _DAY_ONE[1:])), rows)


def _sliced(cut: Mapping[str, Figure]) -> str:
    return markdown(("", "comments", "above one half"), [(k, f"{f.n:,}", f.percent) for k, f in cut.items()])


def aims(report: Report) -> str:
    """Returns what was asked of the recipe and what came of it, a line each."""
    return markdown(("Aim", "asked", "measured", ""), [*_aims(report)], words=2)


def _aims(report: Report) -> Iterable[tuple[str, str, str, str]]:
    for news, by_recipe in report.day_one.items():
        for name in _UNSEEN:
            yield _aim(f"{news} and video unseen: {_NAMES[name]}", name, by_recipe["ours"][name])
    yield _aim("videos in domain: calibration error", "ece", report.in_parts["ece"])
    for news, by_recipe in report.attacks.items():
        ours = by_recipe["ours"]
        worst = min(ours, key=lambda attack: ours[attack].value)
        lost = ours["none"].value - ours[worst].value
        yield (f"{news}: lost to the worst attack, {worst}", "≤ 0.03", f"{lost:.3f}", _told(lost <= 0.03))
    for task, name, asked in _BEST:
        for ground in (task, f"{task}{REPEATS}"):
            figure = report.alone[ground]["ours"][name]
            yield (f"{ground}: {_NAMES[name]}", f"≥ {asked}", str(figure), _told(figure.value >= asked))


# The best linear form that was measured before, on a fifth video too and with repeats; see `published`.
_BEST = (
    ("videos alone, one left out", "accuracy", 0.948),
    ("videos alone, one left out", "auc", 0.9891),
    ("videos alone, one left out", "recall_at_1_percent", 0.868),
    ("videos alone, five parts", "accuracy", 0.968),
    ("videos alone, five parts", "auc", 0.9956),
    ("videos alone, five parts", "recall_at_1_percent", 0.941),
    ("SMS alone, five parts", "accuracy", 0.9905),
    ("SMS alone, five parts", "auc", 0.9959),
    ("SMS alone, five parts", "recall_at_0.1_percent", 0.955),
)


def _aim(what: str, name: str, figure: Figure) -> tuple[str, str, str, str]:
    if name in _AT_MOST:
        return what, f"≤ {_AT_MOST[name]}", _shown(name, figure), _told(figure.value <= _AT_MOST[name])
    return what, f"≥ {_AT_LEAST[name]}", _shown(name, figure), _told(figure.value >= _AT_LEAST[name])


def _told(reached: bool) -> str:
    return "reached" if reached else "not reached"


_INTRODUCTION = """# How good the bundled classifier is

Written by `make accuracy`; do not edit. Recipe: {recipe}. Data: `models/data`, see `models/DATASHEET.md`. The same data
and recipe give the same page. `models/accuracy.json` holds the same for programs.

Recall at 1 % is the share of spam that scores above all but 1 % of the genuine comments. In brackets: 95 % intervals,
by bootstrap (400 draws), of shares of comments by Wilson's formula. Repeated texts are counted once, and whole sources
are left out wherever the heading does not say otherwise."""
_ALONE = """Trained on nothing but the collection itself, and our recipe on the lists of spam phrases. Random parts
leak, because repeats of a campaign stand on both sides; the videos that are left out do not.

Published figures count each text as often as it stands in its collection: 149 of 1,586 comments of the four videos and
415 of 5,574 messages are repeats. So each collection is measured in both ways: with repeats for who compares it with
what was published, without them for what is new. What was published about videos has a fifth one beside our four."""
_SHIPPED = """A video is left out together with fox-news-comments, which decides little of it; of the five random parts,
nothing else is left out."""
_CALIBRATION = """![Reliability: of comments scored 0.9, nine of ten should be spam](reliability.svg)"""
_DAY_ONE_TEXT = """One video and one newspaper are left out of training together. Spam is that of the video; blocked are
comments of the newspaper. Peers learn from the same texts with the same weights.

![Share of spam that is caught, by share of genuine comments that are blocked](recall.svg)"""
_GENRES = """A genre of which no text was seen, at what is blocked of fox-news-comments, which were not seen either; the
ham above one half is the genre's own. Spun praise and keywords are forty lines in `bench/accuracy/praise.txt`."""
_ATTACKS = """The disguises are in `bench/accuracy/attacks.py`; training uses others (`moderation/training/attacks.py`).
The threshold is that of comments which nobody disguised. Hidden spam stands in front of or behind a comment of the
newspaper."""
_SLICES = """Share of genuine comments that score above one half when their whole source was left out, all sources
together; with newspapers a video is left out as well, with SMS and Telegram fox-news-comments. A slice with few
comments has a wide interval: read it before the figure."""
