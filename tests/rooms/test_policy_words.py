"""Word lists: whole words and phrases in all scripts, by an index that agrees with a slow and obvious reading."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation.policy.letters import atoms, folded
from moderation.policy.words import WordList, entries_in, is_entry

FOUND = [
    ("spam", "SPAM, again"),
    ("spam", "not_spam"),
    ("buy now", "Buy   \n NOW!"),
    ("casino*", "casino"),
    ("casino*", "Casinos2000"),
    ("*coin", "bitcoin"),
    ("*poker*", "pokerstars and xpokery"),
    ("f*ck", "fuck"),
    ("f*ck", "fck"),
    ("a*b*c", "axxbyyc"),
    ("cheap* pill*", "the CHEAPEST pills"),
    ("free * now", "free money now"),
    ("c++", "I write C++."),
    ("t.me", "https://t.me/abc"),
    ("t.me/*", "t.me/abc"),
    ("*.ru", "see foo.ru"),
    ("$$$", "a$$$$b"),
    ("don't", "DON\u2019T"),
    ("дурак", "Ты ДУРАК!"),
    ("дура*", "дураки"),
    ("straße", "STRASSE"),
    ("café", "cafe\u0301"),
    ("viagra", "v\u200bi\u00adagra"),
    ("viagra", "ｖｉａｇｒａ"),
    ("हिन्दी", "हिन्दी!"),
    ("加微信", "请加微信谢谢"),
    ("加*信", "请加v信"),
    ("加*信", "请加信"),
    ("av", "看av片"),
    ("ばか", "おおばかもの"),
    ("카지노", "온라인카지노에서"),
    ("😀", "ok😀😀"),
]
NOT_FOUND = [
    ("spam", "spammer"),
    ("spam", "spám"),
    ("buy now", "buy it now"),
    ("casino*", "mycasino"),
    ("*coin", "coins"),
    ("a*b", "a b"),
    ("ab*ba", "aba"),
    ("*ab*ba*", "aba"),
    ("free * now", "free now"),
    ("c++", "c+"),
    ("t.me", "at.me"),
    ("t.me", "t.men"),
    ("дурак", "дурака"),
    ("cafe", "café"),
    ("हिन्द", "हिन्दी"),
    ("加微信", "加微 信"),
    ("", "anything"),
    ("*", "anything"),
    (" * ", "any thing"),
]


@pytest.mark.parametrize(("entry", "text"), FOUND)
def test_an_entry_is_found_as_a_reader_would_find_it(entry: str, text: str) -> None:
    assert WordList([entry]).first_in(text) == entry


@pytest.mark.parametrize(("entry", "text"), NOT_FOUND)
def test_an_entry_is_not_found_where_a_reader_would_not_see_it(entry: str, text: str) -> None:
    assert WordList([entry]).first_in(text) is None


def test_the_first_entry_of_the_list_is_returned_as_it_was_given() -> None:
    words = WordList(["absent", "Second Word", "*econ*", "FIRST"])
    assert words.first_in("first econ second word") == "Second Word"
    assert words.first_in("first econ") == "*econ*"
    assert WordList(["Spam", "SPAM", "spam"]).first_in("spam") == "Spam"


@pytest.mark.parametrize("text", ["\u0390", "\u01f0", "J\u030c", "\u1e96"])
def test_folding_composes_again_what_the_folding_of_case_takes_apart(text: str) -> None:
    assert unicodedata.is_normalized("NFKC", folded(text))


@pytest.mark.parametrize(
    ("entry", "usable"), [("a", True), ("a*", True), ("+", True), ("*", False), ("  ", False), ("* *", False)]
)
def test_an_entry_needs_something_to_look_for(entry: str, usable: bool) -> None:
    assert is_entry(entry) is usable


# The obvious reading: try each entry at each atom. It shares only the folding with the real one.
def reference(entries: list[str], text: str) -> str | None:
    cut = cut_slowly(folded(text))
    for entry in entries:
        pattern = cut_slowly(folded(entry), letters="*")
        pattern = ["*" if set(atom) == {"*"} else atom for atom in pattern]
        while pattern and pattern[0] == "*":
            del pattern[0]
        while pattern and pattern[-1] == "*":
            del pattern[-1]
        if pattern and pattern != [" "] and any(matches(pattern, cut[start:]) for start in range(len(cut))):
            return entry
    return None


def cut_slowly(text: str, letters: str = "") -> list[str]:
    cut: list[str] = []
    growing = False
    for character in text:
        letter = character in letters or (character.isalnum() and not unspaced(character))
        mark = unicodedata.category(character).startswith("M") and not unspaced(character)
        if growing and (letter or mark):
            cut[-1] += character
        else:
            cut.append(character)
            growing = letter
    return cut


def unspaced(character: str) -> bool:
    name = unicodedata.name(character, "")
    return name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"))


def matches(pattern: list[str], cut: list[str]) -> bool:
    if not pattern:
        return True
    if pattern[0] == "*":
        a_word = bool(cut) and cut[0][0].isalnum() and not unspaced(cut[0][0])
        return matches(pattern[1:], cut[1:] if a_word else cut)
    return bool(cut) and fits(pattern[0], cut[0]) and matches(pattern[1:], cut[1:])


def fits(pattern: str, word: str) -> bool:
    """Tells whether a word fits a pattern by trying every length for each `*`."""
    head, star, rest = pattern.partition("*")
    if not star:
        return pattern == word
    return word.startswith(head) and any(fits(rest, word[i:]) for i in range(len(head), len(word) + 1))


few_letters = st.text("abAB12 .+-_'*\u0301éдД加信かก\u200b\n", max_size=14)
entries = st.lists(st.text("abAB1 .+*\u0301éд加信か", max_size=7), max_size=6)


@given(entries=entries, text=few_letters)
@example(entries=["a*b a"], text="aab a")
@example(entries=["*ab*ba*"], text="xabba")
def test_the_index_agrees_with_the_obvious_reading(entries: list[str], text: str) -> None:
    assert WordList(entries).first_in(text) == reference(entries, text)


@given(text=st.text())
def test_cutting_loses_nothing(text: str) -> None:
    assert "".join(atoms(folded(text))) == folded(text)


@given(words=st.lists(st.text(max_size=20), max_size=5), text=st.text())
def test_any_text_can_be_an_entry_and_be_searched(words: list[str], text: str) -> None:
    assert WordList(words).first_in(text) in {None, *words}


def steps_of(call: Callable[[], object]) -> int:
    """Counts the lines of Python and the calls into C that a call needs: the same on every machine."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return steps


MANY = WordList([f"{form}{i}" for i in range(300) for form in ("word", "*mid", "pre*x", "buy now ", "t.me/")])
MANY_STARS = WordList([f"*mid{i}*" for i in range(300)] + [f"pre{i}*" for i in range(300)])


@pytest.mark.parametrize("words", [MANY, MANY_STARS], ids=["plain", "stars"])
@pytest.mark.parametrize(
    "piece", ["a", "a ", "buy now ", "mid1", "pre", "t.me/ ", "e\u0301", "加", "a\u0301\u0316", "*", "\ufdfa"]
)
def test_the_work_grows_with_the_text_and_not_faster(words: WordList, piece: str) -> None:
    once, four_times = piece * 500, piece * 2_000
    words.first_in(piece)  # tables that are made at the first use
    assert steps_of(lambda: words.first_in(four_times)) <= 5 * steps_of(lambda: words.first_in(once)) + 100


def test_the_work_does_not_grow_with_the_list() -> None:
    text = "the council has decided to close the old park, and nobody was asked " * 10
    short, long = (WordList([f"word{i} more{i}" for i in range(n)]) for n in (10, 10_000))
    assert steps_of(lambda: long.first_in(text)) == steps_of(lambda: short.first_in(text))


def test_a_pile_of_marks_is_thinned_before_it_is_sorted() -> None:
    # Sorting 20 000 marks would take some hundred million steps in C.
    pile = "a" + "\u0301\u0316" * 10_000
    assert len(folded(pile)) < 50
    assert WordList(["spam"]).first_in(f"{pile} spam") == "spam"


def test_all_entries_that_occur_are_told_to_whoever_tries_a_list() -> None:
    entries = ["casino*", "nothing", "free money", "money"]

    assert entries_in("FREE  money at the casinos", entries) == ["casino*", "free money", "money"]
