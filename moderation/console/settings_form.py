"""All settings of a site as fields of one form. An empty field is the default, so that nobody has to know it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from moderation.console.texts import Texts
from moderation.errors import FieldError, Invalid
from moderation.policy import SETTINGS, Setting, parse_setting, policy_to_json
from moderation.policy.kinds import (
    MAX_WORD_LENGTH,
    MAX_WORDS,
    Choice,
    Fraction,
    Origins,
    Template,
    WebAddress,
    Whole,
    Words,
)
from moderation.policy.statements import MAX_TEMPLATE
from moderation.web.forms import Form
from moderation.workflows.site_settings import SiteSettings

# In which order they are shown, and under which heading; whatever is not named here comes last.
GROUPS: Mapping[str, Sequence[str]] = {
    "verdict": (
        "moderation",
        "approve_below",
        "reject_above",
        "new_author",
        "audit_sample",
        "hold_budget",
        "reject_budget",
    ),
    "words": ("blocked_words", "suspect_words"),
    "limits": ("max_links", "repeat_limit", "flood_count", "flood_seconds", "min_fill_ms"),
    "form": ("form", "form_limit", "allowed_origins"),
    "rights": ("reports", "report_limit", "statement", "statement_language", "rules_url"),
    "more": (),
}
# By which kind of field each kind of setting is changed; what is not named here is typed into a line.
_CONTROLS: Mapping[type, str] = {
    Choice: "choice",
    Fraction: "number",
    Whole: "number",
    Words: "lines",
    Origins: "lines",
    Template: "text",
}
# What is told of those that can only be wrong in one way.
_WRONG: Mapping[type, str] = {
    Origins: "settings.wrong_origins",
    Template: "settings.wrong_template",
    WebAddress: "settings.wrong_address",
}
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Field:
    """A setting as it stands in the form. `value` is empty where the default holds; `fault` says what is wrong."""

    setting: Setting
    label: str
    hint: str
    value: str
    default: str
    fault: str = ""

    @property
    def name(self) -> str:
        """Its name, which is that of `moderation site set`."""
        return self.setting.name

    @property
    def control(self) -> str:
        """By which kind of field it is changed."""
        return next((control for kind, control in _CONTROLS.items() if isinstance(self.setting.kind, kind)), "line")

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest number that it takes."""
        kind = self.setting.kind
        return (kind.least, kind.most) if isinstance(kind, Whole) else (0, 1)

    @property
    def options(self) -> list[str]:
        """What can be chosen."""
        kind = self.setting.kind
        return list(kind.options) if isinstance(kind, Choice) else []

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return isinstance(self.setting.kind, Whole)


def values_of(seen: SiteSettings) -> dict[str, str]:
    """Returns what the site has set itself, as it stands in the fields."""
    stored = policy_to_json(seen.site.policy)
    return {name: _as_text(stored[name]) if name in seen.own else "" for name in SETTINGS}


def typed_in(form: Form) -> dict[str, str]:
    """Returns what somebody has typed."""
    return {name: form.get(name, "") for name in SETTINGS}


def read_values(typed: Mapping[str, str]) -> tuple[dict[str, object], list[FieldError]]:
    """Returns the settings as JSON, None for the default; and what cannot be read."""
    given: dict[str, object] = {}
    wrong: list[FieldError] = []
    for name, text in typed.items():
        try:
            given[name] = _value(SETTINGS[name], text) if text.strip() else None
        except Invalid as error:
            wrong += error.errors
    return given, wrong


def groups_of(
    seen: SiteSettings, typed: Mapping[str, str], wrong: Iterable[FieldError], *, texts: Texts
) -> dict[str, list[Field]]:
    """Returns the fields by their headings."""
    defaults = policy_to_json(seen.defaults)
    faults = {error.field.partition(".")[0]: error for error in reversed(list(wrong))}
    named = {name for names in GROUPS.values() for name in names}
    rest = [name for name in SETTINGS if name not in named]

    def field(name: str) -> Field:
        setting = SETTINGS[name]
        fault = _fault(setting, typed[name], faults[name], texts) if name in faults else ""
        label = texts(f"setting.{name}") if f"setting.{name}" in texts else name
        hint = texts(f"setting_hint.{name}") if f"setting_hint.{name}" in texts else setting.sentence
        return Field(setting, label, hint, typed[name], shown(name, defaults[name], texts), fault)

    groups = {group: [field(name) for name in names or rest if name in SETTINGS] for group, names in GROUPS.items()}
    return {group: fields for group, fields in groups.items() if fields}


def shown(name: str, value: object, texts: Texts) -> str:
    """Returns a value in words."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) if value else texts("house.none")
    if value == "":
        return texts("house.none")
    key = f"setting_value.{value}"
    return texts(key) if isinstance(SETTINGS[name].kind, Choice) and key in texts else _as_text(value)


def _value(setting: Setting, text: str) -> object:
    """Returns what was typed as JSON. Raises Invalid."""
    if isinstance(setting.kind, Words):
        # A line each, and not also parted by commas: a phrase may hold one.
        return [line.strip() for line in _LINE_END.split(text) if line.strip()]
    # A form ends its lines as the network does.
    return setting.kind.to_json(parse_setting(setting.name, _LINE_END.sub("\n", text)))


def _fault(setting: Setting, typed: str, error: FieldError, texts: Texts) -> str:
    """Returns what is wrong with a field, in words."""
    kind, place = setting.kind, error.field.partition(".")[2]
    if error.code == "unsupported":
        return texts("models.unsupported")
    if isinstance(kind, Whole):
        return texts("settings.wrong_whole", least=kind.least, most=kind.most)
    if isinstance(kind, Fraction):
        return texts("settings.wrong_fraction" if _is_wrong(setting, typed) else "settings.wrong_order")
    if isinstance(kind, Words):
        if place.isdecimal():
            return texts("settings.wrong_word", line=int(place) + 1, most=MAX_WORD_LENGTH)
        return texts("settings.wrong_words", most=MAX_WORDS)
    return texts(_WRONG.get(type(kind), "settings.wrong_choice"), most=MAX_TEMPLATE)


def _is_wrong(setting: Setting, typed: str) -> bool:
    try:
        _value(setting, typed or "0")
    except Invalid:
        return True
    return False


def _as_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)
