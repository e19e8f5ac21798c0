"""What spammers do to a text so that a filter does not know it again. Training sees one such copy of each spam.

The same text and the same `random.Random` always give the same copy.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from moderation.scoring.lookalikes import TO_LATIN

_ALIKE: dict[str, list[str]] = {}
for _alike, _letter in TO_LATIN.items():
    _ALIKE.setdefault(_letter, []).append(_alike)
_LEET = {"o": "0", "i": "1", "e": "3", "a": "4", "s": "5", "t": "7"}
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_MATH_SMALL = {chr(ord("a") + i): chr(0x1D41A + i) for i in range(26)}
_MATH_CAPITALS = {chr(ord("A") + i): chr(0x1D400 + i) for i in range(26)}
_KEYS_BESIDE = dict(zip("abcdefghijklmnopqrstuvwxyz", "svxsdrtghjkknbipwtdrycqxtx", strict=True))

Attack = Callable[[str, Random], str]


def _letters(text: str, random: Random, share: float, change: Callable[[str], str]) -> str:
    return "".join(change(c) if c.isalpha() and random.random() < share else c for c in text)


def look_alikes(text: str, random: Random) -> str:
    """A third of the letters is replaced by letters of other scripts that look like them."""
    return _letters(text, random, 0.3, lambda c: random.choice(_ALIKE.get(c.lower(), [c])))


def styled(text: str, random: Random) -> str:
    """Letters are written as bold mathematical symbols."""
    return "".join((_MATH_SMALL | _MATH_CAPITALS).get(c, c) for c in text)


def zero_width(text: str, random: Random) -> str:
    """Characters without width are put behind letters."""
    return _letters(text, random, 0.3, lambda c: c + random.choice(_ZERO_WIDTH))


def leet(text: str, random: Random) -> str:
    """Digits are put for letters."""
    return _letters(text, random, 0.5, lambda c: _LEET.get(c.lower(), c))


def spaced(text: str, random: Random) -> str:
    """Some longer words are written with a space behind each letter."""
    words = text.split(" ")
    return " ".join(" ".join(w) if len(w) > 3 and w.isalpha() and random.random() < 0.4 else w for w in words)


def typing_errors(text: str, random: Random) -> str:
    """Letters are dropped, doubled, or hit beside."""

    def slip(letter: str) -> str:
        return random.choice(("", letter * 2, _KEYS_BESIDE.get(letter, letter)))

    return _letters(text, random, 0.08, slip)


ATTACKS: dict[str, Attack] = {
    "look-alikes": look_alikes,
    "styled": styled,
    "zero width": zero_width,
    "leet": leet,
    "spaced": spaced,
    "typing errors": typing_errors,
}


def attacked(text: str, random: Random) -> str:
    """Returns the text under one attack, chosen by chance."""
    return random.choice(list(ATTACKS.values()))(text, random)


def padded(text: str, ham: str, random: Random) -> str:
    """Returns the text hidden in front of or behind a genuine comment."""
    return f"{text} {ham}" if random.random() < 0.5 else f"{ham} {text}"
