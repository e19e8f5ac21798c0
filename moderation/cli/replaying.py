"""Real comments from a file, through the same workflow as those of a site."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

from moderation.cli import one_line
from moderation.domain import SitePolicy, Status, Submission
from moderation.errors import Flood, ModerationError, NotFound, TryLater
from moderation.intake.fields import parse_submission
from moderation.web.strict_json import loads
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted, Outcome
from moderation.workflows.submit import Arrival

_CHUNK = 512  # lines that are under way at once: two full batches

# Seconds before each further try: a minute in all, which a database needs to restart or to be replaced by its standby.
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)

NOT_TAKEN = "not_taken"

Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Tally:
    """What became of the lines: `approved`, `pending`, `rejected`, `known` (stored before), refusals by code, and
    `not_taken`, which the store was not there for. `stopped_at` is the first of those, and `reason` why.
    """

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(Status, 0)))
    stopped_at: int | None = None
    reason: str = ""

    @property
    def total(self) -> int:
        """Returns how many lines there were."""
        return sum(self.counts.values())


async def replay_lines(
    lines: Iterable[bytes],
    *,
    slug: str,
    name: str,
    service: Service,
    progress: Callable[[int], None],
    complain: Callable[[str], None],
    sleep: Sleep = asyncio.sleep,
) -> Tally:
    """Submits each line and counts what became of it. `progress` is told bytes, `complain` a sentence about a line.

    Lines that come while the store is away or overloaded are sent again for a minute; after that the replay stops.
    Raises NotFound without the site.
    """
    known = await service.directory.find(slug)
    if known is None:
        raise NotFound("There is no such site; see: moderation site list")
    known = replace(known, site=replace(known.site, policy=_without_flood(known.site.policy)))
    tally = Tally()
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    at_once = lines_at_once(service.house.settings.max_waiting)

    async def submit(number: int, line: bytes) -> Outcome:
        return await _submit(line, number, name, known, service)

    while tally.stopped_at is None and (chunk := list(islice(numbered, at_once))):
        outcomes = await _submit_all(chunk, submit, complain=complain, sleep=sleep)
        for (number, line), outcome in zip(chunk, outcomes, strict=True):
            _count(tally, number, outcome, complain)
            progress(len(line))
    if tally.stopped_at is not None:
        tally.counts[NOT_TAKEN] += sum(1 for _ in numbered)
    return tally


def lines_at_once(max_waiting: int) -> int:
    """Returns how many lines may be under way together: more than may wait would be refused for waiting."""
    return min(_CHUNK, max_waiting)


async def _submit_all(
    chunk: Sequence[tuple[int, bytes]],
    submit: Callable[[int, bytes], Awaitable[Outcome]],
    *,
    complain: Callable[[str], None],
    sleep: Sleep,
) -> list[Outcome]:
    """Returns what became of the lines, in order. As long as some are taken, the others are sent again."""
    outcomes = list(await asyncio.gather(*(submit(*line) for line in chunk)))
    waits = iter(_WAITS)
    told = False
    while late := [index for index, outcome in enumerate(outcomes) if _is_late(outcome)]:
        if (seconds := next(waits, None)) is None:
            break
        if not told:
            complain(f"line {chunk[late[0]][0]}: {_reason(outcomes[late[0]])} Trying again …")
            told = True
        await sleep(seconds)
        again = await asyncio.gather(*(submit(*chunk[index]) for index in late))
        for index, outcome in zip(late, again, strict=True):
            outcomes[index] = outcome
        if not all(map(_is_late, again)):
            waits = iter(_WAITS)
    return outcomes


def _count(tally: Tally, number: int, outcome: Outcome, complain: Callable[[str], None]) -> None:
    tally.counts[_outcome_name(outcome)] += 1
    if not isinstance(outcome, ModerationError):
        return
    if not _is_late(outcome):
        complain(f"line {number}: {_reason(outcome)}")
    elif tally.stopped_at is None:
        tally.stopped_at, tally.reason = number, _reason(outcome)


def _is_late(outcome: Outcome) -> bool:
    """Tells whether the same line may be taken later."""
    return isinstance(outcome, TryLater) and not isinstance(outcome, Flood)


def _reason(outcome: Outcome) -> str:
    return one_line(outcome) if isinstance(outcome, ModerationError) else ""


def _without_flood(policy: SitePolicy) -> SitePolicy:
    return replace(policy, flood_count=0)


async def _submit(line: bytes, number: int, name: str, known: KnownSite, service: Service) -> Outcome:
    try:
        submission = read_line(line, number=number, name=name, now=service.now())
        return await service.submissions.put((known, Arrival(submission)))
    except ModerationError as error:
        return error


def name_of(file: Path) -> str:
    """Returns the name that made-up ids begin with: that of the file, in characters that an id may have."""
    shown = "".join(letter if letter.isprintable() else "-" for letter in file.stem)
    if shown == file.stem:
        return shown
    # Files whose names differ in such characters only are different files.
    return f"{shown}-{sha256(os.fsencode(file.stem)).hexdigest()[:8]}"


def read_line(line: bytes, *, number: int, name: str, now: datetime) -> Submission:
    """Returns the submission in a line; ids, article and author are made up from `name` and `number` if missing.

    A line with an `external_id` is known by it, so that the same line elsewhere in the file is the same comment.
    """
    data = loads(line.strip())
    if isinstance(data, dict):
        own = f"{name}-{number}"
        author = data.get("author")
        data = {"external_id": f"replay-{own}"[-200:], "article": {"id": f"replay-{name}"[:200]}, **_given(data)}
        reader = sha256(str(data["external_id"]).encode("utf-8", "replace")).hexdigest()[:16]
        made_up = {"name": "Reader", "email": f"reader-{reader}@replay.example.org"}
        if author is None or isinstance(author, dict):
            data["author"] = {**made_up, **_given(author or {})}
    return parse_submission(data, now=now)


def _given(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _outcome_name(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return str(outcome.receipt.status) if outcome.new else "known"
    return NOT_TAKEN if _is_late(outcome) else outcome.code
