"""The kinds of values that a site setting has: each reads the command line's text and JSON, and writes JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from moderation.errors import FieldError
from moderation.policy.origins import is_bare, origin_of
from moderation.policy.statements import MAX_TEMPLATE, is_template
from moderation.policy.words import is_entry

# More would not be found faster by a reader of the list; the time to look for them does not depend on their number.
MAX_WORDS = 10_000
MAX_WORD_LENGTH = 100
MAX_ORIGINS = 100
MAX_ORIGIN_LENGTH = 300
MAX_ADDRESS_LENGTH = 2000
# A list that is wrong throughout is wrong for one reason, and 10 000 sentences would not tell more.
_MAX_ERRORS = 100

_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)


class Wrong(Exception):  # never leaves this room
    """A value that cannot be taken, with all that is wrong about it; the fields are relative to the setting."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


class Kind(Protocol):
    """Reads and writes one setting. Both readers raise `Wrong`."""

    @property
    def limits(self) -> str:
        """Says which values are taken, to stand behind "must be"."""

    def from_text(self, text: str) -> object: ...

    def from_json(self, value: object) -> object: ...

    def to_json(self, value: object) -> object: ...

    def json_schema(self) -> Mapping[str, object]: ...


def _wrong(code: str, message: str) -> Wrong:
    return Wrong(FieldError("", code, message))


@dataclass(frozen=True)
class Choice:
    """One of the words of an enum."""

    options: type[StrEnum]

    @property
    def limits(self) -> str:
        return " or ".join(self.options)

    def from_text(self, text: str) -> object:
        return self.from_json(text.strip().lower())

    def from_json(self, value: object) -> object:
        if not isinstance(value, str) or value not in set(self.options):
            raise _wrong("invalid", f"Must be {self.limits}.")
        return self.options(value)

    def to_json(self, value: object) -> object:
        return str(value)

    def json_schema(self) -> Mapping[str, object]:
        return {"type": "string", "enum": list(map(str, self.options))}


@dataclass(frozen=True)
class Fraction:
    """A share or a probability."""

    limits = "a number from 0 to 1"

    def from_text(self, text: str) -> object:
        try:
            return self.from_json(float(text))
        except ValueError:
            raise _wrong("invalid", f"Must be {self.limits}.") from None

    def from_json(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # NaN
            raise _wrong("invalid", f"Must be {self.limits}.")
        if not 0 <= value <= 1:
            raise _wrong("out_of_range", f"Must be {self.limits}.")
        return float(value)

    def to_json(self, value: object) -> object:
        return value

    def json_schema(self) -> Mapping[str, object]:
        return {"type": "number", "minimum": 0, "maximum": 1}


@dataclass(frozen=True)
class Whole:
    """A count or a duration."""

    least: int
    most: int

    @property
    def limits(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    def from_text(self, text: str) -> object:
        digits = text.strip()
        # Python refuses numbers of thousands of digits, and reads 1_000; neither is meant by anybody.
        if not _NUMBER.fullmatch(digits) or len(digits) > 20:
            raise _wrong("invalid", f"Must be {self.limits}.")
        return self.from_json(int(digits))

    def from_json(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong("invalid", f"Must be {self.limits}.")
        if not self.least <= value <= self.most:
            raise _wrong("out_of_range", f"Must be {self.limits}.")
        return value

    def to_json(self, value: object) -> object:
        return value

    def json_schema(self) -> Mapping[str, object]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Words:
    """A list of words and phrases, as `words.py` reads them; in text, parted by commas or line ends."""

    limits = f"at most {MAX_WORDS} words or phrases of at most {MAX_WORD_LENGTH} characters"

    def from_text(self, text: str) -> object:
        return self.from_json([word for word in re.split(r"[,\r\n]", text) if word.strip()])

    def from_json(self, value: object) -> object:
        if not isinstance(value, list | tuple):
            raise _wrong("invalid", "Must be a list of words.")
        if len(value) > MAX_WORDS:
            raise _wrong("too_many", f"Must be {self.limits}.")
        if errors := tuple(_errors_of_words(value))[:_MAX_ERRORS]:
            raise Wrong(*errors)
        # The first of equal ones stays: the order is the moderators'.
        return tuple(dict.fromkeys(word.strip() for word in value))

    def to_json(self, value: object) -> object:
        return list(value) if isinstance(value, tuple) else value

    def json_schema(self) -> Mapping[str, object]:
        items = {"type": "string", "minLength": 1, "maxLength": MAX_WORD_LENGTH}
        return {"type": "array", "maxItems": MAX_WORDS, "items": items}


def _errors_of_words(words: list[object] | tuple[object, ...]) -> Iterator[FieldError]:
    for index, word in enumerate(words):
        place = f".{index}"
        if not isinstance(word, str):
            yield FieldError(place, "invalid", "Must be a word or a phrase.")
        elif len(word.strip()) > MAX_WORD_LENGTH:
            yield FieldError(place, "too_long", f"Must have at most {MAX_WORD_LENGTH} characters.")
        elif not _is_text(word):
            yield FieldError(place, "invalid", "Must be text, without NUL and half pairs.")
        elif not is_entry(word):
            yield FieldError(place, "invalid", "Must hold something else than * and blanks.")


@dataclass(frozen=True)
class Origins:
    """Origins of pages such as https://www.planet.example.com; in text, parted by commas or blanks."""

    limits = f"at most {MAX_ORIGINS} origins such as https://www.planet.example.com, without a path"

    def from_text(self, text: str) -> object:
        return self.from_json([part for part in re.split(r"[,\s]+", text) if part])

    def from_json(self, value: object) -> object:
        if not isinstance(value, list | tuple) or len(value) > MAX_ORIGINS:
            raise _wrong("invalid", f"Must be {self.limits}.")
        origins = [_origin(each) for each in value]
        wrong = [
            FieldError(f".{index}", "invalid", "Must be an origin.") for index, each in enumerate(origins) if not each
        ]
        if wrong:
            raise Wrong(*wrong)
        return tuple(dict.fromkeys(filter(None, origins)))

    def to_json(self, value: object) -> object:
        return list(value) if isinstance(value, tuple) else value

    def json_schema(self) -> Mapping[str, object]:
        items = {"type": "string", "minLength": 1, "maxLength": MAX_ORIGIN_LENGTH}
        return {"type": "array", "maxItems": MAX_ORIGINS, "items": items}


@dataclass(frozen=True)
class Template:
    """A text of the site's own, with gaps that are filled in; empty: ours."""

    limits = (
        f"a text of at most {MAX_TEMPLATE} characters with no other gaps than "
        "{article}, {reason}, {rule}, {how}, {appeal}"
    )

    def from_text(self, text: str) -> object:
        return self.from_json(text)

    def from_json(self, value: object) -> object:
        if not isinstance(value, str) or len(value) > MAX_TEMPLATE or not _is_text(value) or not is_template(value):
            raise _wrong("invalid", f"Must be {self.limits}.")
        return value.replace("\r\n", "\n").strip()  # forms end lines as the telegraph did

    def to_json(self, value: object) -> object:
        return value

    def json_schema(self) -> Mapping[str, object]:
        return {"type": "string", "maxLength": MAX_TEMPLATE}


@dataclass(frozen=True)
class WebAddress:
    """The address of a page, or nothing."""

    limits = "an address such as https://planet.example.com/rules, or empty"

    def from_text(self, text: str) -> object:
        return self.from_json(text.strip())

    def from_json(self, value: object) -> object:
        if not isinstance(value, str) or len(value) > MAX_ADDRESS_LENGTH or not _is_text(value):
            raise _wrong("invalid", f"Must be {self.limits}.")
        if value and not re.fullmatch(r"https?://[^\s\x00-\x20<>\"]+", value):
            raise _wrong("invalid", f"Must be {self.limits}.")
        return value

    def to_json(self, value: object) -> object:
        return value

    def json_schema(self) -> Mapping[str, object]:
        return {"type": "string", "maxLength": MAX_ADDRESS_LENGTH}


def _is_text(value: str) -> bool:
    """Tells whether both databases can keep it: no NUL, and no half of a pair."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


def _origin(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > MAX_ORIGIN_LENGTH or not is_bare(value):
        return None
    return origin_of(value)
