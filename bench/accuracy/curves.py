"""Curves as SVG, without a library: the text of each picture says what it shows, and lines differ without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

Point = tuple[float, float]

_WIDTH, _HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 24, 64, 56
_COLOURS = ("#2b6cb0", "#c05621", "#276749", "#6b46c1", "#9b2c2c", "#4a5568")
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "4 4", "1 4")
_LINE = 18


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where, where it is marked, and whether by powers of ten."""

    title: str
    low: float
    high: float
    marks: Sequence[float]
    powers: bool = False

    def at(self, value: float) -> float:
        """Returns the place of a value on the axis, from 0 to 1."""
        low, high, here = (log10(v) if self.powers else v for v in (self.low, self.high, value))
        return (here - low) / (high - low)


def curves(title: str, lines: Mapping[str, Sequence[Point]], across: Axis, up: Axis, *, diagonal: bool = False) -> str:
    """Returns a picture of some lines, each with its name below the title."""
    shapes = [_text(_LEFT, 24, title, bold=True), *_grid(across, up)]
    if diagonal:
        shapes.append(_path([(across.low, up.low), (across.high, up.high)], across, up, "#a0aec0", "3 5"))
    for index, (name, points) in enumerate(lines.items()):
        colour, dashes = _COLOURS[index % len(_COLOURS)], _DASHES[index % len(_DASHES)]
        shapes.append(_path(points, across, up, colour, dashes))
        y = _HEIGHT - _BOTTOM - 16 - (len(lines) - 1 - index) * _LINE
        shapes.append(_stroke(f"M {_WIDTH - 290} {y - 4} h 40", colour, dashes))
        shapes.append(_text(_WIDTH - 242, y, name))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
            f'height="{_HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{escape(title)}: {escape(', '.join(lines))}</title>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            *shapes,
            "</svg>\n",
        ]
    )


def _grid(across: Axis, up: Axis) -> list[str]:
    shapes = []
    for mark in across.marks:
        x = _x(across.at(mark))
        shapes += [_stroke(f"M {x:.1f} {_TOP} V {_HEIGHT - _BOTTOM}", "#e2e8f0")]
        shapes += [_text(x, _HEIGHT - _BOTTOM + 20, f"{mark:.4g}", anchor="middle")]
    for mark in up.marks:
        y = _y(up.at(mark))
        shapes += [_stroke(f"M {_LEFT} {y:.1f} H {_WIDTH - _RIGHT}", "#e2e8f0")]
        shapes += [_text(_LEFT - 8, y + 4, f"{mark:.4g}", anchor="end")]
    shapes.append(_text((_WIDTH + _LEFT - _RIGHT) / 2, _HEIGHT - 12, across.title, anchor="middle"))
    return [*shapes, _text(_LEFT, _TOP - 14, up.title)]


def _x(place: float) -> float:
    return _LEFT + place * (_WIDTH - _LEFT - _RIGHT)


def _y(place: float) -> float:
    return _HEIGHT - _BOTTOM - place * (_HEIGHT - _TOP - _BOTTOM)


def _path(points: Sequence[Point], across: Axis, up: Axis, colour: str, dashes: str) -> str:
    places = [f"{_x(across.at(x)):.1f} {_y(up.at(y)):.1f}" for x, y in points]
    return _stroke(f"M {' L '.join(places)}", colour, dashes, width=2)


def _stroke(path: str, colour: str, dashes: str = "", *, width: int = 1) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#1a202c" text-anchor="{anchor}"{weight}>{escape(words)}</text>'
