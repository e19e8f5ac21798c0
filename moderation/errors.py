"""What can go wrong, as one tree with stable codes. `web/problems.py` alone knows which HTTP status each one gets.

ModerationError
├── Malformed               malformed              not JSON, bad encoding, duplicate keys, too deep
├── Unauthenticated         unauthenticated        no credentials, or unknown ones
│   ├── BadSignature        bad_signature
│   └── StaleTimestamp      stale_timestamp
├── Forbidden               forbidden              known, but not allowed
│   └── OwnDecision         own_decision           whoever rejected it does not decide on the appeal
├── NotFound                not_found
├── Invalid                 invalid                well-formed, but some fields are wrong: all of them, at once
├── TooLarge                too_large
├── UnsupportedMediaType    unsupported_media_type
├── Conflict
│   ├── DuplicateComment    duplicate_comment      same author and text again within a day
│   ├── IdReused            id_reused              same id, other content
│   ├── AlreadyDecided      already_decided        another moderator was first
│   ├── Claimed             claimed                a colleague looks at it
│   ├── CountChanged        count_changed          a filter finds more or fewer than expected
│   ├── SettingsChanged     settings_changed       another administrator was first
│   ├── NotUndoable         not_undoable           not a decision of a moderator
│   └── CommentsClosed      comments_closed
├── Gone                    gone                   the site has deleted it
├── TryLater                                       says when to try again
│   ├── Flood               flood                  one author or address sends too much
│   │   └── RateLimited     rate_limited           somebody tries to log in too often
│   ├── Overloaded          overloaded             nothing is promised; try again
│   └── StorageUnavailable  storage_unavailable    nothing is promised; try again
├── RequestTimeout          request_timeout        the request did not arrive in time
├── Raced                   raced                  a transaction lost a race; workflows run it again
├── ScorerUnavailable       scorer_unavailable     no model is loaded
├── BadArtifact             bad_artifact           a model file that we refuse to load
│   └── NotInstalled        bad_artifact           a bundled model of another release
├── TrainingFailed          training_failed        no candidate could be made; the model in service stays
│   ├── TooFewLabels        too_few_labels
│   ├── TrainingElsewhere   training_elsewhere     another process trains for this site
│   └── GateRefused         gate_refused           a candidate has not earned to serve
├── BadKeys                 bad_keys               keys that do not open what is stored
└── WrongUse                wrong_use              a command line that cannot be obeyed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class ModerationError(Exception):
    """The root. `str(error)` is a sentence for the caller; it never holds an address, a key or text of a reader."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").split("\n")[0])


class Malformed(ModerationError):
    """The body is not what it says it is."""

    code = "malformed"


class Unauthenticated(ModerationError):
    """Credentials are missing or unknown."""

    code = "unauthenticated"


class BadSignature(Unauthenticated):
    """The signature does not fit the body."""

    code = "bad_signature"


class StaleTimestamp(Unauthenticated):
    """The webhook-timestamp is more than 5 minutes away from our clock."""

    code = "stale_timestamp"


class Forbidden(ModerationError):
    """This is not allowed with these credentials."""

    code = "forbidden"


class OwnDecision(Forbidden):
    """Another moderator than the one who has rejected the comment decides on the appeal."""

    code = "own_decision"


class NotFound(ModerationError):
    """There is nothing here."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its dotted path, a stable code, and a sentence that does not repeat the input."""

    field: str
    code: str
    message: str


class Invalid(ModerationError):
    """Some fields are wrong."""

    code = "invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("Some fields are missing or wrong.")
        self.errors = tuple(errors)


class TooLarge(ModerationError):
    """The body is larger than this address takes."""

    code = "too_large"


class UnsupportedMediaType(ModerationError):
    """This content type or encoding is not taken here."""

    code = "unsupported_media_type"


class Conflict(ModerationError):
    """The request does not fit what is stored. `facts` say more, each under the name that it has in the answer."""

    def __init__(self, message: str = "", **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class DuplicateComment(Conflict):
    """The same author has sent the same text within the last 24 hours."""

    code = "duplicate_comment"


class IdReused(Conflict):
    """This id was used before, with other content. The first one stays."""

    code = "id_reused"


class AlreadyDecided(Conflict):
    """Someone else has decided in the meantime."""

    code = "already_decided"


class Claimed(Conflict):
    """A colleague looks at this comment."""

    code = "claimed"


class CountChanged(Conflict):
    """The filter does not find as many comments as expected; nothing was decided."""

    code = "count_changed"


class SettingsChanged(Conflict):
    """Somebody else has changed the settings in the meantime; nothing was changed."""

    code = "settings_changed"


class NotUndoable(Conflict):
    """Only decisions of moderators can be undone."""

    code = "not_undoable"


class Gone(ModerationError):
    """The site has deleted this comment."""

    code = "gone"


class CommentsClosed(Conflict):
    """This article takes no more comments."""

    code = "comments_closed"


class TryLater(ModerationError):
    """The same request may succeed after `retry_after` seconds."""

    def __init__(self, message: str = "", *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Flood(TryLater):
    """Too many comments from one author or address."""

    code = "flood"

    def __init__(self, *, limit: int, window: int, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
        self.limit = limit
        self.window = window


class RateLimited(Flood):
    """Too many tries; the next one is answered after a pause."""

    code = "rate_limited"


class Overloaded(TryLater):
    """More requests are waiting than can be answered in time. Send the same again: it is taken in once."""

    code = "overloaded"


class StorageUnavailable(TryLater):
    """The database does not answer in time, though it may still take in what was begun. Send the same again: it is
    taken in once."""

    code = "storage_unavailable"


class Raced(ModerationError):
    """Another writer was faster; the transaction was rolled back and may be run again."""

    code = "raced"


class RequestTimeout(ModerationError):
    """The request did not arrive in time."""

    code = "request_timeout"


class ScorerUnavailable(ModerationError):
    """No classifier is loaded."""

    code = "scorer_unavailable"


class BadArtifact(ModerationError):
    """This file is not a classifier that we made, or it is damaged."""

    code = "bad_artifact"


class NotInstalled(BadArtifact):
    """This classifier comes with another release."""


class TrainingFailed(ModerationError):
    """No candidate could be made; the model in service stays."""

    code = "training_failed"


class TooFewLabels(TrainingFailed):
    """There are not enough labels to learn from."""

    code = "too_few_labels"


class TrainingElsewhere(TrainingFailed):
    """Another process trains for this site at the moment."""

    code = "training_elsewhere"


class GateRefused(TrainingFailed):
    """The candidate has not earned to serve; the model in service stays."""

    code = "gate_refused"


class BadKeys(ModerationError):
    """The secret keys do not open what is stored."""

    code = "bad_keys"


class WrongUse(ModerationError):
    """The command cannot be obeyed as it was given."""

    code = "wrong_use"
