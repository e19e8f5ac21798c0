"""Bars as SVG, without a library: readable in a browser, beside Markdown, and by those who hear it read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH = 760
_LABELS = 130  # pixels left of the bars
_VALUES = 70  # and right of them
_ROW = 24
_BAR = 16
_COLOURS = ("#2b6cb0", "#dd6b20")  # also told apart when printed in grey
_MARGIN = 16


def bars(title: str, groups: Mapping[str, Sequence[tuple[str, Sequence[float]]]], kinds: Sequence[str]) -> str:
    """Returns a picture: for each group one bar a row, made of one part for each of `kinds`, and its sum beside it."""
    longest = max(sum(parts) for rows in groups.values() for _, parts in rows) or 1.0
    scale = (_WIDTH - _LABELS - _VALUES - 2 * _MARGIN) / longest
    y, shapes = _MARGIN + 8, [_text(_MARGIN, _MARGIN + 8, title, bold=True)]
    y += _ROW
    x = float(_MARGIN)
    for kind, colour in zip(kinds, _COLOURS, strict=False):
        shapes += [_rectangle(x, y - 11, 12, 12, colour), _text(x + 18, y, kind)]
        x += 34 + 7.5 * len(kind)
    for group, rows in groups.items():
        y += _ROW + 10
        shapes.append(_text(_MARGIN, y, group, bold=True))
        for label, parts in rows:
            y += _ROW
            shapes += _row(y, label, parts, scale)
    height = y + _MARGIN
    described = f"{title}. " + " ".join(_described(group, rows) for group, rows in groups.items())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
            f'height="{height}" role="img" font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{escape(described)}</title>",
            _rectangle(0, 0, _WIDTH, height, "#ffffff"),
            *shapes,
            "</svg>\n",
        ]
    )


def _row(y: float, label: str, parts: Sequence[float], scale: float) -> list[str]:
    left = float(_MARGIN + _LABELS)
    shapes = [_text(left - 8, y, label, anchor="end")]
    for part, colour in zip(parts, _COLOURS, strict=False):
        shapes.append(_rectangle(left, y - 12, part * scale, _BAR, colour))
        left += part * scale
    return [*shapes, _text(left + 6, y, f"{sum(parts):,.0f}")]


def _described(group: str, rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    return f"{group}: " + ", ".join(f"{label} {sum(parts):,.0f}" for label, parts in rows) + "."


def _text(x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#1a202c" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def _rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
