"""The languages that people are spoken to in, and the texts of a page, each in a file of its own by where it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

# What each language calls itself; the first is for whoever asks for none of them.
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "de": "Deutsch"})
FIRST_LANGUAGE = next(iter(LANGUAGES))

# Ranges that are read; browsers send a handful.
_MOST_RANGES = 20


class Texts:
    """The texts of one language. Calling it with a key such as "login.title" returns the text, filled in."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """Returns a text. Raises KeyError when there is none, or a value for it is missing."""
        return self._texts[key].format(**values)

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def moment(self, moment: datetime) -> str:
        """Returns a moment to the minute."""
        return moment.astimezone(UTC).strftime(self._texts["house.day"])

    def number(self, number: float, shape: str) -> str:
        """Returns a number as it is written here; `shape` is that of `format`, such as "+.2f". The minus is a real one,
        at which no line breaks."""
        return format(number, shape).replace("-", "\N{MINUS SIGN}").replace(".", self._texts["house.decimal"])

    def below(self, *sections: str) -> dict[str, str]:
        """Returns the texts of some sections by their keys, with their gaps."""
        return {key: text for key, text in self._texts.items() if key.split(".")[0] in sections}


def read_texts(folder: Path, language: str) -> Texts:
    """Reads the texts of one of `LANGUAGES` from the catalogue in a folder."""
    with (folder / f"{language}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return Texts(
        language, {f"{section}.{key}": text for section, texts in sections.items() for key, text in texts.items()}
    )


def choose_language(chosen: str | None, accepted: str) -> str:
    """Returns the language that somebody has chosen, or else the one they like best by their Accept-Language."""
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    ranges = [_range(part) for part in accepted.split(",")[:_MOST_RANGES]]
    liked = [(quality, language) for quality, language in ranges if quality > 0 and language in LANGUAGES]
    return max(liked, key=lambda pair: pair[0])[1] if liked else FIRST_LANGUAGE


def _range(part: str) -> tuple[float, str]:
    """Returns how well a language is liked, 0 to 1, and the language without its country."""
    language, _, quality = part.partition(";")
    try:
        liked = float(quality.strip().removeprefix("q=") or 1)
    except ValueError:
        liked = 0.0
    return liked, language.strip().lower().split("-")[0]
