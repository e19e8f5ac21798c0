"""Disguises that training never sees: other letters, other tricks and other rates than those of `training.attacks`.

The same text and the same `random.Random` always give the same copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from unicodedata import normalize

Attack = Callable[[str, Random], str]

# Letters that look alike, of scripts and blocks that the table of `scoring.characters` was not made from: read off
# what fonts draw. Some stand in both; most do not.
_ALIKE = {
    "a": "αаạɑ⍺", "b": "ƅЬƄ", "c": "сϲᴄⅽ", "d": "ԁɗⅾ", "e": "еҽẹ℮", "f": "ƒẝ", "g": "ɡց", "h": "һհ", "i": "іıɩⅰ",
    "j": "јϳ", "k": "κкᴋ", "l": "ӏⅼ|Ɩ", "m": "ⅿм", "n": "ոռп", "o": "оοօᴏ", "p": "рρⲣ", "q": "ԛզ", "r": "гᴦⲅ",
    "s": "ѕꜱʂ", "t": "тτᴛ", "u": "υսᴜ", "v": "νѵⅴ", "w": "ԝѡա", "x": "хⅹ×", "y": "уүγ", "z": "ᴢʐ",
}  # fmt: skip
# As makers of "fancy text" put letters of many scripts together. The table of `scoring.lookalikes` knows nearly all.
_FANCY = (
    dict(zip("abcdefghijklmnopqrstuvwxyz", "ᗩᗷᑕᗪᗴᖴᘜᕼIᒍKᒪᗰᑎOᑭᑫᖇᔕTᑌᐯᗯ᙭Yᘔ", strict=True)),
    dict(zip("abcdefghijklmnopqrstuvwxyz", "卂乃匚ᗪ乇千ᎶHI丿Ҝㄥ爪几ㄖ卩Ɋ尺丂ㄒㄩᐯ山乂ㄚ乙", strict=True)),
    dict(zip("abcdefghijklmnopqrstuvwxyz", "ค๖¢໓ēfງhiวkl๓ຖ໐p๑rŞtนงຟxฯຊ", strict=True)),
    dict(zip("abcdefghijklmnopqrstuvwxyz", "₳฿₵ĐɆ₣₲ⱧłJ₭Ⱡ₥₦Ø₱QⱤ₴₮ɄV₩ӾɎⱫ", strict=True)),
)
_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0323\u0327"
_LEET = {"a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1|", "o": "0", "s": "5$", "t": "7+"}
_INVISIBLE = "\u200b\u200d\u2060\u180e\u200e\u00ad"
_FRAKTUR_SMALL, _FRAKTUR_CAPITAL, _FULL_WIDTH = 0x1D586 - ord("a"), 0x1D56C - ord("A"), 0xFEE0
_MIXED = 3  # disguises at once


def _each(text: str, random: Random, share: float, change: Callable[[str], str]) -> str:
    return "".join(change(c) if random.random() < share else c for c in text)


def look_alikes(text: str, random: Random) -> str:
    """A third of the letters is replaced by ones that look alike."""
    return _each(text, random, 0.3, lambda c: random.choice(_ALIKE.get(c, c)))


def more_look_alikes(text: str, random: Random) -> str:
    """The same for half of the letters, capitals too."""
    return _each(text, random, 0.5, lambda c: random.choice(_ALIKE.get(c.lower(), c)))


def fraktur(text: str, random: Random) -> str:
    """Letters are written as bold mathematical Fraktur."""
    return "".join(
        chr(ord(c) + (_FRAKTUR_SMALL if c.islower() else _FRAKTUR_CAPITAL)) if c.isascii() and c.isalpha() else c
        for c in text
    )


def fancy(text: str, random: Random) -> str:
    """Letters are written as those of other scripts, in one of four styles."""
    style = random.choice(_FANCY)
    return "".join(style.get(c.lower(), c) for c in text)


def accented(text: str, random: Random) -> str:
    """One letter of two has an accent, any of nine."""
    return normalize("NFC", _each(text, random, 0.5, lambda c: c + random.choice(_ACCENTS) if c.isalpha() else c))


def full_width(text: str, random: Random) -> str:
    """Everything visible is written as wide as Chinese characters."""
    return "".join(chr(ord(c) + _FULL_WIDTH) if "!" <= c <= "~" else c for c in text)


def invisible(text: str, random: Random) -> str:
    """Characters without width are put behind two letters of five."""
    return _each(text, random, 0.4, lambda c: c + random.choice(_INVISIBLE) if c.isalpha() else c)


def leet(text: str, random: Random) -> str:
    """Digits and signs are put for two letters of five that have one."""
    return _each(text, random, 0.4, lambda c: random.choice(_LEET.get(c.lower(), c)))


def set_apart(text: str, random: Random) -> str:
    """Half of the longer words are written with blanks, full stops, hyphens or underscores between their letters."""

    def apart(word: str) -> str:
        if len(word) > 3 and word.isalpha() and random.random() < 0.5:
            return random.choice((" ", ".", "-", "_")).join(word)
        return word

    return " ".join(map(apart, text.split(" ")))


def typing_errors(text: str, random: Random) -> str:
    """One letter of twelve is dropped, doubled, exchanged with the next one, or any other."""
    letters, written = list(text), ""
    while letters:
        letter = letters.pop(0)
        if not letter.isalpha() or random.random() >= 0.08:
            written += letter
            continue
        slip = random.randrange(4)
        if slip == 1:
            written += letter * 2
        elif slip == 2 and letters:
            written += letters.pop(0) + letter
        elif slip:
            written += random.choice("abcdefghijklmnopqrstuvwxyz")
    return written


def mixed(text: str, random: Random) -> str:
    """Three of these disguises at once."""
    for attack in random.sample([look_alikes, invisible, leet, set_apart, typing_errors], _MIXED):
        text = attack(text, random)
    return text


DISGUISES: Mapping[str, Attack] = {
    "look-alikes, 30 %": look_alikes,
    "look-alikes, 50 %": more_look_alikes,
    "Fraktur letters": fraktur,
    "fancy letters": fancy,
    "accents": accented,
    "full-width letters": full_width,
    "invisible characters": invisible,
    "leet": leet,
    "letters set apart": set_apart,
    "typing errors": typing_errors,
    "three at once": mixed,
}


def hidden(text: str, genuine: str) -> dict[str, str]:
    """Returns the text with a genuine comment in front of it, behind it, and with its first sentence behind it."""
    return {
        "a comment in front": f"{genuine} {text}",
        "a comment behind": f"{text}\n{genuine}",
        "a sentence behind": f"{text} {genuine.split('.')[0]}.",
    }
