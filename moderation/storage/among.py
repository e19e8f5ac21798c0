"""Whether a column is one of a list that is given with a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Select, any_, bindparam

# Makes the condition for a column and the name of the parameter that is the list.
Among = Callable[[Column[Any], str], ColumnElement[bool]]


def on_each(make: Callable[[Among], Select[Any]]) -> Mapping[str, Select[Any]]:
    """Returns a statement by the name of the dialect that it is for."""
    return {"sqlite": make(_in_list), "postgresql": make(_in_array)}


def _in_list(column: Column[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


def _in_array(column: Column[Any], name: str) -> ColumnElement[bool]:
    # One parameter, however long the list is: so the text stays the same, and is not parsed and planned each time.
    return column == any_(bindparam(name, type_=ARRAY(column.type)))
