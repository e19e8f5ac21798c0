"""Statements of SQLAlchemy that are compiled once in a run for each kind of database, not once for each test."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from moderation.storage.database import Database

_MOST = 2_000


class _Statements(dict[Any, Any]):
    """Compiled statements. A key begins with the dialect of an engine, which each test has anew; they differ in
    nothing."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) >= _MOST:
            self.clear()
        super().__setitem__(key[1:], compiled)


_COMPILED: defaultdict[type, _Statements] = defaultdict(_Statements)


def compile_once(database: Database) -> None:
    """Lets a database take what was compiled for those of earlier tests."""
    for engine in (database._writing, database._reading, database._in_thread, database._reading_in_thread):
        plain = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
        if isinstance(plain, Engine):
            plain.update_execution_options(compiled_cache=_COMPILED[type(plain.dialect)])
