"""Whether it helps to know what stands around a comment: `python -m bench.context`; see decision 16.

The comments of two videos are judged by a common model that has seen neither. Beside its logit, a logistic regression
is told of the video and the discussion, or of what the author has written before; the change of log loss is what that
is worth. It learns from the earlier half of each video for the later one, and from one video for the other.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.learning_curve import common_model
from bench.tables import markdown
from moderation.bundled import bundled_folder
from moderation.domain import Writing
from moderation.scoring import load_artifact
from moderation.training.bootstrap import log_losses

# Title and first sentence of the description; the rest are addresses.
ABOUT = {
    "Youtube03-LMFAO": "LMFAO - Party Rock Anthem ft. Lauren Bennett, GoonRock. Music video by LMFAO performing Party "
    "Rock Anthem featuring Lauren Bennett and GoonRock.",
    "Youtube04-Eminem": "Eminem - Love The Way You Lie ft. Rihanna. Music video by Eminem performing Love The Way You "
    "Lie.",
}
BEFORE = 50  # comments that make a discussion
DRAWS = 2_000
Numbers = np.ndarray[Any, np.dtype[np.float64]]

FEATURES = {
    "a word of title or description": ("speaks",),
    "how many such words": ("words",),
    f"words of the {BEFORE} comments before": ("fits",),
    "earlier comments of the author": ("earlier",),
    "earlier spam and ham of the author": ("earlier_spam", "earlier_ham"),
    "all of them": ("speaks", "fits", "earlier", "earlier_spam", "earlier_ham"),
}


@dataclass(frozen=True)
class Around:
    """A comment, and what stands around it."""

    video: str
    text: str
    spam: int
    words: float
    fits: float
    earlier_spam: float
    earlier_ham: float

    @property
    def speaks(self) -> float:
        """Whether it has a word of the video's title or description."""
        return float(self.words > 0)

    @property
    def earlier(self) -> float:
        """How many comments its author has written before."""
        return self.earlier_spam + self.earlier_ham


_WORD = re.compile(r"[^\W_]{3,}")
_COMMON_WORDS = "and are but can for from have her his not our she that the they this was who with you your"
_COMMON = frozenset(_COMMON_WORDS.split())


def words_of(text: str) -> set[str]:
    """Returns the words of a text that say something."""
    return set(_WORD.findall(text.lower())) - _COMMON


def comments_of(video: str) -> list[Around]:
    """Returns the comments of a video in the order in which they came."""
    path = bundled_folder("models") / "data" / "youtube-spam-collection" / f"{video}.csv.gz"
    rows = [*csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode(), newline=""))]
    rows.sort(key=lambda row: (row["DATE"] or "9", row["COMMENT_ID"]))
    said = [words_of(row["CONTENT"]) for row in rows]
    records: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    found = []
    for number, row in enumerate(rows):
        before = said[max(0, number - BEFORE) : number]
        heard = Counter(word for words in before for word in words)
        fits = [heard[word] / len(before) for word in said[number]] if before else []
        ham, spam = records[row["AUTHOR"]]
        speaks = min(3, len(said[number] & words_of(ABOUT[video])))
        mean = sum(fits) / len(fits) if fits else 0.0
        found.append(Around(video, row["CONTENT"], int(row["CLASS"]), speaks, mean, spam, ham))
        records[row["AUTHOR"]][int(row["CLASS"])] += 1
    return found


def splits(comments: Sequence[Around]) -> dict[str, list[tuple[Numbers, Numbers]]]:
    """Returns what is learned from and what is judged, as places in the list: by time, and by video."""
    videos = np.array([comment.video for comment in comments])
    places = [np.flatnonzero(videos == video) for video in ABOUT]
    halves = [np.array_split(of_video, 2) for of_video in places]
    early, late = (np.concatenate([half[side] for half in halves]) for side in (0, 1))
    return {
        "earlier → later": [(early, late)],
        "one video → the other": [(places[0], places[1]), (places[1], places[0])],
    }


def losses(columns: Numbers, spam: Numbers, parts: Sequence[tuple[Numbers, Numbers]]) -> Numbers:
    """Returns the log loss of each comment that is judged."""
    found = []
    for learned, judged in parts:
        mean, deviation = columns[learned].mean(axis=0), columns[learned].std(axis=0) + 1e-9
        fitted = LogisticRegression().fit((columns[learned] - mean) / deviation, spam[learned])
        chance = fitted.predict_proba((columns[judged] - mean) / deviation)[:, 1]
        found.append(log_losses(np.clip(chance, 1e-9, 1 - 1e-9), spam[judged]))
    return np.concatenate(found)


def change(with_it: Numbers, without: Numbers) -> str:
    """Returns by how much the log loss changes, with a 95 % interval."""
    random, found = np.random.default_rng(0), with_it - without
    means = [found[random.integers(0, len(found), len(found))].mean() for _ in range(DRAWS)]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{found.mean():+.4f} ({low:+.4f}, {high:+.4f})"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--common", type=Path, help="an artifact that has not seen the two videos; default: it is made")
    given = parser.parse_args().common
    classifier = load_artifact(given.read_bytes() if given else common_model([*ABOUT]))
    comments = [comment for video in ABOUT for comment in comments_of(video)]
    spam = np.array([comment.spam for comment in comments], dtype=np.float64)
    chance = np.clip([score.spam for score in classifier.score([Writing(c.text) for c in comments])], 1e-6, 1 - 1e-6)
    logits = np.log(chance) - np.log1p(-chance)
    ways = splits(comments)
    without = {way: losses(logits[:, np.newaxis], spam, parts) for way, parts in ways.items()}
    rows = [["none, the logit only", *(f"{loss.mean():.4f}" for loss in without.values()), area(logits, spam)]]
    for name, columns in FEATURES.items():
        values = np.array([[getattr(comment, column) for column in columns] for comment in comments])
        both = np.column_stack([logits, values])
        changed = (change(losses(both, spam, parts), without[way]) for way, parts in ways.items())
        rows.append([name, *changed, area(values[:, 0], spam) if len(columns) == 1 else ""])
    print(f"{len(comments)} comments, {spam.mean():.0%} spam; log loss, and its change with a 95 % interval")
    print(markdown(["feature", *ways, "area alone"], rows))


def area(values: Numbers, spam: Numbers) -> str:
    """Returns the area under the curve of a feature, whichever way it speaks."""
    found = float(roc_auc_score(spam, values))
    return f"{max(found, 1 - found):.3f}"


if __name__ == "__main__":
    main()
