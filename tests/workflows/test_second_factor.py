"""A code is good for its half minute and its neighbours, and for one log-in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from moderation.domain import Role
from moderation.wiring import Service
from moderation.workflows.second_factor import new_secret, step_of, uri_of

NOW = datetime(2026, 11, 23, 10, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("late", "last", "step"),
    [
        (0, None, STEP),
        (-30, None, STEP - 1),
        (30, None, STEP + 1),
        (-60, None, None),
        (60, None, None),
        (0, STEP - 1, STEP),
        (0, STEP, None),
        (-30, STEP, None),
    ],
)
def test_a_code_is_good_near_its_half_minute_and_later_than_the_last_one(
    late: int, last: int | None, step: int | None
) -> None:
    code = pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=late))

    assert step_of(code, SECRET, now=NOW, last=last) == step


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "\ud800", "１２３４５６", "0" * 10_000])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert step_of(code, SECRET, now=NOW, last=None) is None


def test_a_secret_is_new_each_time_and_the_app_is_told_whose_it_is() -> None:
    assert new_secret() != new_secret()
    assert uri_of(SECRET, name="Kim Ö") == (f"otpauth://totp/Moderation:Kim%20%C3%96?secret={SECRET}&issuer=Moderation")


async def test_of_several_who_use_a_code_at_once_one_gets_in(service: Service) -> None:
    async with service.open_work() as work:
        kim = await work.moderators.add("kim", Role.MODERATOR, [], password_hash=None, now=service.now())
        await work.commit()

    async def use() -> bool:
        async with service.open_work() as work:
            fresh = await work.moderators.use_step(kim, STEP)
            await work.commit()
        return fresh

    assert sorted(await asyncio.gather(*(use() for _ in range(4)))) == [False, False, False, True]
