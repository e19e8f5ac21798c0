"""What the operator sets: read once from the environment (prefix `MODERATION_`), checked together, never changed.

`wiring`, the command and the doors read this object, and whoever looks for the secret keys; everybody else is given
what they need.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from moderation.domain.cron import Cron, read_cron
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
    database_url: str = Field(
        "", repr=False, description="Where comments are stored; empty: SQLite, `moderation.db` in DATA_DIR."
    )
    secret_keys_file: Path | None = Field(None, description="A file with SECRET_KEYS, one a line, instead of them.")
    secret_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), repr=False, description="Secrets that protect stored addresses, comma-separated, newest first."
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes; more than one needs PostgreSQL.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks of proxies whose X-Forwarded-For is believed, comma-separated."
    )
    redis_url: str = Field(
        "", repr=False, description="Redis that counts readers' tries for all processes; empty: each for itself."
    )
    public_url: str = Field("", description="Address under which readers reach the service; links to appeals begin so.")
    metrics_port: int | None = Field(None, ge=0, le=65535, description="A port of its own for /metrics, without token.")
    metrics_token: str | None = Field(None, repr=False, min_length=16, description="Bearer token for /metrics.")
    log_format: Literal["console", "json"] = Field("console", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")
    reject_above: Share = Field(0.95, description="P(spam) from which the machine rejects, where a site sets none.")
    approve_below: Share = Field(0.3, description="P(spam) below which the machine publishes, where a site sets none.")
    audit_sample: Share = Field(0.01, description="Share of machine verdicts shown to a person all the same.")
    address_days: int = Field(30, ge=0, le=3650, description="Days that IP prefix, its fingerprint and agent are kept.")
    replay_days: int = Field(30, ge=1, le=3650, description="Days that a webhook id is remembered.")
    endpoint_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Networks besides the public internet that webhooks may go to, also by http, comma-separated.",
    )
    max_batch: int = Field(256, ge=1, le=1000, description="Comments in one scoring call and one transaction.")
    max_waiting: int = Field(2000, ge=1, description="Comments that may wait for a batch; more are answered 503.")
    retrain_cron: str = Field(
        "", description="When sites are trained, in UTC, as five fields of cron such as `30 3 * * *`; empty: never."
    )
    retrain_after: int = Field(0, ge=0, description="New labels of a site after which it is trained; 0: never.")
    demo: str = Field(
        "", description="Site whose demonstration is at /demo/; `off`: none; empty: the first one, where all is local."
    )
    drain_seconds: float = Field(
        3, ge=0, le=60, description="Seconds after SIGTERM in which /readyz answers 503 and all else as before."
    )
    max_connections: int = Field(1000, ge=1, description="Open connections; more are closed at once.")

    @field_validator("secret_keys", "trusted_proxies", "endpoint_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    # What does not go together is checked with the later field of the two: a check of the whole would be left out as
    # soon as any field is wrong, and `info.data` holds the earlier fields that are right.

    @field_validator("secret_keys")
    @classmethod
    def _enough_keys(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if any(len(key) < SHORTEST_KEY for key in value):
            raise ValueError(f"each key needs at least {SHORTEST_KEY} characters")
        # As in the file of keys. What else a terminal sends depends on its settings, and so would the key.
        if not all(key.isascii() for key in value):
            raise ValueError("a key is made of ASCII characters only (make one: moderation keys new)")
        needed = not _is_embedded(info.data.get("database_url", "")) and not info.data.get("secret_keys_file", "wrong")
        if needed and not value:
            raise ValueError("required with PostgreSQL (make one: moderation keys new)")
        return value

    @field_validator("trusted_proxies", "endpoint_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ipaddress.ip_network(part)) for part in value)
        except ValueError:
            raise ValueError("needs addresses or networks such as 10.0.0.0/8, comma-separated") from None

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str) -> str:
        if value and not re.fullmatch(r"(rediss?|unix)://\S+", value):
            raise ValueError("needs an address such as redis://localhost:6379/0")
        return value

    @field_validator("public_url")
    @classmethod
    def _leads_here(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#@\\]+(/[^\s?#]*)?", value, re.ASCII):
            raise ValueError("needs an address such as https://comments.example.com")
        return value.rstrip("/")

    @field_validator("host")
    @classmethod
    def _nameable(cls, value: str) -> str:
        if not _may_be_host(value):
            raise ValueError("is neither an address nor the name of a host")
        return value

    @field_validator("secret_keys_file")
    @classmethod
    def _present(cls, value: Path | None) -> Path | None:
        if value and not value.is_file():
            raise ValueError("there is no such file")
        return value

    @field_validator("approve_below")
    @classmethod
    def _in_order(cls, value: float, info: ValidationInfo) -> float:
        if value > info.data.get("reject_above", 1):
            raise ValueError("must not be above REJECT_ABOVE")
        return value

    @field_validator("retrain_cron")
    @classmethod
    def _cron_line(cls, value: str) -> str:
        if value.strip():
            read_cron(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        found = _DATABASE_URL.fullmatch(value)
        if value and not (found and _may_be_host(found[4])):
            raise ValueError("needs a URL such as sqlite:////var/lib/moderation.db or postgresql://user@host:5432/name")
        return value

    @property
    def embedded(self) -> bool:
        """Whether the store is SQLite, which this process may create and migrate by itself."""
        return _is_embedded(self.database_url)

    @property
    def is_local(self) -> bool:
        """Whether this looks like somebody's own machine: embedded store, loopback, and no proxy in front of it."""
        loopback = self.host == "localhost" or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)
        return self.embedded and loopback and not self.trusted_proxies

    @property
    def cron(self) -> Cron | None:
        """The times of `retrain_cron`, if there are any."""
        return read_cron(self.retrain_cron) if self.retrain_cron.strip() else None

    def as_environment(self) -> dict[str, str]:
        """Returns the variables by which a command finds the same store, folder and keys."""
        given = {
            "DATABASE_URL": self.database_url,
            "DATA_DIR": str(self.data_dir.resolve()),
            "SECRET_KEYS": ",".join(self.secret_keys),
            "SECRET_KEYS_FILE": str(self.secret_keys_file or ""),
        }
        return {PREFIX + name: value for name, value in given.items() if value}

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL with the driver we use."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data_dir / 'moderation.db'}"
        scheme, rest = self.database_url.split(":", 1)
        driver = "sqlite+aiosqlite" if scheme.startswith("sqlite") else "postgresql+psycopg"
        return f"{driver}:{rest}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _may_be_host(name: str) -> bool:
    """Tells whether a look-up of this name may be tried: one with an endless or an empty part cannot even be asked."""
    if "%" in name:  # the path of a socket
        return True
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


def _is_embedded(database_url: str) -> bool:
    return not database_url or database_url.startswith("sqlite")


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
    name = str(location[0]).upper() if isinstance(location, tuple) and location else ""
    return f"{PREFIX}{name}: {message}"


def unread_variables(environ: Mapping[str, str] | None = None) -> list[str]:
    """Returns a sentence about each `MODERATION_…` variable that no field reads; it repeats no value."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    names = os.environ if environ is None else environ
    return [
        f"{name} is no setting of ours; is it misspelt?"
        for name in sorted(names)
        if name.startswith(PREFIX) and name not in known
    ]
