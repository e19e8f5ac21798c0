"""Single characters: which are invisible, what a styled one stands for, which ones look like a Latin letter.

Facts come from the Unicode data of the standard library (`unicodedata`): compatibility forms, and the names of
characters ("NEGATIVE SQUARED LATIN CAPITAL LETTER A" shows an A). Only the look-alikes are a table of our own.
"""

from __future__ import annotations

import re
import unicodedata

# Format characters, variation selectors, fillers: nothing is drawn for them. Arabic number signs are drawn.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Private use marks our own classes, lone surrogates are no characters: neither may come in from outside.
_FOREIGN = "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
# Accents that can be put on any letter. Vowel signs and harakat of other scripts are letters there: not in here.
MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# The two voicing marks of kana compose, but must stay when they do not.
_COMPOSING = MARKS + "\u3099\u309a"

_DROPPED = re.compile(f"[{INVISIBLE}{_FOREIGN}]")
_MARK = re.compile(f"[{MARKS}]")
_JOINS = re.compile(f"[{_COMPOSING}]")
# At most eight marks are composed: ordering more of them costs the square of their number.
CLUSTER = re.compile(f"([^{_COMPOSING}])([{_COMPOSING}]{{1,8}})[{_COMPOSING}]*")

# "LATIN SMALL LETTER SCRIPT G", "SQUARED LATIN CAPITAL LETTER A", "LATIN LETTER SMALL CAPITAL B", "… V WITH HOOK".
_NAMED_LETTER = re.compile(r"LATIN (?:\w+ )*(?:LETTER|CAPITAL) (?:\w+ )*([A-Z])(?: WITH .+)?$")
_FIRST_RARE_LATIN = 0x180  # below lie the letters of West and Central European languages, with their accents

# An expansion such as U+FDFA (18 letters) would let a short text cost like a long one.
_MAX_EXPANSION = 3
_MAX_REMEMBERED = 20_000

_APOSTROPHES = "\u2018\u2019\u02bc\u0060\u00b4"


def _named_letter(character: str) -> str:
    """Returns the Latin letter that the name of a character speaks of, in lower case, or the character itself."""
    if ord(character) < _FIRST_RARE_LATIN:
        return character
    found = _NAMED_LETTER.search(unicodedata.name(character, ""))
    return found.group(1).lower() if found else character


def fold_character(character: str) -> str:
    """Returns what one character stands for, in lower case: nothing if invisible, three characters at most."""
    if character.isascii():
        return character.lower()
    if character in _APOSTROPHES:
        return "'"
    if _DROPPED.match(character) or _MARK.match(character):
        return ""
    folded = unicodedata.normalize("NFKC", character)
    if folded == character and unicodedata.category(character) == "Lo":
        return character  # a letter without case: most of the world's characters, and the quickest way for them
    if len(folded) > _MAX_EXPANSION:
        folded = character
    folded = _DROPPED.sub("", _MARK.sub("", folded.lower()))
    return _named_letter(folded) if len(folded) == 1 else folded


class _FoldTable(dict[int, str]):
    """For `str.translate`: learns each code point when it is met first, and never grows beyond a bound."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        self[code] = folded = fold_character(chr(code))
        return folded


FOLD = _FoldTable()


class _RareTable(dict[str, str | None]):
    """What a character outside of ASCII stands for, if it can be replaced without a look at its neighbours and at what
    else is replaced; otherwise None."""

    def __missing__(self, character: str) -> str | None:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        folded = FOLD[ord(character)]
        settled = not _JOINS.match(character) and all(FOLD[ord(each)] == each for each in folded)
        self[character] = known = folded if settled else None
        return known


RARE = _RareTable()


def _pairs(*rows: str) -> dict[str, str]:
    """Rows such as "a а α": the letter, then what looks like it."""
    return {alike: row[0] for row in rows for alike in row[2:]}


# Lower-case letters of Cyrillic, Greek, Armenian and Cherokee that are drawn like a Latin one, or were met in spam in
# its place. What is drawn alike in capitals only (Cyrillic В, Н) counts too: text is put into lower case first.
TO_LATIN = _pairs(
    "a аαάɑ",
    "b вьЬβЪъ",
    "c сϲςᏟꮯ",
    "d ԁժᎠꭰ",
    "e еёєεέҽᎬꭼ",
    "f ғϝքֆ",
    "g ԍɡցᏀꮐ",
    "h һнհᎻꮋηή",
    "i іїιίϊᎥꭵ",
    "j јϳյᎫꭻ",
    "k кκӄᏦꮶ",
    "l ӏլᏞꮮ",
    "m мᎷꮇ",
    "n пոռν",
    "o оοόσօ",
    "p рρᏢꮲ",
    "q ԛզգ",
    "r гᎡꭱ",
    "s ѕᏚꮪ",
    "t тτᎢꭲ",
    "u цυύսմ",
    "v ѵᏙꮩ",
    "w ԝшωώᎳꮃա",
    "x хχҳ",
    "y уүγўʏ",
    "z ᏃꮓʐζΖ",
)
# The other way round only where the drawing is the same: for Cyrillic words that are spelt with some Latin letters.
TO_CYRILLIC = dict(zip("aceiopxyjskmtbh", "асеіорхујѕкмтвн", strict=True))
LETTERS_OF = (
    re.compile("[a-z\u00df-\u024f]"),
    re.compile("[\u0400-\u052f]"),
    re.compile("[\u0370-\u03ff\u0530-\u058f\u13a0-\u13ff\uab70-\uabbf]"),
)
