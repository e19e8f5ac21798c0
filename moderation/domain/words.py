"""The words with a fixed choice of values: where a comment is, why, who decided, and what a site has set."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a comment is: public, in the queue, or not public."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a comment has its status. The codes are stable: sites and scripts compare them."""

    # By the machine.
    CLEAN = "clean"
    SPAM = "spam"  # also a moderator's
    DOUBTFUL = "doubtful"
    NOT_SCORED = "not_scored"
    BLOCKED_WORD = "blocked_word"
    SUSPECT_WORD = "suspect_word"
    TOO_MANY_LINKS = "too_many_links"
    BANNED_AUTHOR = "banned_author"
    HELD_AUTHOR = "held_author"
    NEW_AUTHOR = "new_author"
    PREMODERATED = "premoderated"
    AUDIT_SAMPLE = "audit_sample"
    HONEYPOT = "honeypot"
    TOO_FAST = "too_fast"
    REPEATED = "repeated"
    EDITED_AFTER_REJECTION = "edited_after_rejection"
    REPORTED = "reported"
    # By the site.
    DELETED = "deleted"
    # By a moderator.
    APPROVED = "approved"
    ABUSE = "abuse"
    HATE = "hate"
    OFF_TOPIC = "off_topic"
    ILLEGAL = "illegal"
    PERSONAL_DATA = "personal_data"
    OTHER = "other"


class Actor(StrEnum):
    """Who decided."""

    MACHINE = "machine"
    SITE = "site"
    MODERATOR = "moderator"


class Agent(StrEnum):
    """Who stands in the audit trail, by this name, where no account has acted. No account may be called so."""

    COMMAND_LINE = "command line"  # somebody with access to the machine
    FIRST_START = "first start"
    SERVICE = "the service"
    SCHEDULE = "the schedule"  # of training
    BUDGET = "the budget"  # of good comments that may be held
    INSTALLATION = "the installation"  # of a new version, with its own classifier


class Label(StrEnum):
    """What a comment teaches the classifier. Most decisions teach nothing: they carry no label."""

    SPAM = "spam"
    HAM = "ham"


class Role(StrEnum):
    """What a person may do."""

    MODERATOR = "moderator"
    ADMIN = "admin"


class LinkPurpose(StrEnum):
    """What a one-time link lets its owner do."""

    FIRST_ADMIN = "first_admin"  # name the first administrator
    PASSWORD = "password"  # choose a new password  # noqa: S105


class Standing(StrEnum):
    """What a site has decided about an author."""

    NORMAL = "normal"
    TRUSTED = "trusted"
    HELD = "held"
    BANNED = "banned"


class Comments(StrEnum):
    """Whether an article takes comments."""

    OPEN = "open"
    CLOSED = "closed"


class Moderation(StrEnum):
    """Whether a person sees every comment first (`pre`) or the policy decides (`auto`)."""

    AUTO = "auto"
    PRE = "pre"


class NewAuthor(StrEnum):
    """What happens to an author without an approved comment."""

    AUTO = "auto"
    HOLD = "hold"


class FormDoor(StrEnum):
    """Whether readers may write to us directly, by the form of a site."""

    OPEN = "open"
    CLOSED = "closed"


class Language(StrEnum):
    """In which language the authors of a site are told why."""

    ENGLISH = "en"
    GERMAN = "de"
