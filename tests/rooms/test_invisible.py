"""What cannot be seen does not count as text."""

from __future__ import annotations

import pytest

from moderation.invisible import shows_something, trimmed, without_ignorable


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  a b \n", "a b"),
        ("\ufeffa\u200b", "a"),
        ("\u200ba\u200bb\u200b", "a\u200bb"),
        (" \u200b \ufeff ", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_trimmed_from_the_ends_only(text: str, kept: str) -> None:
    assert trimmed(text) == kept


@pytest.mark.parametrize(
    ("text", "shows"), [("a", True), (" .", True), ("", False), ("\u200b\u2060", False), (" \n\t", False)]
)
def test_a_text_must_show_something(text: str, shows: bool) -> None:
    assert shows_something(text) is shows


def test_invisible_marks_are_left_out_and_letters_stay() -> None:
    assert without_ignorable("v\u200bi\u00adа\u2060g") == "viаg"
