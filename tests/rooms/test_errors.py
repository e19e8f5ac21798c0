"""The tree of errors is drawn as it grows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moderation import errors

_DRAWN = re.compile(r"^(?P<branch>[│├└─ ]*)(?P<name>[A-Z][A-Za-z]+)(?: +(?P<code>[a-z]+(?:_[a-z]+)*)(?=  |$))?", re.M)
_STEP = len("├── ")
_LINES = list(_DRAWN.finditer((errors.__doc__ or "").split("\n\n")[1]))


def drawn() -> Iterator[tuple[str, str]]:
    """Yields each class of the drawing with the one it hangs below."""
    path: list[str] = []
    for line in _LINES:
        path[len(line["branch"]) // _STEP :] = [line["name"]]
        if len(path) > 1:
            yield path[-1], path[-2]


def grown(root: type[errors.ModerationError]) -> Iterator[tuple[str, str]]:
    """Yields each class below this one with the one it is derived from."""
    for each in root.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each.__name__, root.__name__
            yield from grown(each)


def test_the_drawing_has_every_error_where_it_belongs() -> None:
    assert sorted(drawn()) == sorted(grown(errors.ModerationError))


def test_the_drawing_gives_every_error_its_code() -> None:
    codes = {name: getattr(errors, name).code for name, _ in grown(errors.ModerationError)}
    assert {line["name"]: line["code"] for line in _LINES if line["code"]} == {
        name: code for name, code in codes.items() if code != errors.ModerationError.code
    }
