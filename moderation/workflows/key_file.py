"""Where the secret keys come from: the settings, or the file in which those of an embedded database lie."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from moderation.errors import WrongUse
from moderation.privacy import new_secret_key
from moderation.settings import SHORTEST_KEY, Settings

KEY_FILE = "secret.keys"


def secret_keys(settings: Settings) -> Sequence[str]:
    """Returns the secret keys, newest first; makes a key file (mode 0600) for an embedded database that has none."""
    if settings.secret_keys:
        return settings.secret_keys
    if settings.secret_keys_file:
        return read_keys(settings.secret_keys_file, shortest=SHORTEST_KEY)
    path = settings.data_dir / KEY_FILE
    make_key_file(path)
    return read_keys(path, shortest=SHORTEST_KEY)


def missing_key_file(settings: Settings) -> Path | None:
    """Returns the key file that would be made, if any."""
    path = settings.data_dir / KEY_FILE
    given = settings.secret_keys or settings.secret_keys_file
    return None if given or path.exists() else path


def read_keys(path: Path, *, shortest: int) -> Sequence[str]:
    """Returns the keys in a file, newest first. Raises WrongUse if there are none, or one has too few characters."""
    try:
        keys = path.read_text(encoding="ascii").split()
    except UnicodeDecodeError:
        keys = []
    if not keys or any(len(key) < shortest for key in keys):
        raise WrongUse(f"{path} needs keys of at least {shortest} characters, one a line.")
    return keys


def make_key_file(path: Path) -> None:
    """Makes a file with a new key, mode 0600, unless there is one."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and linked into place: two first starts at once end with one whole file. It is readable by its
    # owner only, and has a name of its own: in containers all processes have the same few numbers.
    descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_secret_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
    _keep_entries(path.parent)


def _keep_entries(folder: Path) -> None:
    """Returns when the names in a folder survive a power cut: addresses sealed with a key that is gone are gone."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
