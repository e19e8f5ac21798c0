"""Each text is there in every language, with the same gaps to fill; and pages hold no text of their own."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

from moderation.console import pages
from moderation.console.settings_form import GROUPS
from moderation.console.texts import FOLDER, LANGUAGES, Texts, choose_language, texts_in
from moderation.domain import Reason, Standing, Status, TrailKind
from moderation.errors import FieldError, Invalid
from moderation.policy import SETTINGS
from moderation.workflows.condition import Trouble

TEMPLATES = sorted((Path(pages.__file__).parent / "templates").glob("*.html"))
SOURCES = sorted(Path(pages.__file__).parent.glob("*.py"))

# What is read out or shown, beside the text of elements.
SHOWN = {"aria-label", "aria-description", "title", "alt", "placeholder", "value"}


def keys_of(texts: Texts) -> dict[str, set[str]]:
    """Returns each key with the names of its gaps."""
    return {
        key: {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        for key, text in texts._texts.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_gaps(language: str) -> None:
    assert keys_of(texts_in(language)) == keys_of(texts_in("en"))
    assert all(text.strip() for text in texts_in(language)._texts.values())


def test_there_is_a_file_for_each_language_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(LANGUAGES)


def test_german_is_not_english() -> None:
    english, german = texts_in("en"), texts_in("de")
    same = {key for key in english._texts if english._texts[key] == german._texts[key]}

    assert same <= {
        *("house.name", "login.username", "link.username", "accounts.name", "act.spam", "author.pseudonym"),
        *(
            "audit.person",
            "database.sqlite",
            "database.postgresql",
            "settings.links",
            "setting_value.en",
            "setting_value.de",
            "complaint.spam",
        ),
    }


class _Literals(HTMLParser):
    """Collects what a template says by itself, once all that the language of templates fills in is taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SHOWN and tag != "button"]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def literals_in(template: str) -> list[str]:
    """Returns each text of a template with a letter in it."""
    filled = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template, flags=re.DOTALL)
    parser = _Literals()
    parser.feed(filled)
    return [text.strip() for text in parser.found if re.search(r"[^\W\d_]", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_text_of_its_own(path: Path) -> None:
    assert literals_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("template", "literals"),
    [
        ("<p>{{ t('a.b') }}: · </p>", []),
        ("<p>{% if x %}Welcome{% endif %}</p>", ["Welcome"]),
        ('<nav aria-label="Sections"></nav>', ["Sections"]),
        ('<nav aria-label="{{ t("a.b") }}"></nav>', []),
    ],
)
def test_a_text_in_a_template_is_found(template: str, literals: list[str]) -> None:
    assert literals_in(template) == literals


def test_every_text_that_is_asked_for_is_there_and_every_text_is_asked_for() -> None:
    asked = "\n".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *SOURCES])
    whole = {key for key in re.findall(r'"([a-z_]+\.[a-z_]+)"', asked) if not key.endswith((".html", ".css", ".js"))}
    # Those that are put together: `t("role." ~ role)`, `done="saved"`.
    parts = {"role", "done", "problem", "secret", "faults", "device", "sort", "status", "reason", "actor", "standing"}
    parts |= {
        "notice",
        "age",
        "score",
        "lists_wrong",
        "author_wrong",
        "judge",
        "trail_kind",
        "action",
        "detail",
        "switch",
    }
    parts |= {
        "pile",
        "settings_group",
        "setting",
        "setting_hint",
        "setting_value",
        "database",
        "trouble",
        "trouble_hint",
    }
    parts |= {"complaint", "finding", "appealed", "delivery", "outcome", "switched"}
    parts |= {"agent", "gate", "models", "run", "words", "limit", "feature"}
    keys = set(keys_of(texts_in("en")))

    assert whole <= keys
    assert {key for key in keys - whole if key.split(".")[0] not in parts} == {"house.day", "house.decimal"} - whole


def test_all_that_is_put_together_from_codes_has_its_text() -> None:
    """Whoever adds a setting, a warning or a kind of action adds its words."""
    wanted = {f"{section}.{name}" for section in ("setting", "setting_hint") for name in SETTINGS}
    wanted |= {f"{section}.{trouble}" for section in ("trouble", "trouble_hint") for trouble in Trouble}
    wanted |= {f"trail_kind.{kind}" for kind in TrailKind} | {f"settings_group.{group}" for group in GROUPS}
    wanted |= {f"standing.{each}" for each in Standing} | {f"judge.{each}" for each in Standing}
    wanted |= {f"reason.{each}" for each in Reason} | {f"status.{each}" for each in Status}

    assert wanted <= set(keys_of(texts_in("en")))


def test_a_gap_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts_in("en")("house.logged_in_as")


def test_what_is_wrong_with_a_field_has_a_text() -> None:
    (key,) = pages.faults_of(Invalid([FieldError("name", "taken", "English only.")]))

    assert texts_in("de")(key) == "Es gibt schon ein Konto mit diesem Namen."


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        ("de", "en", "de"),
        ("xx", "de", "de"),
        (None, "DE", "de"),
        (None, "en;q=0.4, de;q=0.5", "de"),
        (None, "," * 1000 + "de", "en"),
        (None, "de;q=nan", "en"),
    ],
)
def test_the_language_is_that_of_the_account_or_of_the_browser(
    chosen: str | None, accepted: str, language: str
) -> None:
    assert choose_language(chosen, accepted) == language
