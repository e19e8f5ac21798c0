"""Genuine comments of kinds that the shipped ham has few of: in other languages, to somebody, with a page they cite.

Otherwise a classifier takes for spam what it only does not know: with German ham left out, a fifth of it. The words of
a language that does not exist teach nothing but that: not to be understood is no sign of spam.
"""

from __future__ import annotations

from random import Random

from moderation.training.phrasebook import page

_VOWELS, _CONSONANTS = "aeiouy", "bcdfghjklmnpqrstvwxz"
# Vowels and consonants of alphabets, the Latin ones with the accents of many languages.
_ALPHABETS = {
    "latin": (_VOWELS, _CONSONANTS),
    "accents": ("aeiouyáéíóúäöüàèêâôåøæıœãõęą", "bcdfghjklmnpqrstvwxzçñšžčćłßğşřñ"),
    "cyrillic": ("аеёиоуыэюяіє", "бвгджзйклмнпрстфхцчшщь"),
    "greek": ("αεηιουωάέήίόύώ", "βγδζθκλμνξπρστφχψ"),
    "arabic": ("اويىآ", "بتثجحخدذرزسشصضطظعغفقكلمنهةپچگ"),
    "hebrew": ("אוי", "בגדהזחטכלמנסעפצקרשתםןץ"),
    "devanagari": ("ािीुूेैोौ", "कखगघचछजटठडतथदधनपफबभमयरलवशसह"),
}
# First character and how many, letters that each stand for, and what parts words.
_SYLLABLES = {"hangul": (0xAC00, 2400, 2, " "), "chinese": (0x4E00, 1500, 3, ""), "kana": (0x3042, 80, 2, "")}
_KNOWN_SYLLABLES = 120  # of one text
_WRITINGS: tuple[str, ...] = (
    *("latin",) * 3, *("accents",) * 4, *("cyrillic",) * 3, "greek", "arabic", "hebrew", "devanagari", *_SYLLABLES,
)  # fmt: skip
# As Chinese and Japanese texts write them.
_STOPS = {",": "，", ".": "。", "!": "！", "?": "？"}
_NAME = "abcdefghijklmnopqrstuvwxyz_"


def foreign(text: str, random: Random) -> str:
    """Returns a text of the same build in a language that does not exist; links are left out."""
    words = [word for word in text.split() if "http" not in word and "www" not in word]
    writing = random.choice(_WRITINGS)
    if writing in _SYLLABLES:
        return _in_syllables(words, writing, random)
    vowels, consonants = _ALPHABETS[writing]
    # Several letters may become one: in no language are letters equally frequent.
    table: dict[str, str] = {letter: random.choice(vowels) for letter in _VOWELS}
    table |= {letter: random.choice(consonants) for letter in _CONSONANTS}
    table |= {letter.upper(): other.upper() for letter, other in table.items() if len(other.upper()) == 1}
    return " ".join(words).translate({ord(letter): other for letter, other in table.items()})


def _in_syllables(words: list[str], writing: str, random: Random) -> str:
    begin, count, letters, between = _SYLLABLES[writing]
    known = random.sample(range(begin, begin + count), min(count, _KNOWN_SYLLABLES))
    written = []
    for word in words:
        body = "".join(chr(random.choice(known)) for _ in range(max(1, len(word) // letters)))
        written.append(body + (_STOPS.get(word[-1], "") if not between else word[-1] if word[-1] in _STOPS else ""))
    return between.join(written)


def addressed(text: str, random: Random, share: float) -> str:
    """Returns a text that, in this share of cases, begins with names it is to, and in half of them has hashtags."""
    if random.random() < share:
        name = "".join(random.choices(_NAME, k=random.randint(4, 10)))
        text = f"@{name} {text}"
        while random.random() < 0.3:
            text = f"@{name[::-1]} {text}"
    if random.random() < share / 2:
        words = text.split() or [text]
        for place in random.choices(range(len(words)), k=random.randint(1, 3)):
            words[place] = f"#{words[place]}" if words[place].isalpha() else words[place]
        text = " ".join(words)
    return text


def citing(text: str, random: Random) -> str:
    """Returns a text, or its beginning, with the address of a page. Never the address alone: who says nothing and links
    to a page that nobody knows is rarely a reader."""
    link, words = page(text, random), text.split()
    form = random.random()
    if form < 0.25:
        return f"{link}\n{text}"
    if form < 0.5:
        text = " ".join(words[: random.randint(2, 12)])
    return f"{text} {link}" if random.random() < 0.5 else f"{text}\n\n{link}"
