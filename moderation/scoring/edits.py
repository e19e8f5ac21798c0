"""What a whole text is rid of before it is cut into pieces: what no single character or word shows.

Each edit is a pattern and what takes the place of each match. They take time linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from string import ascii_letters, punctuation
from typing import NamedTuple

from moderation.scoring.characters import FOLD, LETTERS_OF_FLAGS, TURNING
from moderation.scoring.lookalikes import FANCY, FANCY_TO_LATIN, SIGNS, SIGNS_AMONG_LETTERS, STROKES, style_of
from moderation.scoring.tokens import number_class

Replacement = Callable[[re.Match[str]], str]


class Edit(NamedTuple):
    """An edit of folded text. `hint` costs little and is false where there is nothing to do; `mark` is counted."""

    hint: Callable[[str], object]
    pattern: re.Pattern[str]
    replacement: Replacement
    mark: str | None = None


# Text that is drawn from right to left though its letters are not: stored as "eerf", seen as "free".
_TURNED = re.compile(f"{TURNING}([^{TURNING}\u202c\u202d\\n]+)")
# Letters of flags, where they are not two and two: a flag is a country's two letters.
_LETTERS_OF_FLAGS = re.compile(f"[{LETTERS_OF_FLAGS}]+")
_FIRST_LETTER_OF_FLAGS = ord(LETTERS_OF_FLAGS[0])

# "&#102;ree": how a page spells any character, and some of its own signs. Sites send texts in which apostrophes are so
# spelt. "&lt;" stays: it is in no word, and who has it in a text has mostly written of markup.
_ENTITY = re.compile(r"&(?:#x([0-9a-f]{1,6});?|#([0-9]{1,7});?|(amp|apos|nbsp|quot);)")
_NAMED = {"amp": "&", "apos": "'", "nbsp": " ", "quot": '"'}
_LINE_BREAK = re.compile("<br ?/?>")
# What a page does not show within a word: fr<b></b>ee, fr<!-- -->ee, fr[b]ee. Those that end a line are none of these.
_NAMES = "a|b|i|u|s|em|font|small|span|strong|sub|sup|url|wbr"
_WITHIN_WORD = re.compile(
    rf"(?<=[^\W_])(?:<(?:/?(?:{_NAMES})(?: [^<>]{{0,99}})?/?|!--[^<>]{{0,99}}--)>|\[/?(?:{_NAMES})\])+(?=[^\W_])"
)

# "f r e e", "f.r.e.e": four or more single letters with the same sign between them. The hint costs little and misses
# none. In ASCII it is asked for only where single letters stand between any of these signs, which costs a third.
_BETWEEN = r"(\ |_|[^\w\s])"
_SPACED_HINT = re.compile(rf"{_BETWEEN}[^\W\d_]\1[^\W\d_]\1[^\W\d_]")
_SPACED = re.compile(rf"(?<![^\W_])[^\W\d_]{_BETWEEN}[^\W\d_](?:\1[^\W\d_]){{2,}}(?![^\W_])")
_SINGLE = bytes.maketrans(f"{ascii_letters}{punctuation}".encode(), b"a" * len(ascii_letters) + b" " * len(punctuation))

_DIGIT = re.compile(r"\d")
_DIGITS, _MIN_PHONE_DIGITS = b"0123456789", 7
# Digits of a telephone number, spread over several words. Without a sign of one they stay numbers of some digits each,
# which gives away just as little.
_PHONE = re.compile(r"(?<![\w.,+])(?:\+|\(\+?|0)\(?\d(?:[ ()./\u2013-]{0,2}\d){6,}(?!\w)")

# To look for the signs alone takes a thirtieth of the time, and hardly any text has one.
_ANY_SIGN = re.compile(f"[{''.join(SIGNS_AMONG_LETTERS)}]")
_SIGN = re.compile(
    rf"(?<=[^\W\d_])[{''.join(SIGNS_AMONG_LETTERS)}]+(?=[^\W\d_])"
    rf"|(?<=[^\W\d_])[{''.join(SIGNS)}]+(?!\d)|(?<!\d)[{''.join(SIGNS)}]+(?=[^\W\d_])"
)
# What fancy text is known by, alone and beside plain letters, and what stands for a letter in it.
_FANCY = re.compile(f"[{''.join([*FANCY, *SIGNS])}]")
_MIXED = re.compile(rf"[a-z]{_FANCY.pattern}|{_FANCY.pattern}[a-z]")
_ALIKE = re.compile(f"[{''.join([*FANCY_TO_LATIN, *SIGNS_AMONG_LETTERS, *STROKES])}\u00e0-\u00f6\u00f8-\u017f]")
_LAST_LATIN = "\u02af"
_MIN_FANCY, _MIN_MIXED, _MAX_STRANGE = 0.25, 3, 0.1
_ACCENTED = re.compile("[\u00e0-\u00f6\u00f8-\u017f]")
_LETTER = re.compile(r"[^\W\d_]")
# On three letters of ten, and of four kinds; or of six: no language has so many. Czech has three kinds, on one letter
# of seven, French five, on one of twenty.
_MIN_ACCENTED, _MIN_SHARE, _MIN_KINDS, _MANY_KINDS = 5, 0.3, 4, 6


def may_be_spaced(text: str) -> bool:
    """Tells whether a text may hold a word whose letters stand apart, with the same sign between them."""
    if text.isascii() and b" a a a" not in text.encode().translate(_SINGLE):
        return False
    return _SPACED_HINT.search(text) is not None


def may_hold_phone(digits: int) -> bool:
    """Tells whether a text of ASCII with so many digits may hold a telephone number."""
    return digits >= _MIN_PHONE_DIGITS


def may_hold_markup(text: str) -> bool:
    """Tells whether a text may hold what a page would not show as it stands."""
    return "<" in text or "[" in text or ("&" in text and (";" in text or "&#" in text))


def _turn(found: re.Match[str]) -> str:
    return found.group(1)[::-1]


def _spell_out(found: re.Match[str]) -> str:
    letters = found.group()
    if len(letters) % 2 == 0:
        return letters
    return "".join(chr(ord("a") + ord(letter) - _FIRST_LETTER_OF_FLAGS) for letter in letters)


def _spelt(found: re.Match[str]) -> str:
    in_sixteens, in_tens, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(in_sixteens, 16) if in_sixteens else int(in_tens)
    return FOLD[code] if code <= 0x10FFFF else found.group()


def _space(found: re.Match[str]) -> str:
    return " "


def _nothing(found: re.Match[str]) -> str:
    return ""


def _may_hold_phone(folded: str) -> bool:
    if folded.isascii():
        return len(folded) - len(folded.encode().translate(None, _DIGITS)) >= _MIN_PHONE_DIGITS
    return _DIGIT.search(folded) is not None


def _phone_class(found: re.Match[str]) -> str:
    return f" {number_class(found.group())} "


def _join(found: re.Match[str]) -> str:
    return found.group().replace(found.group(1), "")


def _is_overloaded(folded: str) -> bool:
    """Tells whether a text has more accents, and of more kinds, than any language."""
    if folded.isascii():
        return False
    letters = _ACCENTED.findall(folded)
    if len(letters) < _MIN_ACCENTED:
        return False
    kinds = {unicodedata.normalize("NFD", letter)[1:] for letter in letters} - {""}
    dense = len(letters) >= _MIN_SHARE * len(_LETTER.findall(folded))
    return len(kinds) >= (_MIN_KINDS if dense else _MANY_KINDS)


def _without_accent(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", found.group())[0]


def _is_fancy(folded: str) -> bool:
    """Tells whether nearly all letters of a text are Latin or look like it, and they are of several scripts: in its
    words, or many of them."""
    fancy = 0 if folded.isascii() else len(_FANCY.findall(folded))
    if not fancy:
        return False
    letters = _LETTER.findall(folded)
    strange = sum(letter > _LAST_LATIN and letter not in FANCY_TO_LATIN for letter in letters)
    if strange > _MAX_STRANGE * len(letters) or len({*map(style_of, letters)}) == 1:
        return False
    return fancy >= _MIN_FANCY * len(letters) or len(_MIXED.findall(folded)) >= _MIN_MIXED


def _from_fancy(found: re.Match[str]) -> str:
    sign = found.group()
    return FANCY_TO_LATIN.get(sign) or SIGNS_AMONG_LETTERS.get(sign) or STROKES.get(sign) or _without_accent(found)


def _as_letter(found: re.Match[str]) -> str:
    return "".join(map(SIGNS_AMONG_LETTERS.__getitem__, found.group()))


# Of the text as it was written, in this order. `characters.RARE` knows of what they look for.
AS_WRITTEN: tuple[tuple[re.Pattern[str], Replacement], ...] = ((_TURNED, _turn), (_LETTERS_OF_FLAGS, _spell_out))
# Of the folded text, in this order.
AS_FOLDED: tuple[Edit, ...] = (
    Edit(may_hold_markup, _ENTITY, _spelt),
    Edit(may_hold_markup, _LINE_BREAK, _space),
    Edit(may_hold_markup, _WITHIN_WORD, _nothing),
    Edit(_is_fancy, _ALIKE, _from_fancy),
    Edit(_ANY_SIGN.search, _SIGN, _as_letter),
    Edit(_is_overloaded, _ACCENTED, _without_accent),
    Edit(_may_hold_phone, _PHONE, _phone_class),
    Edit(may_be_spaced, _SPACED, _join, "spaced"),
)
