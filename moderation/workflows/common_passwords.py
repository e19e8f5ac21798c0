"""The passwords that are guessed first: well-known ones in English and German, rows of keys and of digits.

Short words are among them: "dragon" is too short by itself, but "dragon2026!" is not.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_WORDS = frozenset(
    """
    password passwort passwd passphrase letmein welcome willkommen changeme geheim geheimnis secret topsecret default
    admin administrator moderator moderation editor redaktion newsroom superuser login guest master hello hallo test
    testing computer internet google facebook whatever trustno access start startup temp temporary
    qwerty qwertz qwertyuiop qwertzuiop asdfghjkl asdfasdf asdfgh asdf zxcvbnm zxcvbn yxcvbnm qazwsx qazwsxedc
    qwer qwerasdf abcdefgh abcdefg abcdef abcd abc
    iloveyou ichliebedich lovely princess prinzessin sunshine sonnenschein schatz schatzi liebling honey angel
    football fussball baseball basketball hockey soccer superman batman spiderman starwars pokemon minecraft
    dragon monkey tiger killer shadow ninja mustang ferrari mercedes porsche harley corvette yankees
    summer sommer winter spring autumn herbst monday montag sunday sonntag january januar december dezember
    michael michelle jennifer jessica charlie jordan daniel thomas robert andrew joshua ashley matthew nicole
    anthony alexander stefan andreas matthias christian samantha victoria elizabeth benjamin
    freedom freiheit liverpool chelsea arsenal barcelona deutschland germany berlin hamburg london
    chocolate cookie butterfly flower blumen computer maverick midnight jasmine diamond blessed jesus
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is no list that somebody reads
)

_ROWS = frozenset(
    """
    12345678 123456789 1234567890 0123456789 87654321 987654321 9876543210 12341234 123123123 123321123 12344321
    11223344 1122334455 112233445566 12121212 10101010 11112222 88888888 147258369 789456123 159753456 123654789
    1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx 1qaz2wsx3edc zaq12wsx a1b2c3d4 1a2b3c4d 1234qwer 123qweasd 123456qwerty
    abc123abc 1234abcd 12345qwert 123abc123
    """.split()  # noqa: SIM905
)

_BEHIND = re.compile(r"[\d\W_]+$")
_SIGNS = re.compile(r"[\W_]+$")
_DISGUISES = str.maketrans("@4031$5", "aaoeiss")


def is_common(password: str) -> bool:
    """Tells whether a password is one of these, also with other capitals, signs for letters, or digits behind it."""
    spelt = normalize("NFKC", password).casefold()
    return stem_of(password).translate(_DISGUISES) in _WORDS or _SIGNS.sub("", spelt) in _ROWS


def stem_of(password: str) -> str:
    """Returns a password in small letters, without the digits and signs at its end."""
    return _BEHIND.sub("", normalize("NFKC", password).casefold())
