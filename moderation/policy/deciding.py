"""A case becomes a decision: the first rule that has an answer gives it. The list is the policy."""

from __future__ import annotations

from collections.abc import Callable

from moderation.domain import Case, Decision, SitePolicy
from moderation.policy import rules
from moderation.policy.rules import Hearing, Rule, RuleBook
from moderation.policy.words import WordList

# First what people have settled: traps and what the site has forbidden are rejected without another look; where a
# person has ruled on the comment, or wants to see every one, or readers want one to look, the machine neither publishes
# nor buries it, so these three holds go before the score. Then obvious spam, before all other holds: else spam with a
# link or by a new author, which is nearly all of it, would fill the queue. Then the holds, from the one that tells a
# moderator most to the one that tells least. `not_scored` is the last that needs no score, so that scoring such a
# comment later can settle it. `clean` ends the list and is the only rule that publishes.
RULES: tuple[Rule, ...] = (
    rules.honeypot,
    rules.banned_author,
    rules.blocked_word,
    rules.edited_after_rejection,
    rules.premoderated,
    rules.reported,
    rules.sampled_spam,
    rules.spam,
    rules.held_author,
    rules.suspect_word,
    rules.repeated,
    rules.too_many_links,
    rules.too_fast,
    rules.new_author,
    rules.not_scored,
    rules.doubtful,
    rules.sampled_clean,
    rules.clean,
)


def rule_book(policy: SitePolicy) -> RuleBook:
    """Compiles a site's policy; about 0.1 s for 10 000 words, so keep the book until the site's revision changes."""
    return RuleBook(policy, WordList(policy.blocked_words), WordList(policy.suspect_words))


def decide(case: Case, book: RuleBook, *, random: Callable[[], float]) -> Decision:
    """Returns the decision of the first rule that answers. `random` gives numbers in [0, 1) for the audit sample and is
    called at most once. A trusted author passes suspect words, repetitions, links, speed, the rule for new authors and
    doubt, but not blocked words, obvious spam, pre-moderation or a missing score."""
    hearing = Hearing(case, book, random)
    for rule in RULES:
        if decision := rule(hearing):
            return decision
    raise AssertionError("The last rule always answers.")
