"""What a site can set: one table, from which the command, the API and the documentation read.

A site stores only what it has set itself; everything else follows the defaults of the deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from moderation.domain import FormDoor, Language, Moderation, NewAuthor, SitePolicy
from moderation.errors import FieldError, Invalid
from moderation.policy.kinds import Choice, Fraction, Kind, Origins, Template, WebAddress, Whole, Words, Wrong
from moderation.policy.sketches import MOST_ALIKE


@dataclass(frozen=True)
class Setting:
    """One name of `moderation site set`. `sentence` says what it does, with its unit."""

    name: str
    kind: Kind
    sentence: str

    @property
    def default(self) -> object:
        """Returns what holds where neither the site nor the deployment has said anything."""
        return getattr(_DEFAULTS, self.name)


_DEFAULTS = SitePolicy()
_YEAR = 31_536_000  # seconds

SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            "moderation", Choice(Moderation), "Whether a person sees every comment first (pre) or the rules decide."
        ),
        Setting("approve_below", Fraction(), "Comments with a spam score (0 to 1) below this are published."),
        Setting("reject_above", Fraction(), "Comments with a spam score (0 to 1) of this or more are rejected."),
        Setting("audit_sample", Fraction(), "Share (0 to 1) of the machine's verdicts by score that a person checks."),
        Setting(
            "hold_budget",
            Fraction(),
            "Share (0 to 1) of good comments that the machine may hold or reject; approve_below follows. 0: none.",
        ),
        Setting(
            "reject_budget",
            Fraction(),
            "Share (0 to 1) of good comments that the machine may reject; reject_above follows. 0: none.",
        ),
        Setting("max_links", Whole(0, 1_000_000), "Comments with more links than this to other sites are held."),
        Setting(
            "new_author", Choice(NewAuthor), "Whether authors without an approved comment are held or decided (auto)."
        ),
        Setting("flood_seconds", Whole(0, _YEAR), "Length in seconds of the window of flood_count; 0: no limit."),
        Setting(
            "flood_count",
            Whole(0, 1_000_000_000),
            "Comments taken per author and per address in that window; 0: no limit.",
        ),
        Setting(
            "min_fill_ms", Whole(0, 86_400_000), "Forms sent sooner than this many milliseconds are held; 0: none."
        ),
        Setting("blocked_words", Words(), "Comments with one of these words or phrases are rejected."),
        Setting("suspect_words", Words(), "Comments with one of these words or phrases are held."),
        Setting(
            "repeat_limit",
            Whole(0, MOST_ALIKE),
            "Comments are held when others have said nearly the same this often in 30 days, or when it was rejected "
            "once; 0: repetitions are not looked for.",
        ),
        Setting("form", Choice(FormDoor), "Whether readers may write by the form and the embedded thread."),
        Setting(
            "form_limit",
            Whole(0, 1_000_000),
            "Comments a minute that each process takes by the form from everybody together; 0: no limit.",
        ),
        Setting(
            "allowed_origins",
            Origins(),
            "Origins of pages, beside the site's own URL, that may hold the form, such as https://m.planet.example.com.",
        ),
        Setting("reports", Choice(FormDoor), "Whether readers may report published comments to us directly."),
        Setting(
            "report_limit",
            Whole(0, 1_000_000),
            "From so many readers' reports on a published comment waits for a person, unless one has approved it; "
            "0: reports alone hide nothing.",
        ),
        Setting(
            "statement",
            Template(),
            "What authors of rejected comments are told, with the gaps {article}, {reason}, {rule}, {how}, {appeal}; "
            "empty: our text.",
        ),
        Setting("statement_language", Choice(Language), "The language of our own text of it."),
        Setting("rules_url", WebAddress(), "Where the rules of the site can be read; the statement names it."),
    )
}


def parse_setting(name: str, text: str) -> object:
    """Reads the VALUE of NAME=VALUE. Raises Invalid."""
    if name not in SETTINGS:
        raise Invalid([_unknown(name)])
    try:
        return SETTINGS[name].kind.from_text(text)
    except Wrong as wrong:
        raise Invalid(_below(name, wrong)) from None


def policy_from_json(stored: Mapping[str, object], defaults: SitePolicy = _DEFAULTS) -> SitePolicy:
    """Returns the policy of a site that has set `stored`. Raises Invalid with everything that is wrong, also when the
    two thresholds cross. For what comes from outside; what was stored is read by `stored_policy`."""
    policy, errors = _read(stored, defaults)
    errors = errors or _crossing(policy)
    if errors:
        raise Invalid(errors)
    return policy


def stored_policy(stored: Mapping[str, object], defaults: SitePolicy = _DEFAULTS) -> SitePolicy:
    """As `policy_from_json`, for what has been checked when it was stored. The defaults of the deployment may have
    changed since then and cross the one threshold that the site has set: the site's own stays, the default gives way,
    because a site must not stop working for it."""
    policy, errors = _read(stored, defaults)
    if errors:
        raise Invalid(errors)
    if policy.approve_below <= policy.reject_above:
        return policy
    if "reject_above" in stored:
        return replace(policy, approve_below=policy.reject_above)
    return replace(policy, reject_above=policy.approve_below)


def policy_to_json(policy: SitePolicy) -> dict[str, object]:
    """Returns all settings as JSON values; `policy_from_json` reads them back."""
    return {name: setting.kind.to_json(getattr(policy, name)) for name, setting in SETTINGS.items()}


def _read(stored: Mapping[str, object], defaults: SitePolicy) -> tuple[SitePolicy, list[FieldError]]:
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in stored.items():
        if name not in SETTINGS:
            errors.append(_unknown(name))
            continue
        try:
            values[name] = SETTINGS[name].kind.from_json(value)
        except Wrong as wrong:
            errors.extend(_below(name, wrong))
    return replace(defaults, **values), errors


def _crossing(policy: SitePolicy) -> list[FieldError]:
    if policy.approve_below <= policy.reject_above:
        return []
    message = f"Must not be above reject_above, which is {policy.reject_above:g}."
    return [FieldError("approve_below", "invalid", message)]


def _unknown(name: str) -> FieldError:
    return FieldError(name[:100], "unknown", f"There is no such setting. There are: {', '.join(SETTINGS)}.")


def _below(name: str, wrong: Wrong) -> list[FieldError]:
    return [replace(error, field=name + error.field) for error in wrong.errors]
