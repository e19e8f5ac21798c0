"""The rules: each looks at one thing and answers with a decision, or with None if it has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from moderation.domain import Case, Decision, Moderation, NewAuthor, Reason, Score, SitePolicy, Standing, Status
from moderation.policy.letters import atoms, folded
from moderation.policy.links import count_links_in, has_at_most
from moderation.policy.sketches import MOST_ALIKE
from moderation.policy.words import WordList


@dataclass(frozen=True)
class RuleBook:
    """A site's policy with its word lists compiled; made once for each revision of the site."""

    policy: SitePolicy
    blocked: WordList = field(repr=False)
    suspect: WordList = field(repr=False)


class Hearing:
    """One case before one book. What is expensive to read is read when the first rule asks, and once.

    `score` is the case's, if it is a probability; a broken one is none, and must never publish.
    """

    def __init__(self, case: Case, book: RuleBook, random: Callable[[], float]) -> None:
        self.case = case
        self.book = book
        self.policy: SitePolicy = book.policy
        self.random = random
        self.trusted = case.history.standing is Standing.TRUSTED
        score = case.score
        self.score: Score | None = score if score is not None and 0 <= score.spam <= 1 else None
        self.is_spam = self.score is not None and self.score.spam >= self.policy.reject_above

    @cached_property
    def folded_text(self) -> str:
        return folded(self.case.text)

    @cached_property
    def readings(self) -> list[tuple[str, Sequence[str]]]:
        """Where words are looked for, each with its atoms."""
        case = self.case
        return [
            ("", atoms(self.folded_text)),
            (" (author.name)", atoms(folded(case.author_name))),
            (" (author.url)", atoms(folded(case.author_url or ""))),
        ]

    def word_of(self, words: WordList) -> str | None:
        """Returns the entry that was found, with its place unless that is the text."""
        if not words:
            return None
        return next(self._found(words), None)

    def _found(self, words: WordList) -> Iterator[str]:
        for place, text_atoms in self.readings:
            if entry := words.first_among(text_atoms):
                yield entry + place

    def sampled(self) -> bool:
        """Draws. Asked at most once a case, and only where the machine would have the last word."""
        return self.random() < self.policy.audit_sample

    def approve(self, reason: Reason) -> Decision:
        return Decision(Status.APPROVED, reason, self.score)

    def hold(self, reason: Reason, detail: str | None = None) -> Decision:
        return Decision(Status.PENDING, reason, self.score, detail)

    def reject(self, reason: Reason, detail: str | None = None) -> Decision:
        return Decision(Status.REJECTED, reason, self.score, detail)


Rule = Callable[[Hearing], Decision | None]


def honeypot(hearing: Hearing) -> Decision | None:
    """A field that people do not see was filled in, now or when the comment first came."""
    sprung = (hearing.case.trap or "").strip() or Reason.HONEYPOT in hearing.case.found_before
    return hearing.reject(Reason.HONEYPOT) if sprung else None


def banned_author(hearing: Hearing) -> Decision | None:
    """A moderator has banned the author."""
    return hearing.reject(Reason.BANNED_AUTHOR) if hearing.case.history.standing is Standing.BANNED else None


def blocked_word(hearing: Hearing) -> Decision | None:
    """The site rejects this word, whoever writes it."""
    word = hearing.word_of(hearing.book.blocked)
    return hearing.reject(Reason.BLOCKED_WORD, word) if word else None


def edited_after_rejection(hearing: Hearing) -> Decision | None:
    """A person has rejected this comment; the machine does not overrule a person."""
    return hearing.hold(Reason.EDITED_AFTER_REJECTION) if hearing.case.rejected_by_moderator else None


def premoderated(hearing: Hearing) -> Decision | None:
    """A person sees every comment here. What is set for the article goes before what is set for the site."""
    moderation = hearing.case.article.moderation or hearing.policy.moderation
    return hearing.hold(Reason.PREMODERATED) if moderation is Moderation.PRE else None


def reported(hearing: Hearing) -> Decision | None:
    """Readers have complained, so many that a person must look first; an edit changes nothing about that."""
    return hearing.hold(Reason.REPORTED) if Reason.REPORTED in hearing.case.found_before else None


def sampled_spam(hearing: Hearing) -> Decision | None:
    """A person looks at some of what would be rejected; `detail` is the reason it would have had."""
    return hearing.hold(Reason.AUDIT_SAMPLE, Reason.SPAM.value) if hearing.is_spam and hearing.sampled() else None


def spam(hearing: Hearing) -> Decision | None:
    """The score reaches `reject_above`, whoever writes: trusted accounts are stolen, too."""
    return hearing.reject(Reason.SPAM) if hearing.is_spam else None


def held_author(hearing: Hearing) -> Decision | None:
    """A moderator wants to see what this author writes."""
    return hearing.hold(Reason.HELD_AUTHOR) if hearing.case.history.standing is Standing.HELD else None


def suspect_word(hearing: Hearing) -> Decision | None:
    """The site wants to see comments with this word."""
    word = None if hearing.trusted else hearing.word_of(hearing.book.suspect)
    return hearing.hold(Reason.SUSPECT_WORD, word) if word else None


def too_many_links(hearing: Hearing) -> Decision | None:
    """More links lead away from the site than `max_links`."""
    text, limit = hearing.case.text, hearing.policy.max_links
    # Nearly every comment ends here.
    if hearing.trusted or has_at_most(limit, text if text.isascii() else hearing.folded_text):
        return None
    links = count_links_in(hearing.folded_text, hearing.case.site_host)
    return hearing.hold(Reason.TOO_MANY_LINKS, f"{links} links, {limit} allowed") if links > limit else None


def repeated(hearing: Hearing) -> Decision | None:
    """Others have said nearly the same `repeat_limit` times within the last weeks, or it was rejected once. Held, not
    rejected: readers copy petitions, too, and a sketch can err."""
    repeats, limit = hearing.case.repeats, hearing.policy.repeat_limit
    if hearing.trusted or limit == 0 or repeats is None or (repeats.count < limit and not repeats.rejected):
        return None
    # More are not remembered, so that a flood of one text stays cheap.
    comments = f"{MOST_ALIKE} or more comments" if repeats.count >= MOST_ALIKE else _counted(repeats.count, "comment")
    rejected = f", {repeats.rejected} rejected" if repeats.rejected else ""
    return hearing.hold(Reason.REPEATED, f"like {comments} by {_counted(repeats.authors, 'author')}{rejected}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def too_fast(hearing: Hearing) -> Decision | None:
    """The form was sent sooner than people write. Held, not rejected: some people paste."""
    taken, least = hearing.case.filled_in_ms, hearing.policy.min_fill_ms
    if hearing.trusted:
        return None
    if Reason.TOO_FAST in hearing.case.found_before:
        return hearing.hold(Reason.TOO_FAST, "when it first came")
    if taken is None or taken >= least:
        return None
    return hearing.hold(Reason.TOO_FAST, f"{taken} ms, at least {least} ms expected")


def new_author(hearing: Hearing) -> Decision | None:
    """The author has no approved comment yet, and the site wants to see the first one."""
    if hearing.trusted or hearing.case.history.has_approved or hearing.policy.new_author is not NewAuthor.HOLD:
        return None
    return hearing.hold(Reason.NEW_AUTHOR)


def not_scored(hearing: Hearing) -> Decision | None:
    """No model could score. A missing model must never publish unseen text, so a person looks at it."""
    return hearing.hold(Reason.NOT_SCORED) if hearing.score is None else None


def doubtful(hearing: Hearing) -> Decision | None:
    """The score does not reach `reject_above` and is not below `approve_below`. Trust settles the doubt."""
    if hearing.trusted or hearing.score is None or hearing.score.spam < hearing.policy.approve_below:
        return None
    return hearing.hold(Reason.DOUBTFUL)


def sampled_clean(hearing: Hearing) -> Decision | None:
    """A person looks at some of what would be published; `detail` is the reason it would have had. What was drawn once
    stays drawn, or else an edit would publish what nobody has seen."""
    drawn = Reason.AUDIT_SAMPLE in hearing.case.found_before or hearing.sampled()
    return hearing.hold(Reason.AUDIT_SAMPLE, Reason.CLEAN.value) if drawn else None


def clean(hearing: Hearing) -> Decision:
    """Nothing speaks against it. Stands last, behind `not_scored` and `doubtful`."""
    return hearing.approve(Reason.CLEAN)
