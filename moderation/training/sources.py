"""The labelled texts that are shipped in `models/data`. `models/DATASHEET.md` tells where they come from."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from moderation.domain import Label
from moderation.training.dataset import Example

VIDEOS = ("Youtube01-Psy", "Youtube02-KatyPerry", "Youtube03-LMFAO", "Youtube04-Eminem")
NEWS = ("civil-comments", "civil-comments-rude", "fox-news-comments")

# Comments of strangers below something published are what we are for: those of video pages and newspapers count most.
# Each newspaper counts as much as the other, and rude comments, which were picked for it, as what they are. All spam is
# little beside so much ham: with less weight, a score says too little in the domain of the videos.
WEIGHTS = {
    **{(video, Label.HAM): 10.0 for video in VIDEOS},
    **{(video, Label.SPAM): 30.0 for video in VIDEOS},
    ("sms-spam-collection", Label.SPAM): 6.0,
    ("telegram-spam", Label.SPAM): 6.0,
    ("civil-comments", Label.HAM): 5.0,
    ("fox-news-comments", Label.HAM): 10.0,
}

_HAM_TABLES = (
    ("civil-comments", "civil-comments/civil_natural_2200.csv.gz"),
    ("civil-comments-rude", "civil-comments/civil_toxic_16100.csv.gz"),
    ("fox-news-comments", "fox-news-comments/fox_news_comments.csv.gz"),
    ("wikipedia-talk", "wikipedia-talk/gn_texts.csv.gz"),
    ("wikipedia-talk", "wikipedia-talk/gc_texts.csv.gz"),
    ("germeval-2018", "germeval-2018/germeval2018_training.csv.gz"),
)


# Advertisements that stand among the ham of these sources; they are left out.
_ADVERTISEMENTS = ("I am creating an honest wage from home 1900 Dollars/week",)


def _text(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    return iter(csv.DictReader(io.StringIO(_text(path), newline="")))


def _lines(path: Path) -> list[str]:
    # Not splitlines: some messages hold characters that it takes for the end of a line.
    return [line for line in _text(path).split("\n") if line.strip()]


def bundled_examples(models: Path) -> Iterator[Example]:
    """Yields all shipped examples, in a fixed order. Raises OSError when a file is missing."""
    data = models / "data"
    for video in VIDEOS:
        for row in _rows(data / "youtube-spam-collection" / f"{video}.csv.gz"):
            yield Example(row["CONTENT"], Label.SPAM if row["CLASS"] == "1" else Label.HAM, video)
    for line in _lines(data / "sms-spam-collection" / "SMSSpamCollection.tsv.gz"):
        label, _, text = line.partition("\t")
        yield Example(text, Label(label), "sms-spam-collection")
    for label in (Label.HAM, Label.SPAM):
        for line in _lines(data / "telegram-spam" / f"{label}-samples.txt.gz"):
            yield Example(line, label, "telegram-spam")
    for source, path in _HAM_TABLES:
        for row in _rows(data / path):
            if not row["text"].startswith(_ADVERTISEMENTS):
                yield Example(row["text"], Label.HAM, source)
