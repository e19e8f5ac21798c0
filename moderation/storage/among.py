"""Conditions beside which indexes are chosen: whether a column is one of a list, and what no index is to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Select, any_, bindparam, false, func, literal_column

# Makes the condition for a column and the name of the parameter that is the list.
Among = Callable[[Column[Any], str], ColumnElement[bool]]


def on_each(make: Callable[[Among], Select[Any]]) -> Mapping[str, Select[Any]]:
    """Returns a statement by the name of the dialect that it is for."""
    return {"sqlite": make(_in_list), "postgresql": make(_in_array)}


def in_letters(word: StrEnum) -> ColumnElement[str]:
    """Returns a word that stands in the statement, as the partial indexes have it: with a parameter they are not seen
    to fit."""
    return literal_column(f"'{word.value}'")


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Returns a condition that is computed, and answered by no index.

    SQLite has no statistics. It takes all comments of a site for ten, and would read a million of them rather than
    look a dozen up by their ids.
    """
    return func.coalesce(condition, false())


def _in_list(column: Column[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


def _in_array(column: Column[Any], name: str) -> ColumnElement[bool]:
    # One parameter, however long the list is: so the text stays the same, and is not parsed and planned each time.
    return column == any_(bindparam(name, type_=ARRAY(column.type)))
