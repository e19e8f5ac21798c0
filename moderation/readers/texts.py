"""The texts that readers see, in the languages that there are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiohttp import hdrs, web

from moderation.web.languages import Texts, choose_language, read_texts

FOLDER = Path(__file__).resolve().parent / "catalogue"


@cache
def texts_in(language: str) -> Texts:
    """Returns the texts of one of `LANGUAGES`."""
    return read_texts(FOLDER, language)


def texts_of(request: web.Request) -> Texts:
    """Returns the texts in the language that the reader's browser likes best."""
    return texts_in(choose_language(None, request.headers.get(hdrs.ACCEPT_LANGUAGE, "")))
