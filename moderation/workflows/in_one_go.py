"""One transaction in a thread, run again when somebody else was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from moderation.errors import Overloaded, Raced
from moderation.storage.database import AtOnce, OpenWork
from moderation.storage.work import Work

Done = TypeVar("Done")

# Each try loses only when another instance has committed something of ours first.
_TRIES = 8


async def in_one_go(
    do: Callable[[Work, datetime], Awaitable[Done]], *, at_once: AtOnce, now: Callable[[], datetime]
) -> Done:
    """Returns what `do` returns, after the commit. `do` may await nothing but its work, and is called once a try, each
    time with the present moment. Raises Overloaded where every try has lost; then nothing was stored."""

    async def run(open_work: OpenWork) -> Done:
        for _ in range(_TRIES):
            try:
                async with open_work() as work:
                    done = await do(work, now())
                    await work.commit()
                    return done
            except Raced:
                continue
        raise Overloaded("Too many writers want the same at once; nothing was stored.", retry_after=1)

    return await at_once(run)
