"""Characters that show nothing. A name of them is no name, and a text with some more of them is the same text."""

from __future__ import annotations

import re

# Default_Ignorable_Code_Point of Unicode 15: joiners, fillers, direction marks, variation selectors, tags.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

# The blank Braille cell is a symbol by its properties, yet it looks like a space.
_VISIBLE = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f\u2800{_IGNORABLE}]")
_IGNORED = re.compile(f"[{_IGNORABLE}]+")

# What is cut off at both ends: white space, and marks that join or fill but have nothing left to join or fill there.
# Variation selectors and tags stay, because an emoji may end with one; so do direction marks that come in pairs.
_WHITE_SPACE = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
_EDGES = _WHITE_SPACE + "\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u3164\ufeff\uffa0"


def trimmed(text: str) -> str:
    """Returns `text` without white space and invisible marks at its ends."""
    return text.strip(_EDGES)


def shows_something(text: str) -> bool:
    """Tells whether a reader would see anything at all."""
    return _VISIBLE.search(text) is not None


def without_ignorable(text: str) -> str:
    """Returns `text` without the characters that Unicode says a display may ignore."""
    return text if text.isascii() else _IGNORED.sub("", text)
