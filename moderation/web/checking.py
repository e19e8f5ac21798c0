"""A value from outside is held against a model; all that is wrong with it is told at once, as `Invalid`."""

from __future__ import annotations

from typing import Any, TypeVar

from multidict import MultiMapping
from pydantic import BaseModel, ConfigDict, ValidationError

from moderation.errors import FieldError, Invalid

Model = TypeVar("Model", bound=BaseModel)


class Fields(BaseModel):
    """The base of all that comes from outside: exact types, unknown fields ignored, no input in any message."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


# What pydantic calls it: our code, and a sentence that holds nothing of the input.
_OBJECT = ("invalid", "This must be a JSON object.")
_SENTENCES = {
    "missing": ("required", "This is required."),
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "string_type": ("invalid", "This must be a string."),
    "int_type": ("invalid", "This must be a whole number."),
    "extra_forbidden": ("unknown", "There is no such field."),
}
_CODES = {"required": "required", "string_too_long": "too_long", "too_long": "too_long"}


def check(model: type[Model], value: object, context: dict[str, Any] | None = None) -> Model:
    """Returns `value` as a `model`. Raises Invalid with every wrong field, in the order of the model."""
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        wrong = _field_errors(error)
    # Outside the handler, so that no traceback leads back to the input.
    raise Invalid(wrong)


def check_query(model: type[Model], query: MultiMapping[str], *, counted: str = "") -> Model:
    """Returns a query as a `model`. An empty value is none, but for `counted`. Raises Invalid, also for what is given
    more than once: nobody can know which of its values is meant."""
    twice = [
        FieldError(name, "invalid", "This can be given only once.")
        for name in model.model_fields
        if len(query.getall(name, [])) > 1
    ]
    named = {wrong.field for wrong in twice}
    once = {name: value for name, value in query.items() if (value != "" or name == counted) and name not in named}
    try:
        checked = check(model, once)
    except Invalid as error:
        raise Invalid([*twice, *error.errors]) from None
    if twice:
        raise Invalid(twice)
    return checked


def _field_errors(error: ValidationError) -> list[FieldError]:
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return [_field_error(".".join(map(str, each["loc"])), each["type"], each["msg"]) for each in found]


def _field_error(field: str, kind: str, sentence: str) -> FieldError:
    code, sentence = _SENTENCES.get(kind, (_CODES.get(kind, "invalid"), sentence + "." * (sentence[-1] != ".")))
    return FieldError(field=field, code=code, message=sentence)
