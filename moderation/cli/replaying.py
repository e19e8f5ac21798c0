"""Real comments from a file, through the same workflow as those of a site."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice

from moderation.cli import one_line
from moderation.domain import SitePolicy, Status, Submission
from moderation.errors import ModerationError, NotFound
from moderation.intake.fields import parse_submission
from moderation.intake.strict_json import loads
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.judging import Accepted, Outcome
from moderation.workflows.submit import Arrival

_CHUNK = 512  # lines that are under way at once: two full batches


@dataclass
class Tally:
    """What became of the lines: `approved`, `pending`, `rejected`, `known` (stored before), and refusals by code."""

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(Status, 0)))

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
    complain: Callable[[int, str], None],
) -> Tally:
    """Submits each line and counts what became of it. `progress` is told bytes, `complain` the number of a bad line.

    Raises NotFound without the site.
    """
    known = await service.directory.find(slug)
    if known is None:
        raise NotFound("There is no such site; see: moderation site list")
    known = replace(known, site=replace(known.site, policy=_without_flood(known.site.policy)))
    tally = Tally()
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    at_once = min(_CHUNK, service.house.settings.max_waiting)  # more would be refused for waiting
    while chunk := list(islice(numbered, at_once)):
        outcomes = await asyncio.gather(*(_submit(line, number, name, known, service) for number, line in chunk))
        for (number, line), outcome in zip(chunk, outcomes, strict=True):
            tally.counts[_outcome_name(outcome)] += 1
            if isinstance(outcome, ModerationError):
                complain(number, one_line(outcome))
            progress(len(line))
    return tally


def _without_flood(policy: SitePolicy) -> SitePolicy:
    return replace(policy, flood_count=0)


async def _submit(line: bytes, number: int, name: str, known: KnownSite, service: Service) -> Outcome:
    try:
        submission = read_line(line, number=number, name=name, now=service.now())
        return await service.submissions.put((known, Arrival(submission)))
    except ModerationError as error:
        return error


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
    return outcome.code
