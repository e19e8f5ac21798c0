"""The texts of the console, in the languages that there are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from moderation.web.languages import LANGUAGES, Texts, choose_language, read_texts

__all__ = ["FOLDER", "LANGUAGES", "Texts", "choose_language", "texts_in"]

FOLDER = Path(__file__).resolve().parent / "catalogue"


@cache
def texts_in(language: str) -> Texts:
    """Returns the texts of one of `LANGUAGES`."""
    return read_texts(FOLDER, language)
