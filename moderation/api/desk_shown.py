"""Articles, authors, entries of the audit trail, figures and settings as answers."""

from __future__ import annotations

from moderation import domain
from moderation.api import desk_answers as told
from moderation.api.answers import rounded
from moderation.policy import SETTINGS, policy_to_json
from moderation.workflows.condition import Condition
from moderation.workflows.site_settings import Otherwise, Preview, SiteSettings, Tried


def article(listed: domain.ListedArticle) -> told.ListedArticleBody:
    """Returns an article with its switches."""
    return told.ListedArticleBody(
        key=listed.id,
        id=listed.ref.id,
        url=listed.ref.url,
        title=listed.ref.title,
        comments=listed.state.comments,
        moderation=listed.state.moderation,
        approved=listed.approved,
        pending=listed.pending,
        created_at=listed.created_at,
    )


def judged(author: domain.JudgedAuthor) -> told.JudgedBody:
    """Returns an author about whom something is decided."""
    return told.JudgedBody(id=author.id, name=author.name, standing=author.standing, until=author.until)


def entry(done: domain.TrailEntry) -> told.EntryBody:
    """Returns an entry of the audit trail."""
    return told.EntryBody(
        id=done.id,
        at=done.at,
        actor=done.actor,
        action=done.action,
        subject=done.subject,
        comment=done.comment_id,
        details=dict(done.details),
    )


def day(figures: domain.DayOfRulings) -> told.DayBody:
    """Returns what was decided on a day."""
    names = ("day", "decided", "approved", "rejected", "pending", "undone", "compared", "agreed")
    return told.DayBody(**{name: getattr(figures, name) for name in names})


def settings(seen: SiteSettings) -> told.SettingsBody:
    """Returns all settings of a site."""
    values, defaults = policy_to_json(seen.site.policy), policy_to_json(seen.defaults)
    return told.SettingsBody(
        version=seen.version,
        settings={
            name: told.SettingBody(
                value=values[name], default=defaults[name], own=name in seen.own, description=setting.sentence
            )
            for name, setting in SETTINGS.items()
        },
    )


def preview(found: Preview) -> told.PreviewBody:
    """Returns what other settings would change."""
    moves = [told.MoveBody(now=now, then=then, count=count) for (now, then), count in sorted(found.moves.items())]
    samples = [_otherwise(sample) for sample in found.samples]
    return told.PreviewBody(tried=found.tried, changed=found.changed, moves=moves, samples=samples)


def _otherwise(sample: Otherwise) -> told.OtherwiseBody:
    return told.OtherwiseBody(
        id=sample.comment.id,
        external_id=sample.comment.external_id,
        text=sample.comment.text,
        score=rounded(sample.comment.score.spam if sample.comment.score else None),
        now=sample.now.status,
        now_reason=sample.now.reason,
        then=sample.then.status,
        then_reason=sample.then.reason,
    )


def tried(found: Tried) -> told.TriedBody:
    """Returns what a text would meet."""
    score = found.decision.score
    return told.TriedBody(
        blocked=found.blocked,
        suspect=found.suspect,
        links=found.links,
        status=found.decision.status,
        reason=found.decision.reason,
        score=rounded(score.spam if score else None),
    )


def condition(found: Condition) -> told.ConditionBody:
    """Returns how the service is."""
    return told.ConditionBody(
        model=found.model,
        model_since=found.serving_since,
        database=found.database,
        waiting=found.backlog.waiting,
        waiting_is_exact=found.backlog.exact,
        oldest_waiting=found.backlog.oldest,
        unscored=found.backlog.unscored,
        untold=found.owing.waiting,
        oldest_untold=found.owing.oldest,
        given_up=found.owing.dead,
        failing=found.failing,
        warnings=found.troubles,
    )
