"""Reads tests/data/bad-inputs: what a service must survive. Its README tells where each line comes from."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

_FOLDER = Path(__file__).parent / "data" / "bad-inputs"


def rows(name: str) -> list[dict[str, str]]:
    """Returns the lines of `name`.jsonl, such as `strings` or `emails`."""
    with (_FOLDER / f"{name}.jsonl").open(encoding="ascii") as lines:
        return [json.loads(line) for line in lines]


def strings() -> list[str]:
    """Returns every hostile string: names, paths, scripts, lone surrogates, NUL, long repetitions."""
    return [row["s"] for name in ("strings", "xss") for row in rows(name)]


def json_bodies() -> list[tuple[str, str, bytes]]:
    """Returns (id, `parse` | `refuse` | `either`, raw body) of each document."""
    return [(row["id"], row["syntax"], _body(row)) for row in rows("json-bodies")]


def _body(row: dict[str, str]) -> bytes:
    if "zb64" in row:
        return zlib.decompress(base64.b64decode(row["zb64"]))
    return base64.b64decode(row["b64"])
