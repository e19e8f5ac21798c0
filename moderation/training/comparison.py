"""What a trial found, put so that a newsroom understands it. Imports nothing heavy: pages and commands show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PER = 1_000  # comments, in a table for people


def comparison(report: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Returns what would become of a thousand good comments and of a thousand spam: with the present model, and with
    the candidate. Empty where too little was judged."""
    shares = report["shares"]
    if not shares["champion"] or not shares["candidate"]:
        return []
    return [(name, PER * shares["champion"][name], PER * shares["candidate"][name]) for name in shares["champion"]]
