"""A case becomes a decision. Pure functions: no clock, no chance, no memory but what is handed in."""

from moderation.policy.deciding import RULES, decide, rule_book
from moderation.policy.links import count_links
from moderation.policy.origins import origin_of
from moderation.policy.refusals import Arrivals, refusal
from moderation.policy.rules import RuleBook
from moderation.policy.settings import SETTINGS, Setting, parse_setting, policy_from_json, policy_to_json, stored_policy
from moderation.policy.sketches import MOST_ALIKE, alike, sketch_of, sketches_of
from moderation.policy.statements import APPEAL_FOR, LINK_GAP, needs_statement, statement_json, with_link
from moderation.policy.words import WordList, entries_in

__all__ = [
    "APPEAL_FOR",
    "LINK_GAP",
    "MOST_ALIKE",
    "RULES",
    "SETTINGS",
    "Arrivals",
    "RuleBook",
    "Setting",
    "WordList",
    "alike",
    "count_links",
    "decide",
    "entries_in",
    "needs_statement",
    "origin_of",
    "parse_setting",
    "policy_from_json",
    "policy_to_json",
    "refusal",
    "rule_book",
    "sketch_of",
    "sketches_of",
    "statement_json",
    "stored_policy",
    "with_link",
]
