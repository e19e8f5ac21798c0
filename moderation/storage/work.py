"""One transaction, and what it can remember and recall."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from moderation.storage.appeals import Appeals
from moderation.storage.article_list import ArticleList
from moderation.storage.articles import Articles
from moderation.storage.audit import Audit
from moderation.storage.author_files import AuthorFiles
from moderation.storage.authors import Authors
from moderation.storage.campaigns import Campaigns
from moderation.storage.claims import Claims, Notes
from moderation.storage.comments import CommentStore
from moderation.storage.connection import Connection
from moderation.storage.data_keys import DataKeys
from moderation.storage.decisions import Decisions
from moderation.storage.deliveries import Deliveries
from moderation.storage.delivery_log import DeliveryLog
from moderation.storage.dispatches import Dispatches
from moderation.storage.endpoints import Endpoints
from moderation.storage.erasure import Erasure
from moderation.storage.figures import Figures
from moderation.storage.happenings import Happenings
from moderation.storage.labels import Labels
from moderation.storage.logins import Logins
from moderation.storage.model_figures import ModelFigures
from moderation.storage.models import Models
from moderation.storage.moderators import Moderators
from moderation.storage.outbox import Outbox
from moderation.storage.questions import Question, ask
from moderation.storage.queue import Queue
from moderation.storage.queue_items import QueueItems
from moderation.storage.reading import Reading
from moderation.storage.reports import Reports
from moderation.storage.rulings import Rulings
from moderation.storage.sessions import Sessions
from moderation.storage.shadows import Shadows
from moderation.storage.site_models import SiteModels
from moderation.storage.sites import Sites
from moderation.storage.sketches import Sketches
from moderation.storage.surroundings import Surroundings
from moderation.storage.trail import Trail
from moderation.storage.training import Training


class Work:
    """A unit of work: everything done through it is kept together by `commit`, or not at all."""

    def __init__(self, connection: Connection, *, announce: Callable[[], None] = lambda: None) -> None:
        """`announce` is called after a commit that leaves something to be told to a site."""
        self.connection = connection
        self._announce = announce

    async def commit(self) -> None:
        """Makes it durable. When this returns, the comment survives the machine."""
        await self.connection.commit()
        if "outbox" in self.__dict__ and self.outbox.filled:
            self._announce()

    async def ask(self, *questions: Question[Any]) -> None:
        """Asks together, in this order; then each question has its answer."""
        await ask(self.connection, *questions)

    @cached_property
    def articles(self) -> Articles:
        """What sites said about their articles."""
        return Articles(self.connection)

    @cached_property
    def audit(self) -> Audit:
        """Who did what, for good."""
        return Audit(self.connection)

    @cached_property
    def authors(self) -> Authors:
        """Who writes, known by fingerprint."""
        return Authors(self.connection)

    @cached_property
    def comments(self) -> CommentStore:
        """Comments and their decisions."""
        return CommentStore(self.connection)

    @cached_property
    def data_keys(self) -> DataKeys:
        """The wrapped keys of the vault."""
        return DataKeys(self.connection)

    @cached_property
    def decisions(self) -> Decisions:
        """Comments that are decided again."""
        return Decisions(self.connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        """Which signed webhooks were obeyed already."""
        return Deliveries(self.connection)

    @cached_property
    def labels(self) -> Labels:
        """What the latest decisions teach."""
        return Labels(self.connection)

    @cached_property
    def delivery_log(self) -> DeliveryLog:
        """What became of what sites were to be told."""
        return DeliveryLog(self.connection)

    @cached_property
    def dispatches(self) -> Dispatches:
        """What is on its way to endpoints."""
        return Dispatches(self.connection)

    @cached_property
    def endpoints(self) -> Endpoints:
        """Where sites want to be told."""
        return Endpoints(self.connection)

    @cached_property
    def logins(self) -> Logins:
        """One-time links, and how often somebody has tried to log in."""
        return Logins(self.connection)

    @cached_property
    def models(self) -> Models:
        """The model registry."""
        return Models(self.connection)

    @cached_property
    def moderators(self) -> Moderators:
        """The people who rule."""
        return Moderators(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        """What sites are still to be told."""
        return Outbox(self.connection)

    @cached_property
    def reading(self) -> Reading:
        """What anyone may read."""
        return Reading(self.connection)

    @cached_property
    def sessions(self) -> Sessions:
        """Browsers in which people are logged in."""
        return Sessions(self.connection)

    @cached_property
    def sites(self) -> Sites:
        """The sites and their keys."""
        return Sites(self.connection)

    @cached_property
    def sketches(self) -> Sketches:
        """What nearly the same text is found again by."""
        return Sketches(self.connection)

    @cached_property
    def author_files(self) -> AuthorFiles:
        """What moderators may know of authors."""
        return AuthorFiles(self.connection)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Who says nearly the same."""
        return Campaigns(self.connection)

    @cached_property
    def claims(self) -> Claims:
        """Who looks at what."""
        return Claims(self.connection)

    @cached_property
    def happenings(self) -> Happenings:
        """What happened in the queue."""
        return Happenings(self.connection)

    @cached_property
    def items(self) -> QueueItems:
        """Comments as moderators see them."""
        return QueueItems(self.connection)

    @cached_property
    def notes(self) -> Notes:
        """What moderators tell each other."""
        return Notes(self.connection)

    @cached_property
    def queue(self) -> Queue:
        """What waits for a person."""
        return Queue(self.connection)

    @cached_property
    def rulings(self) -> Rulings:
        """What people have decided."""
        return Rulings(self.connection)

    @cached_property
    def article_list(self) -> ArticleList:
        """Articles as moderators see them."""
        return ArticleList(self.connection)

    @cached_property
    def figures(self) -> Figures:
        """What is counted for people."""
        return Figures(self.connection)

    @cached_property
    def trail(self) -> Trail:
        """Who did what, read back."""
        return Trail(self.connection)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What stands around comments."""
        return Surroundings(self.connection)

    @cached_property
    def reports(self) -> Reports:
        """What readers complain about."""
        return Reports(self.connection)

    @cached_property
    def appeals(self) -> Appeals:
        """What authors say against rejections."""
        return Appeals(self.connection)

    @cached_property
    def model_figures(self) -> ModelFigures:
        """What is counted about models."""
        return ModelFigures(self.connection)

    @cached_property
    def shadows(self) -> Shadows:
        """Models that score beside the one that decides."""
        return Shadows(self.connection)

    @cached_property
    def site_models(self) -> SiteModels:
        """The models of sites."""
        return SiteModels(self.connection)

    @cached_property
    def training(self) -> Training:
        """Who trains for a site, and what was found."""
        return Training(self.connection)

    @cached_property
    def erasure(self) -> Erasure:
        """What is forgotten for good."""
        return Erasure(self.connection)
