"""Each text for readers is there in every language, with the same gaps to fill, and every fault has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from moderation.domain import Status
from moderation.readers import pages
from moderation.readers.draft import FIELDS
from moderation.readers.texts import FOLDER, texts_in
from moderation.web.languages import LANGUAGES
from tests.rooms.test_console_texts import keys_of, literals_in

TEMPLATES = sorted((Path(pages.__file__).parent / "templates").glob("*.html"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_gaps(language: str) -> None:
    assert keys_of(texts_in(language)) == keys_of(texts_in("en"))
    assert all(text.strip() for text in texts_in(language)._texts.values())


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_text_of_its_own(path: Path) -> None:
    # A macro that writes attributes is no text.
    page = re.sub(r"\{% macro about.*?endmacro %\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert literals_in(page) == []


def test_every_text_that_a_template_asks_for_is_there() -> None:
    asked = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    assert set(re.findall(r'\bt\("([a-z_]+\.[a-z_]+)"', asked)) <= set(keys_of(texts_in("en")))


def test_every_outcome_and_every_wrong_field_has_a_text() -> None:
    keys = set(keys_of(texts_in("en")))
    assert {f"sent.{status}" for status in Status} <= keys
    required = {f"faults.{name}_required" for name in FIELDS.values() if name != "website"}
    others = {f"faults.{name}_{code}" for name in FIELDS.values() for code in ("invalid", "too_long")}
    assert required | others <= keys
