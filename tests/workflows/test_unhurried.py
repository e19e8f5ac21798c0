"""Long work leaves time to others."""

from __future__ import annotations

import asyncio

import pytest

from moderation.workflows import unhurried as module
from moderation.workflows.unhurried import unhurried


async def test_a_rest_is_as_long_as_the_part_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr(module, "monotonic", iter((5.0, 5.25, 7.0, 7.5)).__next__)
    monkeypatch.setattr(asyncio, "sleep", rest)
    for _ in range(2):
        async with unhurried():
            assert len(rests) < 2

    assert rests == [0.25, 0.5]


async def test_what_fails_ends_without_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rest(_: float) -> None:
        raise AssertionError("nobody rests now")

    monkeypatch.setattr(asyncio, "sleep", rest)
    with pytest.raises(ZeroDivisionError):
        async with unhurried():
            1 / 0  # noqa: B018
