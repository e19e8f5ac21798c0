"""The card of a site's model: what it is for, what it has learned from, how it was judged, and where it may fail.

Nothing in it comes from a reader's text, so that it can be published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moderation.training.comparison import comparison
from moderation.training.datasheet import table

_USE = "To tell spam from genuine comments on this site, for people who decide what is doubtful."
_NOT_FOR = "To judge insults, hate or truth; to judge comments of other sites; to reject where nobody can be asked."
LIMITS = (
    "It knows what moderators of this site have labelled, and is wrong where they are.",
    "What came after it was trained, such as a new kind of spam, it knows only as far as older ones are like it.",
    "Comments that nobody doubted are seen by the audit sample only; figures about them rest on few labels.",
    "In languages that the site seldom sees it is as good as the model that it began with.",
)


def site_card(report: Mapping[str, Any], *, site: str, sha256: str, size: int, trained_at: str) -> dict[str, Any]:
    """Returns the card as JSON."""
    return {
        "version": report["candidate"],
        "site": site,
        "sha256": sha256,
        "bytes": size,
        "trained_at": trained_at,
        "use": {"intended": _USE, "not_intended": _NOT_FOR},
        "limits": list(LIMITS),
        **report,
    }


def site_card_text(card: Mapping[str, Any]) -> str:
    """Returns the card as Markdown."""
    labels, learned, judged = card["labels"], card["learned"], card["judged"]
    lines = [
        f"# {card['version']}",
        "",
        f"The spam classifier of the site `{card['site']}`, trained at "
        f"{card['trained_at'][:16].replace('T', ' ')} UTC on top of `{card['base']}` by the recipe «{card['recipe']}».",
        "",
        f"**For:** {card['use']['intended']}",
        "",
        f"**Not for:** {card['use']['not_intended']}",
        "",
        "## What it has learned from",
        "",
        f"{labels['spam']} comments that people called spam and {labels['ham']} that they called good, decided between "
        f"{card['decided'][0][:10]} and {card['decided'][1][:10]}. It has learned from {learned['spam']} and "
        f"{learned['ham']} of them; {judged['spam']} and {judged['ham']} that came later were kept for judging, and "
        f"{card['left_out']} were left out because their author, or nearly their text, stood on the other side. "
        f"{card['overturned']} had been decided otherwise by the machine. No address and no IP is learned from.",
        "",
        f"Fingerprint of these labels: `{card['fingerprint']}`.",
        "",
        "## How it compares",
        "",
        f"Beside `{card['champion']}`, on the comments that came later, at the thresholds of the site:",
        "",
        table(("Of 1,000", card["champion"], card["version"]), _rows(card)),
        "",
        "## Figures on later comments",
        "",
        table(("Figure", card["champion"], card["version"]), _figures(card)),
        "",
        "## The gate",
        "",
        "It may serve." if card["may_serve"] else "**It may not serve.**",
        "",
        table(("Rule", card["champion"], card["version"], "Margin", "Holds"), _findings(card)),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in card["limits"]),
        "",
        f"{card['bytes']:,} bytes, SHA-256 `{card['sha256']}`.",
        "",
    ]
    return "\n".join(lines)


_NAMES = {
    "ham_published": "good comments published at once",
    "ham_held": "good comments held",
    "ham_rejected": "good comments rejected",
    "spam_published": "spam published",
    "spam_held": "spam held",
    "spam_rejected": "spam rejected at once",
}


def _rows(card: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(_NAMES[name], f"{before:.0f}", f"{after:.0f}") for name, before, after in comparison(card)]


def _figures(card: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    before, after = card["metrics"]["champion"], card["metrics"]["candidate"]
    named = (
        ("accuracy", "Accuracy"),
        ("auc", "Area under the curve"),
        ("brier", "Brier"),
        ("ece", "Calibration error"),
    )
    rows = [(title, _shown(before[name]), _shown(after[name])) for name, title in named]
    for share, title in (("0.001", "0.1 %"), ("0.01", "1 %")):
        both = before["recall_at_fpr"][share], after["recall_at_fpr"][share]
        rows.append((f"Spam caught with {title} of good comments blocked", _shown(both[0]), _shown(both[1])))
    return rows


def _findings(card: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            finding["rule"].replace("_", " "),
            _shown(finding["champion"]),
            _shown(finding["candidate"]),
            f"{finding['margin']:g}",
            "yes" if finding["holds"] else "**no**",
        )
        for finding in card["findings"]
    ]


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")
