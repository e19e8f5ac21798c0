"""What happens at the doors for reports, statements of reasons and appeals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, Field

from moderation import domain
from moderation.api import shown
from moderation.api.answers import AppealBody, ItemBody, answer
from moderation.api.given import given_body, given_id
from moderation.web.complaint_fields import AppealDecisionFields, AppealQuery
from moderation.web.desk_fields import read_listing
from moderation.web.feeding import feed_of
from moderation.web.identity import current_moderator, given_site, now_of, service_of, site_with_key
from moderation.web.review_fields import EmailFields
from moderation.workflows import appeals, reports, statements
from moderation.workflows.campaigns import campaigns_in


class AppealLinkBody(BaseModel):
    """Where the author can appeal."""

    url: str = Field(description="The page; good for one appeal. A path where the service has no PUBLIC_URL.")
    until: datetime


class StatementBody(BaseModel):
    """A statement of reasons (Art. 17 of the Digital Services Act), to be handed to the author."""

    version: int = Field(description="Of the decision.")
    restriction: str = Field(description="`not_public`: everywhere and for good.")
    ground: str = Field(description="`law` or `rules`.")
    basis: str | None = Field(description="The rule or the law that was named, or the address of the rules.")
    automated: bool = Field(description="Whether the machine has decided.")
    model: str | None = Field(description="The classifier that has scored the comment.")
    source: domain.Source = Field(description="Whether readers had reported it.")
    appeal: AppealLinkBody | None = Field(description="null: it was decided on an appeal.")
    text: str = Field(description="All of it in words, from the site's own text if it has one.")


class ListedAppealBody(AppealBody):
    """An appeal with its comment."""

    comment: ItemBody


class AppealsBody(BaseModel):
    """A page of appeals."""

    items: list[ListedAppealBody]
    next_cursor: UUID | None


class ContactBody(BaseModel):
    """Who has sent a notice, for an administrator."""

    name: str
    email: str


async def get_statement(request: web.Request) -> web.Response:
    """Answers with the statement of reasons about the decision that stands."""
    known, service = await site_with_key(request), service_of(request)
    statement = await statements.read_statement(
        known.site,
        given_id(request),
        vault=service.house.vault,
        base=service.house.settings.public_url,
        open_reading=service.open_reading,
    )
    return answer(StatementBody.model_validate(statement))


async def list_appeals(request: web.Request) -> web.Response:
    """Answers with a page of appeals."""
    moderator, known = await current_moderator(request), await given_site(request)
    service, now, query = service_of(request), now_of(request), read_listing(AppealQuery, request.query)
    page = await appeals.list_appeals(
        moderator,
        [known.site.id],
        query.state,
        after=query.cursor,
        limit=query.limit,
        open_reading=service.open_reading,
        now=now,
    )
    comments = [each.comment for each in page.appeals]
    campaigns = await campaigns_in(comments, open_reading=service.open_reading)
    items = [
        ListedAppealBody(
            **shown.appeal(each.appeal, moderator).model_dump(),
            comment=shown.item(each.comment, campaigns.get(each.comment.id)),
        )
        for each in page.appeals
    ]
    return answer(AppealsBody(items=items, next_cursor=page.next))


async def decide_appeal(request: web.Request) -> web.Response:
    """Decides on an appeal."""
    service, moderator = service_of(request), await current_moderator(request)
    given = await given_body(request, AppealDecisionFields)
    ruled = await appeals.decide_appeal(
        moderator,
        given_id(request),
        given.outcome,
        answer=given.answer,
        version=given.version,
        at_once=service.at_once,
        open_reading=service.open_reading,
        now=service.now,
    )
    feed_of(request).wake()
    return answer(shown.ruled(ruled), status=201)


async def reveal_contact(request: web.Request) -> web.Response:
    """Shows an administrator who has sent a notice."""
    service, admin = service_of(request), await current_moderator(request)
    given = await given_body(request, EmailFields)
    contact = await reports.reveal_contact(
        admin,
        given_id(request),
        reason=given.reason,
        at_once=service.at_once,
        vault=service.house.vault,
        now=service.now,
    )
    return answer(ContactBody(name=contact.name, email=contact.email))
