"""What the operator sets: read once from the environment (prefix `MODERATION_`), checked together, never changed.

Only `wiring` and the command see this object; everybody else is given what they need.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from moderation.errors import WrongUse

PREFIX = "MODERATION_"
SHORTEST_KEY = 16  # characters; `moderation keys new` makes 43

# A kind that we know, perhaps with a driver; who, where, a port of digits, and the name of the database.
_DATABASE_URL = re.compile(
    r"(sqlite|postgres|postgresql)(\+\w+)?://([^@]*@)?(\[[^]/?]+\]|[^:/?]*)(:[0-9]*)?([/?].*)?", re.DOTALL
)

Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseSettings):
    """One field a variable; the sentence says what it means, with its unit."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, hide_input_in_errors=True, extra="ignore", validate_default=True
    )

    data_dir: Path = Field(Path("var"), description="Folder of the embedded database and of generated keys.")
    database_url: str = Field("", description="Where comments are stored; empty: SQLite, `moderation.db` in DATA_DIR.")
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), repr=False, description="Secrets that protect stored addresses, comma-separated, newest first."
    )
    secret_keys_file: Path | None = Field(None, description="A file with the same, one a line, instead of SECRET_KEYS.")
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes; more than one needs PostgreSQL.")
    metrics_port: int | None = Field(None, ge=0, le=65535, description="A port of its own for /metrics, without token.")
    metrics_token: str | None = Field(None, repr=False, min_length=16, description="Bearer token for /metrics.")
    log_format: Literal["console", "json"] = Field("console", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    approve_below: Share = Field(0.3, description="P(spam) below which the machine publishes, where a site sets none.")
    reject_above: Share = Field(0.95, description="P(spam) from which the machine rejects, where a site sets none.")
    audit_sample: Share = Field(0.01, description="Share of machine verdicts shown to a person all the same.")
    address_days: int = Field(30, ge=0, le=3650, description="Days that IP prefix, its fingerprint and agent are kept.")
    replay_days: int = Field(30, ge=1, le=3650, description="Days that a webhook id is remembered.")
    max_batch: int = Field(256, ge=1, le=1000, description="Comments in one scoring call and one transaction.")
    max_waiting: int = Field(2000, ge=1, description="Comments that may wait for a batch; more are answered 503.")
    max_connections: int = Field(1000, ge=1, description="Open connections; more are closed at once.")

    @field_validator("secret_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("secret_keys")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(key) < SHORTEST_KEY for key in value):
            raise ValueError(f"each key needs at least {SHORTEST_KEY} characters")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not _DATABASE_URL.fullmatch(value):
            raise ValueError("needs a URL such as sqlite:////var/lib/moderation.db or postgresql://user@host:5432/name")
        return value

    @model_validator(mode="after")
    def _keys_where_needed(self) -> Self:
        if self.secret_keys_file and not self.secret_keys_file.is_file():
            raise ValueError("SECRET_KEYS_FILE: there is no such file")
        if not self.embedded and not self.secret_keys and not self.secret_keys_file:
            raise ValueError("SECRET_KEYS: required with PostgreSQL (make one: moderation keys new)")
        if self.approve_below > self.reject_above:
            raise ValueError("APPROVE_BELOW: must not be above REJECT_ABOVE")
        return self

    @property
    def embedded(self) -> bool:
        """Whether the store is SQLite, which this process may create and migrate by itself."""
        return not self.database_url or self.database_url.startswith("sqlite")

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL with the driver we use."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / 'moderation.db'}"
        scheme, rest = self.database_url.split(":", 1)
        driver = "sqlite+aiosqlite" if scheme.startswith("sqlite") else "postgresql+psycopg"
        return f"{driver}:{rest}"


def read_settings(**given: Any) -> Settings:
    """Reads the environment; what is `given` goes before it.

    Raises WrongUse that names every missing or wrong variable, and repeats no value.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise WrongUse("Settings: " + "; ".join(_complaint(dict(entry)) for entry in error.errors())) from None


def _complaint(entry: Mapping[str, object]) -> str:
    message = str(entry["msg"]).removeprefix("Value error, ")
    location = entry["loc"]
    if isinstance(location, tuple) and location:
        return f"{PREFIX}{str(location[0]).upper()}: {message}"
    return f"{PREFIX}{message}"


def unknown_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Returns the `MODERATION_…` variables that no field reads: most probably misspelt."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    names = os.environ if environ is None else environ
    return sorted(name for name in names if name.startswith(PREFIX) and name not in known)
