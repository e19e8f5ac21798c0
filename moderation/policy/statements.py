"""Statements of reasons: what whoever wrote a rejected comment is told (Art. 17 of the Digital Services Act)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from moderation.clock import rfc_3339
from moderation.domain import Language, Reason, Rejection, SitePolicy

# Spam is exempt (Art. 17(2)), and what a site has deleted was its own decision.
EXEMPT = frozenset({Reason.SPAM, Reason.HONEYPOT, Reason.DELETED})
# As long as complaints must be possible at least (Art. 20(1)); half a year has 184 days at most.
APPEAL_FOR = timedelta(days=184)
# Where the link goes. It is made when a statement is sent or asked for, so that the store holds no key to an appeal.
LINK_GAP = "{appeal_link}"

MAX_TEMPLATE = 5000
_GAPS = ("article", "reason", "rule", "how", "appeal")
_BRACED = re.compile(r"\{([^{}]*)\}")
_FOLDER = Path(__file__).resolve().parent / "catalogue"


def is_template(text: str) -> bool:
    """Tells whether a site's own text has no other gaps than those that are filled in."""
    return set(_BRACED.findall(text)) <= set(_GAPS)


def needs_statement(reason: Reason) -> bool:
    """Tells whether a rejection for this reason is explained to whoever wrote the comment."""
    return reason not in EXEMPT


def statement_json(rejection: Rejection, policy: SitePolicy, *, article: str | None, page: str) -> dict[str, object]:
    """Returns a statement of reasons. `page` is the address in front of the link's key; the link itself is a gap that
    `with_link` fills in. Nothing in it is a text or an address of a reader."""
    until = rejection.decided_at + APPEAL_FOR
    return {
        "version": rejection.version,
        "restriction": "not_public",
        "ground": "law" if rejection.reason is Reason.ILLEGAL else "rules",
        "basis": rejection.basis or policy.rules_url or None,
        "automated": rejection.automated,
        "model": rejection.model,
        "source": rejection.source,
        "appeal": None if rejection.final else {"url": page + LINK_GAP, "until": rfc_3339(until)},
        "text": _text(rejection, policy, article=article, link=page + LINK_GAP, until=until),
    }


def with_link(statement: Mapping[str, object], *, base: str, key: str) -> dict[str, object]:
    """Returns a statement with the link to the appeal filled in. `base` is what stands in front of all our paths."""
    appeal, text = statement["appeal"], str(statement["text"])
    if not isinstance(appeal, Mapping):
        return dict(statement)
    page = str(appeal["url"])
    link = base + page.replace(LINK_GAP, key)
    return {**statement, "appeal": {**appeal, "url": link}, "text": text.replace(page, link)}


def _text(rejection: Rejection, policy: SitePolicy, *, article: str | None, link: str, until: datetime) -> str:
    t = _texts(policy.statement_language)
    rules = t["statement.rules_at"].format(url=policy.rules_url) if policy.rules_url else ""
    appeal = (
        t["appeal.final"] if rejection.final else t["appeal.open"].format(until=until.strftime("%Y-%m-%d"), url=link)
    )
    filled = {
        "article": article or t["statement.article_unnamed"],
        "reason": t.get(f"reason.{rejection.reason}", t["reason.other"]),
        "rule": rejection.basis or rules,
        "how": _how(rejection, t),
        "appeal": appeal,
    }
    template = policy.statement or t["statement.text"]
    written = _BRACED.sub(lambda found: filled.get(found[1], found[0]), template)
    return "\n".join(line.rstrip() for line in written.strip().splitlines())


def _how(rejection: Rejection, t: Mapping[str, str]) -> str:
    who = "machine" if rejection.automated else "person"
    decided = t[f"how.{who}_model"].format(model=rejection.model) if rejection.model else t[f"how.{who}"]
    # What the machine rejects at the door nobody can have reported.
    return decided if rejection.automated else f"{decided} {t[f'how.{rejection.source}']}"


@cache
def _texts(language: Language) -> Mapping[str, str]:
    with (_FOLDER / f"{language.value}.toml").open("rb") as file:
        sections = tomllib.load(file)
    return {f"{section}.{key}": text for section, texts in sections.items() for key, text in texts.items()}
