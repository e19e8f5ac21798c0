"""Passwords take the same time whether there is an account or not, few at a time, and are hashed anew when we learn."""

from __future__ import annotations

import asyncio
import threading

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from moderation.errors import Invalid, Overloaded
from moderation.workflows.passwords import Passwords, check_password

CHEAP = PasswordHasher.from_parameters(CHEAPEST)
SLOWER = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)


class CountingHasher(PasswordHasher):
    """Counts what it is asked, and how many ask at the same time."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []
        self.busy = 0
        self.most_busy = 0
        self.gate = threading.Event()
        self.gate.set()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.verified.append(str(hash))
        self.gate.wait(10)
        try:
            return super().verify(hash, password)
        finally:
            self.busy -= 1


async def test_only_the_password_fits_and_signs_from_any_keyboard_are_the_same() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("Straße im Café")

    assert await passwords.fits("Straße im Cafe\u0301", stored)
    assert not await passwords.fits("Strasse im Café", stored)
    assert not await passwords.fits("nobody's", None)
    assert not await passwords.fits("anything", "no hash at all")


@pytest.mark.parametrize("stored", [None, "of an account"])
async def test_an_account_that_is_not_there_costs_one_check_like_any_other(stored: str | None) -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)

    await passwords.fits("guess", await passwords.hash(stored) if stored else None)

    assert len(hasher.verified) == 1


async def test_few_are_checked_at_a_time_and_of_many_the_last_are_sent_away() -> None:
    hasher = CountingHasher()
    passwords = Passwords(hasher)
    stored = await passwords.hash("right")
    await passwords.fits("warm", stored)
    hasher.gate.clear()

    waiting = [asyncio.create_task(passwords.fits("right", stored)) for _ in range(30)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    hasher.gate.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert done
    assert [type(answer) for answer in answers].count(Overloaded) == 14
    assert answers.count(True) == 16
    assert hasher.most_busy <= 2


async def test_a_hash_of_older_parameters_is_noticed() -> None:
    stored = await Passwords(CHEAP).hash("right")

    assert not Passwords(CHEAP).is_outdated(stored)
    assert Passwords(SLOWER).is_outdated(stored)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        *(("1234567", "too_short"), ("x" * 1001, "too_long"), ("aaaaaaaa", "guessable")),
        *((password, "guessable") for password in ("Kim-Kim-Kim", "kim-kim-kim2026!")),
        *((password, "guessable") for password in ("PASSWORD", "P@ssw0rd", "Passwort1!", "Dragon2026", "qwertz123")),
        *((password, "guessable") for password in ("12345678", "1q2w3e4r", "1234567890!", "iloveyou")),
    ],
)
def test_a_password_that_is_no_good_is_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_password(password, name="kim-kim-kim")

    assert [wrong.code for wrong in caught.value.errors] == [code]
    assert password not in str(caught.value.errors)


@pytest.mark.parametrize(
    "password", ["a long enough password", "passwords are many", "83920174", "dragonflies", "кошка123"]
)
def test_a_password_that_only_holds_a_common_one_is_taken(password: str) -> None:
    check_password(password, name="2026")
