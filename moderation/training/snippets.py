"""What passages look like: runs of genuine words, spam with genuine words around it, names and links of authors.

Passages are judged on their own (`scoring.passages`), so the classifier must have met some. Spam of blogs is made from
the lists, because there is none that may be passed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from moderation.training.lists import spam_lists
from moderation.training.names import FAMILY_NAMES, GIVEN_NAMES, HOMES, NICKNAMES
from moderation.training.phrasebook import offers, selling_link

# Words of a run that is learned from; more than one that is judged has, so that the weights fit both.
RUN_WORDS = 12


def run_of(text: str, random: Random) -> str | None:
    """Returns some neighbouring words of a text; None when it has not more than a run."""
    words = text.split()
    if len(words) <= RUN_WORDS:
        return None
    begin = random.randrange(len(words) - RUN_WORDS + 1)
    return " ".join(words[begin : begin + RUN_WORDS])


def surrounded(spam: str, ham: str, random: Random) -> str | None:
    """Returns a short spam, filled up to a run with words of a genuine text; None when it is too long or too short."""
    inside, around = spam.split(), ham.split()
    missing = RUN_WORDS - len(inside)
    if not 0 < missing <= RUN_WORDS // 2 or len(around) < RUN_WORDS:
        return None
    before = random.choice((0, missing, random.randint(0, missing)))
    return " ".join([*around[len(around) - before :], *inside, *around[: missing - before]])


def listed_spam(ham: Sequence[str], count: int, random: Random) -> Iterator[str]:
    """Yields as many texts: some words of a genuine one with two to four entries of the lists in between."""
    lists = spam_lists()
    for _ in range(count):
        words = random.choice(ham).split()
        begin = random.randrange(len(words))
        words = words[begin : begin + random.randint(4, 25)]
        for _ in range(random.randint(2, 4)):
            entries = random.choice((lists.phrases, lists.phrases, lists.keywords))
            words.insert(random.randrange(len(words) + 1), random.choice(entries))
        if random.random() < 0.25:
            words.append(f"http://{random.choice(lists.domains)}")
        yield " ".join(words)


def honest_authors(count: int, random: Random) -> Iterator[str]:
    """Yields names, one in three with a link to a page of their own, as `scoring.passages.author_text` writes them."""
    for _ in range(count):
        given, family = random.choice(GIVEN_NAMES), random.choice(FAMILY_NAMES)
        name = random.choice((given, f"{given} {family}", f"{given} {family[0]}.", random.choice(NICKNAMES)))
        page = random.choice(HOMES).format(given=given.lower(), family=family.lower())
        yield f"{name} https://{page}" if random.random() < 1 / 3 else name


def selling_authors(count: int, random: Random) -> Iterator[str]:
    """Yields names and links of spammers: an entry or an offer as the name, or a link that sells, or both."""
    lists = spam_lists()
    for offer in offers(count, random):
        entry = random.choice((offer, random.choice((*lists.phrases, *lists.keywords))))
        slug = "-".join(entry.lower().split())
        link = random.choice(
            (
                f"http://{random.choice(lists.domains)}/",
                f"http://{slug}.{random.choice(('com', 'net', 'shop', 'xyz'))}/",
                selling_link(random),
            )
        )
        name = random.choice((entry, entry.title(), random.choice(GIVEN_NAMES)))
        yield f"{name} {link}".strip()
