"""The nouns: frozen dataclasses without behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from moderation.domain.words import Actor, Comments, FormDoor, Language, Moderation, NewAuthor, Reason, Standing, Status


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """What a site has set; each field is one name of `moderation site set`. See `policy/settings.py` for limits."""

    moderation: Moderation = Moderation.AUTO
    approve_below: float = 0.3
    reject_above: float = 0.95
    audit_sample: float = 0.01
    hold_budget: float = 0.0
    reject_budget: float = 0.0
    max_links: int = 3
    new_author: NewAuthor = NewAuthor.AUTO
    flood_seconds: int = 60
    flood_count: int = 10
    min_fill_ms: int = 2_000
    blocked_words: tuple[str, ...] = ()
    suspect_words: tuple[str, ...] = ()
    repeat_limit: int = 3
    form: FormDoor = FormDoor.OPEN
    form_limit: int = 300
    allowed_origins: tuple[str, ...] = ()
    reports: FormDoor = FormDoor.OPEN
    report_limit: int = 0
    statement: str = ""
    statement_language: Language = Language.ENGLISH
    rules_url: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A news site that sends comments. `revision` grows with each change of its settings or keys."""

    id: UUID
    slug: str
    url: str
    policy: SitePolicy
    revision: int = 0


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """An article as the site names it; url and title may be unknown."""

    id: str
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleState:
    """What a site has said about an article. `moderation` None: as the site's policy says."""

    comments: Comments = Comments.OPEN
    moderation: Moderation | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote, as the site tells it. The address and the IP are private: they are sealed first and never shown."""

    name: str
    email: str = field(repr=False)
    url: str | None = None
    ip: str | None = field(default=None, repr=False)
    user_agent: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """One comment as a site submits it, checked and trusted."""

    external_id: str
    article: ArticleRef
    author: Author
    text: str
    parent_id: str | None = None  # the site's own id of the comment that is answered
    submitted_at: datetime | None = None
    trap: str | None = None  # a form field that people do not see; a robot fills it in
    filled_in_ms: int | None = None  # how long the form was open, in milliseconds


@dataclass(frozen=True, slots=True)
class Writing:
    """What a classifier judges: what the author has written, in the text and beside it. No address, no IP.

    `site_host` is the host of the site's own pages: a link to it is not foreign. Where only a text is known, the rest
    stays empty.
    """

    text: str
    author_name: str = ""
    author_url: str | None = None
    site_host: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """P(spam) in [0, 1] by one version of the classifier."""

    spam: float
    model: str


@dataclass(frozen=True, slots=True)
class History:
    """What a site knows of an author when a comment comes in."""

    standing: Standing = Standing.NORMAL
    has_approved: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """All that the policy may look at. No address, no IP: a decision cannot depend on them."""

    text: str
    author_name: str
    author_url: str | None
    site_host: str
    article: ArticleState
    history: History
    score: Score | None
    trap: str | None = None
    filled_in_ms: int | None = None
    rejected_by_moderator: bool = False  # an edit of a comment that a person has rejected
    repeats: Repeats | None = None  # None: nobody has said nearly the same
    # The machine's reasons of before, as long as no person has ruled. An edit cannot undo how a comment came in.
    found_before: frozenset[Reason] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict on one comment. `detail` says more to a moderator, such as the word that was found."""

    status: Status
    reason: Reason
    score: Score | None = None
    detail: str | None = None
    decided_by: Actor = Actor.MACHINE


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the site is told about its comment: the first decision, and ours and its own id."""

    id: UUID
    external_id: str
    status: Status
    reason: Reason
    score: float | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed webhook: its id, and a SHA-256 of its body by which a repetition is told from a reuse of the id."""

    id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SealedEmail:
    """An address that only the vault can open, and a keyed fingerprint by which a site recognises it."""

    fingerprint: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedAddress:
    """What is kept of an IP: the network it came from, and a keyed fingerprint to count its comments by."""

    network: str = field(repr=False)
    fingerprint: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedSubmission:
    """A submission after the door: address and IP are sealed, and digests tell repetitions from new content."""

    external_id: str
    article: ArticleRef
    author_name: str
    author_url: str | None
    email: SealedEmail
    address: SealedAddress | None
    user_agent: str | None = field(repr=False)
    text: str
    parent_id: str | None
    submitted_at: datetime | None
    trap: str | None
    filled_in_ms: int | None
    text_digest: bytes
    content_digest: bytes
    delivery: Delivery | None
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something a site is told later. The body holds ids and the decision; never an address, an IP or a text."""

    id: UUID
    site_id: UUID
    type: str
    comment_id: UUID | None  # None: it is about no comment
    body: Mapping[str, object]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class PublicArticle:
    """An article as anyone may know it; url and title may be unknown, and so may the whole article be to us."""

    id: str
    url: str | None = None
    title: str | None = None
    comments: Comments = Comments.OPEN


@dataclass(frozen=True, slots=True)
class PublicComment:
    """An approved comment as anyone may read it."""

    id: UUID
    external_id: str
    parent_id: str | None
    author_name: str
    author_url: str | None
    text: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One entry of the model registry. A bundled model's bytes lie in `models/`, a trained one's in the database."""

    version: str
    sha256: str
    bundled: bool
    card: Mapping[str, object]
    created_at: datetime
    serving: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A new text for a comment that the site has submitted before."""

    external_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ArticleUpdate:
    """What a site says anew about an article.

    `given` names the fields that the site has sent; the others stay as they are. A given `url` or `title` of None
    forgets the old one, a given `moderation` of None goes back to the policy of the site. `comments` is never None
    when it is given.
    """

    id: str
    url: str | None = None
    title: str | None = None
    comments: Comments | None = None
    moderation: Moderation | None = None
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to find nearly the same one again; see `policy/sketches.py`. Two texts are worth a
    comparison of their numbers when one of their keys is the same, each at its own place."""

    numbers: tuple[int, ...]
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Repeats:
    """Earlier comments that say nearly the same and speak against a new one, how many authors they have, and how many
    of them were rejected."""

    count: int
    authors: int
    rejected: int
