"""What of a writing is judged: the whole text, each run of a few words, what it begins and ends with, and the author's
name and link.

The passage that looks most like spam decides. So an advertisement is found within a genuine text that it is hidden in,
and a name that sells something beside a text that only praises. A passage alone must be more certain than a whole text,
and the more of them a text has the more certain: who asks m times is m times as likely to hear a false alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from moderation.domain import Writing

RUN_WORDS = 8
RUN_STEP = 2
# What stands in front of a genuine text or behind it is hidden there: so many of the first words, and of the last, are
# runs too.
END_WORDS = (8, 12, 24)
# Subtracted from the logit of the only run of a text, from that of what it begins or ends with, and from that of name
# and link.
ONE_RUN_PENALTY = 2.5
END_PENALTY = 3.0
AUTHOR_PENALTY = 2.0


class Run(NamedTuple):
    """The words `begin` to `end`, half open, of a text, and what is subtracted from their logit."""

    begin: int
    end: int
    penalty: float


def runs(words: int) -> Sequence[Run]:
    """Returns the runs of a text of so many words: those of `RUN_WORDS` in order, then what it begins and ends with, by
    `END_WORDS`; none if the whole is not longer than a run."""
    return _known_runs(words) if words <= _MOST_KNOWN else tuple(_runs(words))


# Most texts are short, and what is known of the runs of short ones takes little room.
_MOST_KNOWN = 256


@lru_cache(maxsize=_MOST_KNOWN + 1)
def _known_runs(words: int) -> Sequence[Run]:
    return tuple(_runs(words))


def _runs(words: int) -> Iterator[Run]:
    if words > RUN_WORDS:
        penalty = run_penalty(words)
        for begin in begins_of_runs(words):
            yield Run(begin, begin + RUN_WORDS, penalty)
        for size in ends(words):
            yield Run(0, size, END_PENALTY)
            yield Run(words - size, words, END_PENALTY)


def begins_of_runs(words: int) -> Sequence[int]:
    """Returns where the runs of `RUN_WORDS` begin."""
    last = words - RUN_WORDS
    return [*range(0, last, RUN_STEP), last] if last > 0 else []


def ends(words: int) -> Sequence[int]:
    """Returns how many of the first and the last words of a text are runs, if it is longer than a run."""
    return [size for size in END_WORDS if size < words]


def run_penalty(words: int) -> float:
    """Returns what is subtracted from the logit of a run of `RUN_WORDS` of a text of so many words, at least
    `ONE_RUN_PENALTY`."""
    steps = max(0, -(-(words - RUN_WORDS) // RUN_STEP))
    return ONE_RUN_PENALTY + log(steps + 1)


def author_text(writing: Writing) -> str:
    """Returns name and link as one text; empty when neither is given."""
    url = writing.author_url or ""
    if url and "://" not in url:
        url = f"http://{url}"
    return f"{writing.author_name} {url}".strip()


def own_host(writing: Writing) -> str:
    """Returns the host that counts as the site's own, in lower case and without www."""
    return writing.site_host.lower().removeprefix("www.")
