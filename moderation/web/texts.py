"""How a string of a request becomes a name, an id or a text. Each function is a pydantic validator of one kind.

They refuse by `wrong(code, sentence)`; the sentence never repeats the input.
"""

from __future__ import annotations

import re
from typing import TypeGuard

from pydantic_core import PydanticCustomError

from moderation.invisible import shows_something, trimmed

MAX_USER_AGENT = 300

# Cc, the two separators that are line breaks too, and lone surrogates, which no encoder takes.
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def wrong(code: str, sentence: str) -> PydanticCustomError:
    """Returns the error of one field: a code of the contract, and a sentence for the person who sent it."""
    return PydanticCustomError(code, sentence)


def string(value: object) -> str:
    """Takes a string and nothing that looks like one: 5 is not "5"."""
    if isinstance(value, str):
        return value
    raise wrong("invalid", "This must be a string.")


def given(value: object) -> str:
    """Takes a string that is there: null and the empty string are `required`."""
    if value is None or value == "":
        raise wrong("required", "This is required.")
    return string(value)


def identifier(value: object) -> str:
    """Takes an id of the site exactly as it is, because the site will ask for it again in these characters."""
    return value if _is_plain_line(value) else _with_something_to_see(_line(given(value)))


def identifier_or_none(value: object) -> str | None:
    """Takes an id, or null or the empty string for none."""
    return None if value is None or value == "" else identifier(value)


def name(value: object) -> str:
    """Takes a name in one line, without white space and invisible marks around it."""
    line = trimmed(given(value))
    return line if _is_plain_line(line) else _with_something_to_see(_line(line))


def name_or_none(value: object) -> str | None:
    """Takes a name, or null or the empty string for none."""
    return None if value is None or value == "" else name(value)


def title_or_none(value: object) -> str | None:
    """Takes a title in one line; what shows nothing is none."""
    if value is None:
        return None
    line = _line(trimmed(string(value)))
    return line if shows_something(line) else None


def text(value: object) -> str:
    """Takes a text of any number of lines, without white space and invisible marks around it, else as it is."""
    return _with_something_to_see(_storable(trimmed(given(value))))


def text_or_none(value: object) -> str | None:
    """Takes a text, or null or the empty string for none."""
    return None if value is None or value == "" else text(value)


def anything_or_none(value: object) -> str | None:
    """Takes whatever a robot writes, as long as it can be stored."""
    return _storable(string(value)) or None if value is not None else None


def user_agent_or_none(value: object) -> str | None:
    """Takes the first 300 characters without control characters: it is a hint, and never a reason to refuse."""
    if value is None:
        return None
    agent = string(value)
    # Cut twice: a megabyte is not searched, and yet 300 characters are left when a few are dropped.
    return _NOT_IN_A_LINE.sub("", agent[: 4 * MAX_USER_AGENT])[:MAX_USER_AGENT] or None


def storable(value: str) -> bool:
    """Tells whether both databases take it: PostgreSQL refuses NUL, and no UTF-8 encoder takes a lone surrogate."""
    if "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_plain_line(value: object) -> TypeGuard[str]:
    """Tells whether it is printable ASCII and more than blanks: what nearly every id and name is, and never wrong."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and not value.isspace() and value != ""


def _storable(value: str) -> str:
    if storable(value):
        return value
    raise wrong("invalid", "This holds characters that are not text (NUL or half of a surrogate pair).")


def _line(value: str) -> str:
    # `isprintable` is twenty times faster than the search and says no to a few characters that are allowed.
    if value.isprintable() or not _NOT_IN_A_LINE.search(value):
        return value
    raise wrong("invalid", "This must be one line without control characters.")


def _with_something_to_see(value: str) -> str:
    if shows_something(value):
        return value
    raise wrong("required", "This is required; it holds nothing that can be seen.")
