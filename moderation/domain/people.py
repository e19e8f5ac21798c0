"""Who rules, and by what they are let in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from moderation.domain.words import Role


@dataclass(frozen=True, slots=True)
class Moderator:
    """A person who may rule on the comments of some sites. `language` None: as their browser asks for."""

    id: UUID
    name: str
    role: Role
    sites: frozenset[UUID]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A moderator as administrators see them."""

    moderator: Moderator
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class LoginSecrets:
    """What a log-in is held against. The step is the half minute of the last code that let somebody in."""

    moderator: Moderator
    password_hash: str | None = field(repr=False)
    second_factor_sealed: bytes | None = field(repr=False)
    second_factor_since: datetime | None
    second_factor_step: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is logged in. `device` is told by the browser, and no more than a hint."""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of a person's own programs; only its digest is stored."""

    id: UUID
    label: str | None
    created_at: datetime
