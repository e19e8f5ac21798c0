"""What is left out of training, and what is judged. Whole sources, but where figures of others ask for random parts.

The data holds repeats and threads: a random split leaks, a source that is left out does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
from sklearn.model_selection import StratifiedKFold

from bench.accuracy.attacks import DISGUISES, hidden
from bench.accuracy.recipes import RECIPES, Scores, Weights
from moderation.domain import Label
from moderation.training.dataset import Example
from moderation.training.sources import VIDEOS, WEIGHTS

CIVIL = ("civil-comments", "civil-comments-rude")
FOX = "fox-news-comments"
SMS, TELEGRAM, WIKIPEDIA, GERMEVAL = "sms-spam-collection", "telegram-spam", "wikipedia-talk", "germeval-2018"
PRAISE = "spun praise and keywords"
CLEAN = "none"
# Ends the name of a task that counts each text as often as it stands in the collection, as published figures do.
REPEATS = ", repeats counted"
_PRAISE = Path(__file__).with_name("praise.txt")
_PARTS = 5
_SEED = 7


@dataclass(frozen=True, slots=True)
class Fold:
    """One fit: the recipe, and by their numbers the examples that it learns from and those that it judges.

    `attacked` are spam that is judged in every disguise as well, and among comments of `among`, a source. `weights`
    say what an example counts by its source and label.
    """

    task: str
    recipe: str
    learned: Sequence[int]
    judged: Sequence[int]
    attacked: Sequence[int] = ()
    among: str = ""
    weights: Weights = field(default_factory=lambda: WEIGHTS)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a fold: P(spam) for each judged example, and for each attack of each attacked one."""

    fold: Fold
    scores: Scores
    under_attack: dict[str, Scores] = field(default_factory=dict)


def judge(fold: Fold, examples: Sequence[Example]) -> Judged:
    """Fits on what is learned and scores what is judged."""
    score = RECIPES[fold.recipe]([examples[i] for i in fold.learned], fold.weights)
    scores = score([examples[i].text for i in fold.judged])
    if not fold.attacked:
        return Judged(fold, scores)
    attacks = under_attack([examples[i].text for i in fold.attacked], _texts(examples, fold.among))
    attacks[PRAISE] = _PRAISE.read_text(encoding="utf-8").splitlines()
    return Judged(fold, scores, {name: score(texts) for name, texts in attacks.items()})


def under_attack(spam: Sequence[str], genuine: Sequence[str]) -> dict[str, list[str]]:
    """Returns the spam in each disguise, as it is, and hidden among these genuine texts."""
    random = Random(_SEED)
    attacks: dict[str, list[str]] = {CLEAN: list(spam)}
    attacks |= {name: [attack(text, random) for text in spam] for name, attack in DISGUISES.items()}
    for text in spam:
        for name, copy in hidden(text, random.choice(genuine)).items():
            attacks.setdefault(name, []).append(copy)
    return attacks


def _texts(examples: Iterable[Example], source: str) -> list[str]:
    return [example.text for example in examples if example.source == source]


class Ground:
    """The examples by their numbers, and what can be left out of them."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def of(self, *sources: str) -> list[int]:
        """Returns the examples of these sources."""
        return [i for i, example in enumerate(self._examples) if example.source in sources]

    def without(self, *sources: str) -> list[int]:
        """Returns the examples of all other sources."""
        return [i for i, example in enumerate(self._examples) if example.source not in sources]

    def spam_of(self, *sources: str) -> list[int]:
        return [i for i in self.of(*sources) if self._examples[i].label is Label.SPAM]

    def parts(self, chosen: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
        """Yields what stays and what is taken out, for five random parts with the same share of spam."""
        labels = [self._examples[i].label is Label.SPAM for i in chosen]
        split = StratifiedKFold(_PARTS, shuffle=True, random_state=0).split(np.zeros(len(chosen)), labels)
        for kept, taken in split:
            yield [chosen[i] for i in kept], [chosen[i] for i in taken]


def quick_folds(examples: Sequence[Example]) -> list[Fold]:
    """Returns what is enough to see that something broke."""
    return [fold for fold in _day_one(Ground(examples), "ours") if fold.among == FOX]


def all_folds(examples: Sequence[Example], repeated: Sequence[Example] = ()) -> list[Fold]:
    """Returns every fit that the report is made of, the longest first; `repeated` are numbered behind the examples."""
    ground, with_repeats = Ground(examples), Ground([*examples, *repeated])
    return [
        *_day_one(ground, "ours"),
        *_sources_left_out(ground),
        *_videos_in_parts(ground),
        *(fold for recipe in ("characters", "words") for fold in _day_one(ground, recipe)),
        *(fold for recipe in RECIPES for fold in _alone(ground, recipe)),
        *(fold for recipe in RECIPES for fold in _alone(with_repeats, recipe, REPEATS)),
    ]


def _day_one(ground: Ground, recipe: str) -> Iterator[Fold]:
    """A video and a newspaper that both were not seen; the ham that counts is the newspaper's."""
    for news, left_out in ((CIVIL[0], CIVIL), (FOX, (FOX,))):
        for video in VIDEOS:
            # The first one also tells of all ham that was left out: what the false alarms are cut into slices of.
            judged = left_out if (recipe, video) == ("ours", VIDEOS[0]) else (news,)
            yield Fold(
                f"video and {news}", recipe, ground.without(video, *left_out), ground.of(video, *judged),
                ground.spam_of(video), news,
            )  # fmt: skip


def _sources_left_out(ground: Ground) -> Iterator[Fold]:
    for source in (WIKIPEDIA, GERMEVAL):
        yield Fold(f"without {source}", "ours", ground.without(source), ground.of(source))
    for genre in (SMS, TELEGRAM):
        yield Fold(f"{genre} and {FOX}", "ours", ground.without(genre, FOX), ground.of(genre, FOX))


def _videos_in_parts(ground: Ground) -> Iterator[Fold]:
    others = ground.without(*VIDEOS)
    for kept, taken in ground.parts(ground.of(*VIDEOS)):
        yield Fold("videos in five parts", "ours", sorted(kept + others), taken)


def _alone(ground: Ground, recipe: str, how: str = "") -> Iterator[Fold]:
    """On the ground of published figures: nothing is learned but the collection itself; `how` ends the task's name."""
    videos = ground.of(*VIDEOS)
    for video in VIDEOS:
        judged = set(ground.of(video))
        learned = [i for i in videos if i not in judged]
        yield Fold(f"videos alone, one left out{how}", recipe, learned, sorted(judged), weights={})
    for task, chosen in (("videos alone, five parts", videos), ("SMS alone, five parts", ground.of(SMS))):
        for kept, taken in ground.parts(chosen):
            yield Fold(f"{task}{how}", recipe, kept, taken, weights={})
