"""Bytes become a JSON value, or `Malformed`. Stricter than `json.loads`, which takes what no other parser would.

Two parsers that read one document differently are a hole: the site's proxy sees one `status`, we see another. So
everything on which parsers differ is refused: duplicate keys, NaN, numbers beyond a double, other encodings than UTF-8.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

from moderation.errors import Malformed

# A submission needs 3 levels. Far below Python's own recursion limit, so that what reads the value later is safe too.
MAX_DEPTH = 32
# The largest number that anyone sends has 11 digits; `int()` takes quadratic time for long ones.
MAX_DIGITS = 40

_WHITE_SPACE = " \t\n\r"


def loads(body: bytes) -> object:
    """Returns the value of a JSON document (RFC 8259) in UTF-8 without a byte order mark.

    Strings may still hold NUL and lone surrogates, which JSON allows as escapes: the fields refuse them.
    Raises Malformed, with a sentence that repeats nothing of the body.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("The body is not valid UTF-8.") from None
    if text.startswith("\ufeff"):
        raise Malformed("The body starts with a byte order mark; send UTF-8 without one.")
    document = text.strip(_WHITE_SPACE)
    try:
        value, end = _DECODER.raw_decode(document)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise _no_json() from None
    if end != len(document):
        raise _no_json()
    # An ordinary comment has 3 opening brackets in all, so only a document with many of them is walked through.
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _refuse_depth(value)
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("An object in the body has the same key twice.")
    return members


def _integer(literal: str) -> int:
    _refuse_length(literal)
    return int(literal)


def _float(literal: str) -> float:
    _refuse_length(literal)
    number = float(literal)
    if math.isinf(number):
        raise Malformed("A number in the body is too large.")
    return number


def _refuse_length(literal: str) -> None:
    if len(literal) > MAX_DIGITS and sum(map(str.isdigit, literal)) > MAX_DIGITS:
        raise Malformed(f"A number in the body has more than {MAX_DIGITS} digits.")


def _constant(_name: str) -> NoReturn:
    raise Malformed("NaN and Infinity are not JSON.")


def _refuse_depth(value: object) -> None:
    # Level by level rather than by recursion: the check for depth must not be what overflows.
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    if any(isinstance(value, dict | list) for value in level):
        raise _too_deep()


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _no_json() -> Malformed:
    return Malformed("The body is not valid JSON.")


def _too_deep() -> Malformed:
    return Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")


# Built once: `json.loads` with hooks would build a decoder for each body. Control characters in strings are refused.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant, strict=True
)
