"""The data sheet: what the bundled classifier learned from, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from moderation.domain import Label
from moderation.training.dataset import Example, without_repeats


@dataclass(frozen=True, slots=True)
class Source:
    """One folder of `models/data`."""

    folder: str
    what: str
    languages: str
    years: str
    licence: str
    names: tuple[str, ...]  # of its examples' sources


SOURCES = (
    Source(
        "youtube-spam-collection", "comments below four music videos", "English", "2013–2015", "CC BY 4.0",
        ("Youtube01-Psy", "Youtube02-KatyPerry", "Youtube03-LMFAO", "Youtube04-Eminem"),
    ),
    Source("sms-spam-collection", "SMS", "English", "until 2011", "CC BY 4.0", ("sms-spam-collection",)),
    Source("telegram-spam", "messages of groups", "mostly Russian", "until 2023", "MIT", ("telegram-spam",)),
    Source(
        "civil-comments", "comments of about fifty news sites; most of them were called rude by raters", "English",
        "2015–2017", "CC0 1.0", ("civil-comments", "civil-comments-rude"),
    ),
    Source("fox-news-comments", "comments of seven threads", "English", "2016", "MIT", ("fox-news-comments",)),
    Source(
        "wikipedia-talk", "talk pages, rated not toxic", "English", "2001–2015", "CC BY-SA 3.0", ("wikipedia-talk",)
    ),
    Source("germeval-2018", "tweets", "German", "2018", "CC BY 4.0", ("germeval-2018",)),
)  # fmt: skip


def counted(examples: Iterable[Example]) -> list[dict[str, object]]:
    """Returns each source with its texts, the spam among them, and how many texts are left without repeats."""
    given = list(examples)
    kept = without_repeats(given)
    rows = []
    for source in SOURCES:
        of_source = [e for e in given if e.source in source.names]
        rows.append(
            {k: v for k, v in asdict(source).items() if k != "names"}
            | {
                "texts": len(of_source),
                "spam": sum(e.label is Label.SPAM for e in of_source),
                "without_repeats": sum(e.source in source.names for e in kept),
            }
        )
    return rows


def datasheet_text(rows: Iterable[dict[str, object]]) -> str:
    """Returns the data sheet as Markdown."""
    cells = [
        (
            row["folder"], row["what"], row["languages"], row["years"],
            f"{row['texts']:,}", f"{row['spam'] or '–'}", f"{row['without_repeats']:,}", row["licence"],
        )
        for row in rows
    ]  # fmt: skip
    template = (Path(__file__).parent / "datasheet.md").read_text(encoding="utf-8")
    return template.format(table=table(_COLUMNS, cells))


_COLUMNS = ("Folder", "What", "Language", "Years", "Texts", "Spam", "Without repeats", "Licence")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Returns a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
