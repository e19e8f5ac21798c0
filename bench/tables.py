"""Markdown tables whose columns stand below each other also where Markdown is not rendered."""

from __future__ import annotations

from collections.abc import Sequence


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """Returns a table; the first `words` columns hold words and are flush left, the others figures."""
    cells = [list(columns), *map(list, rows)]
    widths = [max(3, *(len(row[index]) for row in cells)) for index in range(len(columns))]
    rule = ["-" * width if index < words else "-" * (width - 1) + ":" for index, width in enumerate(widths)]
    lines = [[_aligned(cell, widths[i], left=i < words) for i, cell in enumerate(row)] for row in cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def _aligned(cell: str, width: int, *, left: bool) -> str:
    return cell.ljust(width) if left else cell.rjust(width)
