"""The doors for articles, authors, the audit trail, figures, settings and the service's condition, as data."""

from __future__ import annotations

from moderation import errors
from moderation.api import desk
from moderation.api import desk_answers as told
from moderation.domain import Comments, Moderation, Standing, TrailKind
from moderation.web.desk_fields import MAX_BODY_BYTES, MAX_NAME, ChangeFields, SettingsFields, SwitchFields, TryFields
from moderation.web.review_fields import DEFAULT_LIMIT, MAX_LIMIT
from moderation.web.routes import Access, Answer, Parameter, Route

_UUID: dict[str, object] = {"type": "string", "format": "uuid"}
_MOMENT: dict[str, object] = {"type": "string", "format": "date-time"}
_LINE: dict[str, object] = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}
_SITE = Parameter("site", "path", "The name of the site.", example="daily-planet")


def _asked(name: str, description: str, schema: dict[str, object]) -> Parameter:
    """Returns a part of the query of a listing. An empty value is none, as forms send it."""
    return Parameter(name, "query", description, {"anyOf": [schema, {"const": ""}]})


_PART = (
    _asked("limit", "How many.", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
    _asked("cursor", "`next_cursor` of the page before.", _UUID),
)
_LISTED = (errors.NotFound, errors.Invalid, errors.StorageUnavailable)
_READ = (errors.NotFound, errors.StorageUnavailable)
_WRITTEN = (*_READ, errors.Overloaded)

ROUTES = (
    Route(
        "GET",
        "/v1/sites/{site}/articles",
        desk.list_articles,
        Access.MODERATOR,
        operation_id="list_articles",
        tag="moderators",
        summary="Articles with their switches",
        description="Newest first, as far as the service has heard of them.",
        answers=(Answer(200, "A page of articles.", told.ArticlesBody),),
        parameters=(
            _SITE,
            _asked("comments", "Whether they take comments.", {"enum": [*Comments]}),
            _asked("moderation", "What is set for the article itself.", {"enum": [*Moderation]}),
            _asked("q", "What stands in the title, the address or the site's id.", _LINE),
            *_PART,
        ),
        problems=_LISTED,
    ),
    Route(
        "PATCH",
        "/v1/articles/{id}",
        desk.switch_article,
        Access.MODERATOR,
        operation_id="switch_article",
        tag="moderators",
        summary="Open or close an article, or see its comments first",
        description="It holds until the site says something else in an `article.updated`. It stays in the audit trail.",
        answers=(Answer(200, "The article.", told.ListedArticleBody),),
        parameters=(Parameter("id", "path", "Our id of the article: its `key`.", _UUID),),
        request=SwitchFields,
        problems=_WRITTEN,
        examples={"closed": {"comments": "closed"}, "as the site": {"moderation": None}},
    ),
    Route(
        "GET",
        "/v1/sites/{site}/authors",
        desk.list_authors,
        Access.MODERATOR,
        operation_id="list_authors",
        tag="moderators",
        summary="Authors who are banned, held or trusted",
        description="Those whose suspension has ended are not among them.",
        answers=(Answer(200, "A page of authors.", told.JudgedAuthorsBody),),
        parameters=(_SITE, _asked("standing", "Only these.", {"enum": [*Standing]}), *_PART),
        problems=_LISTED,
    ),
    Route(
        "GET",
        "/v1/sites/{site}/audit",
        desk.list_trail,
        Access.ADMIN,
        operation_id="list_trail",
        tag="moderators",
        summary="Who did what",
        description=(
            "Newest first: decisions, authors, articles and settings of the site; accounts that you may see; and what "
            "concerns the whole service, such as models. As a table: `/console/audit.csv` with the same filter."
        ),
        answers=(Answer(200, "A page of the audit trail.", told.TrailBody),),
        parameters=(
            _SITE,
            _asked("kind", "What was done something with.", {"enum": [*TrailKind]}),
            _asked("person", "The name of whoever did it.", _LINE),
            _asked("since", "Then or later (RFC 3339).", _MOMENT),
            _asked("until", "Before that (RFC 3339).", _MOMENT),
            _asked("comment", "Only what was done with this comment.", _UUID),
            *_PART,
        ),
        problems=_LISTED,
    ),
    Route(
        "GET",
        "/v1/sites/{site}/figures",
        desk.get_figures,
        Access.MODERATOR,
        operation_id="get_figures",
        tag="moderators",
        summary="Your own figures",
        description="What you have decided on each of the last 30 days; nobody else sees them.",
        answers=(Answer(200, "The figures.", told.FiguresBody),),
        parameters=(_SITE,),
        problems=_READ,
    ),
    Route(
        "GET",
        "/v1/sites/{site}/status",
        desk.get_condition,
        Access.MODERATOR,
        operation_id="get_condition",
        tag="moderators",
        summary="How the service is",
        description="Which model judges, what waits, and what is not as it should be.",
        answers=(Answer(200, "The condition.", told.ConditionBody),),
        parameters=(_SITE,),
        problems=_READ,
    ),
    Route(
        "GET",
        "/v1/sites/{site}/settings",
        desk.get_settings,
        Access.ADMIN,
        operation_id="get_settings",
        tag="moderators",
        summary="All settings of a site",
        description="The names are those of `moderation site set`.",
        answers=(Answer(200, "The settings.", told.SettingsBody),),
        parameters=(_SITE,),
        problems=_READ,
    ),
    Route(
        "PATCH",
        "/v1/sites/{site}/settings",
        desk.change_settings,
        Access.ADMIN,
        operation_id="change_settings",
        tag="moderators",
        summary="Change settings of a site",
        description="All or none. If somebody has changed them since `version`, nothing is changed: 409.",
        answers=(Answer(200, "The settings.", told.SettingsBody),),
        parameters=(_SITE,),
        request=ChangeFields,
        problems=(*_WRITTEN, errors.SettingsChanged),
        examples={"thresholds": {"version": 1, "settings": {"approve_below": 0.2, "reject_above": None}}},
        max_bytes=MAX_BODY_BYTES,
    ),
    Route(
        "POST",
        "/v1/sites/{site}/settings/preview",
        desk.preview_settings,
        Access.ADMIN,
        operation_id="preview_settings",
        tag="moderators",
        summary="What other settings would change",
        description="Judges the latest 1000 comments twice, as if they came in again; nothing is stored.",
        answers=(Answer(200, "What would change.", told.PreviewBody),),
        parameters=(_SITE,),
        request=SettingsFields,
        problems=_READ,
        examples={"thresholds": {"settings": {"approve_below": 0.2}}},
        max_bytes=MAX_BODY_BYTES,
    ),
    Route(
        "POST",
        "/v1/sites/{site}/settings/try",
        desk.try_text,
        Access.ADMIN,
        operation_id="try_text",
        tag="moderators",
        summary="What a text would meet",
        description="Which entries of the word lists it holds, and how it would be decided; nothing is stored.",
        answers=(Answer(200, "What it meets.", told.TriedBody),),
        parameters=(_SITE,),
        request=TryFields,
        problems=_READ,
        examples={"a word": {"text": "Cheap pills!", "settings": {"blocked_words": ["pills"]}}},
        max_bytes=MAX_BODY_BYTES,
    ),
)
