"""Nouns of the house as answers."""

from __future__ import annotations

from typing import Any

from moderation import domain
from moderation.api import answers
from moderation.api.answers import rounded
from moderation.workflows.authors import AuthorHistory
from moderation.workflows.explaining import Explained
from moderation.workflows.queue import CaseFile
from moderation.workflows.review import Ruled


def item(comment: domain.QueuedComment, campaign: domain.Campaign | None) -> answers.ItemBody:
    """Returns a comment of the queue."""
    return answers.ItemBody(**_item(comment, campaign))


def brief(comment: domain.QueuedComment) -> answers.BriefBody:
    """Returns a comment in short."""
    return answers.BriefBody(
        id=comment.id,
        external_id=comment.external_id,
        author=_writer(comment),
        text=comment.text,
        received_at=comment.received_at,
        version=comment.version,
        status=comment.status,
        reason=comment.reason,
    )


def case(file: CaseFile, moderator: domain.Moderator) -> answers.CaseBody:
    """Returns a comment with all that belongs to it."""
    return answers.CaseBody(
        **_item(file.comment, file.campaign),
        **_explained(file.explained),
        decisions=[decision(each) for each in file.decisions],
        notes=[note(each) for each in file.notes],
        author_history=history(AuthorHistory(file.author, file.by_author)),
        duplicates=[brief(each) for each in file.alike],
        reported=[report(each) for each in file.reports],
        appeals=[appeal(each, moderator) for each in file.appeals],
    )


def ruled(new: Ruled) -> answers.RuledBody:
    """Returns a decision that was made just now."""
    return answers.RuledBody(
        id=new.id, comment=new.comment_id, version=new.version, status=new.status, reason=new.reason
    )


def decision(past: domain.PastDecision) -> answers.DecisionBody:
    """Returns a decision of the past."""
    return answers.DecisionBody(
        id=past.id,
        version=past.version,
        status=past.status,
        reason=past.reason,
        detail=past.detail,
        score=rounded(past.score),
        model=past.model,
        decided_by=past.decided_by,
        moderator=past.moderator,
        note=past.note,
        basis=past.basis,
        batch=past.batch_id,
        undoes=past.undoes_id,
        decided_at=past.decided_at,
    )


def report(told: domain.Report) -> answers.ReportBody:
    """Returns a reader's report."""
    return answers.ReportBody(
        id=told.id,
        reference=told.reference,
        reason=told.complaint,
        text=told.text,
        reporter=told.reporter,
        reporter_right=told.right,
        reporter_wrong=told.wrong,
        has_contact=told.has_contact,
        state=told.finding,
        reported_at=told.reported_at,
        settled_at=told.settled_at,
    )


def appeal(told: domain.Appeal, moderator: domain.Moderator) -> answers.AppealBody:
    """Returns an author's appeal."""
    return answers.AppealBody(
        id=told.id,
        version=told.version,
        text=told.text,
        state=told.state,
        answer=told.answer,
        mine=told.first == moderator.id,
        appealed_at=told.appealed_at,
        decided_at=told.decided_at,
    )


def note(written: domain.Note) -> answers.NoteBody:
    """Returns a note."""
    return answers.NoteBody(
        id=written.id, moderator=written.moderator, text=written.text, written_at=written.written_at
    )


def claim(taken: domain.Claim) -> answers.ClaimBody:
    """Returns a claim."""
    return answers.ClaimBody(comment=taken.comment_id, moderator=taken.moderator, expires_at=taken.expires_at)


def group(campaign: domain.Campaign) -> answers.GroupBody:
    """Returns what says nearly the same."""
    return answers.GroupBody(count=campaign.count, first=campaign.first, last=campaign.last)


def author(file: domain.AuthorFile) -> answers.AuthorBody:
    """Returns what is known of an author."""
    return answers.AuthorBody(**_author(file))


def history(known: AuthorHistory) -> answers.HistoryBody:
    """Returns an author with the latest comments."""
    return answers.HistoryBody(**_author(known.author), latest=[brief(each) for each in known.latest])


def _item(comment: domain.QueuedComment, campaign: domain.Campaign | None) -> dict[str, Any]:
    article = comment.article
    same = ("id", "site", "external_id", "parent_id", "text", "submitted_at", "received_at", "edited_at", "version")
    return {
        **{name: getattr(comment, name) for name in (*same, "status", "reason", "detail", "model", "reports")},
        "article": answers.ArticleBody(id=article.id, url=article.url, title=article.title),
        "author": _writer(comment),
        "score": rounded(comment.score),
        "claim": claim(comment.claim) if comment.claim else None,
        "group": group(campaign) if campaign else None,
    }


def _writer(comment: domain.QueuedComment) -> answers.WriterBody:
    return answers.WriterBody(id=comment.author_id, name=comment.author_name, url=comment.author_url)


def _author(file: domain.AuthorFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "standing": file.standing,
        "until": file.standing_until,
        "first_seen_at": file.first_seen_at,
        "counts": file.counts,
    }


def _explained(explained: Explained | None) -> dict[str, Any]:
    if explained is None:
        return dict.fromkeys(("explanation", "intercept", "explained_score", "explained_model"))
    contributions = explained.explanation.contributions
    return {
        "explanation": [
            answers.ContributionBody(feature=each.feature, spans=list(each.spans), weight=each.weight)
            for each in contributions
        ],
        "intercept": explained.explanation.intercept,
        "explained_score": explained.score,
        "explained_model": explained.model,
    }
