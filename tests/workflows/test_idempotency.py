"""However submissions are repeated, shuffled, cut into lists and sent at once: one comment for each id, one receipt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.domain import Receipt
from moderation.errors import DuplicateComment, IdReused
from moderation.storage.tables import decisions, outbox
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted, Outcome
from moderation.workflows.submit import Arrival
from tests.fakes import FakeClock
from tests.makers import an_arrival
from tests.workflows.steps import a_delivery, column, count_of, with_policy

_rounds = count(1)

# Which comment (0 to 3), with which of two texts, and at which of two instances.
Sending = tuple[int, int, int]
sendings = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=6)
# Lists are sent one after the other, what is in one list at once.
plans = st.lists(sendings, min_size=1, max_size=5)


def an_arrival_of(round_: int, comment: int, text: int) -> Arrival:
    """Returns the same submission for the same numbers."""
    name = f"r{round_:04}-c{comment}"
    return an_arrival(
        external_id=name,
        email=f"{name}@example.org",
        text=f"Text {text} of {name}.",
        delivery=a_delivery(f"{name}-{text}"),
    )


async def play(services: Sequence[Service], known: KnownSite, plan: list[list[Sending]]) -> None:
    """Sends everything as planned, and checks what was answered against what is stored."""
    round_ = next(_rounds)
    generous = with_policy(known, flood_count=0)
    first: dict[str, tuple[int, Receipt]] = {}
    for part in plan:
        outcomes = await asyncio.gather(
            *(
                services[where].submissions.put((generous, an_arrival_of(round_, comment, text)))
                for comment, text, where in part
            )
        )
        for (comment, text, _), outcome in zip(part, outcomes, strict=True):
            check(first, f"r{round_:04}-c{comment}", text, outcome)
    stored = dict(
        zip(
            await column(services[0].house.database, "external_id"),
            await column(services[0].house.database, "text"),
            strict=True,
        )
    )
    mine = {name: text for name, text in stored.items() if name.startswith(f"r{round_:04}-")}
    assert mine == {name: f"Text {text} of {name}." for name, (text, _) in first.items()}


def check(first: dict[str, tuple[int, Receipt]], name: str, text: int, outcome: Outcome) -> None:
    """An id belongs to the text that was taken first, and always gets that receipt."""
    assert not isinstance(outcome, DuplicateComment), name
    if isinstance(outcome, Accepted):
        kept = first.setdefault(name, (text, outcome.receipt))
        assert kept == (text, outcome.receipt)
    else:
        assert isinstance(outcome, IdReused)
        # Within one part the outcomes are told in no particular order.
        assert name not in first or first[name][0] != text


async def test_any_order_and_repetition_gives_one_comment_for_each_id_and_the_first_receipt(
    service: Service, other: Service, known: KnownSite, clock: FakeClock
) -> None:
    services, loop = (service, other), asyncio.get_running_loop()

    @given(plan=plans)
    @settings(max_examples=40, database=None)
    def holds(plan: list[list[Sending]]) -> None:
        clock.advance(seconds=1)
        asyncio.run_coroutine_threadsafe(play(services, known, plan), loop).result(60)

    # Hypothesis calls plain functions: it runs in a thread, and what it tries in the loop of the services.
    await asyncio.to_thread(holds)

    comments = len(await column(service.house.database, "id"))
    assert comments > 20
    assert await count_of(service.house.database, decisions) == comments
    assert await count_of(service.house.database, outbox) == comments
