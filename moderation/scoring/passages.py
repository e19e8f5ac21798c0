"""What of a writing is judged: the whole text, each run of a few words, and the author's name and link.

The passage that looks most like spam decides. So an advertisement is found within a genuine text that it is hidden in,
and a name that sells something beside a text that only praises. A passage alone must be more certain than a whole text,
and the more of them a text has the more certain: who asks m times is m times as likely to hear a false alarm.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import NamedTuple

from moderation.domain import Writing

RUN_WORDS = 8
RUN_STEP = 2
# Subtracted from the logit of the only run of a text, and from that of name and link.
ONE_RUN_PENALTY = 1.5
AUTHOR_PENALTY = 2.0


class Run(NamedTuple):
    """The words `begin` to `end`, half open, of a text."""

    begin: int
    end: int


def runs(words: int) -> Iterator[Run]:
    """Yields the runs of a text of so many words, each `RUN_WORDS` long; none if the whole is not longer than one."""
    last = words - RUN_WORDS
    if last > 0:
        for begin in range(0, last, RUN_STEP):
            yield Run(begin, begin + RUN_WORDS)
        yield Run(last, words)


def run_penalty(words: int) -> float:
    """Returns what is subtracted from the logit of a run of a text of so many words, at least `ONE_RUN_PENALTY`."""
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
