"""The classifier that commands use: the one that serves here, or a version by its name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from moderation.errors import NotFound, StorageUnavailable

if TYPE_CHECKING:
    from moderation.scoring import Classifier
    from moderation.settings import Settings


def load_classifier(version: str | None = None) -> Classifier:
    """Returns this version, or the one that serves. Raises NotFound, and BadArtifact when it is damaged.

    Where nothing has been set up yet, that is the bundled one: trying it out must not create a database.
    """
    from moderation.bundled import bundled_folder
    from moderation.cli.store import command_settings
    from moderation.scoring import load_bundled

    settings, folder = command_settings(), bundled_folder("models")
    if not _is_set_up(settings):
        bundled = load_bundled(folder)
        if version in (None, bundled.version):
            return bundled
        # Asking the registry would create an empty database.
        raise NotFound(f"There is no classifier of that version; the bundled one is {bundled.version}.")
    try:
        return asyncio.run(_registered(settings, version, folder))
    except StorageUnavailable:
        if version is not None:
            raise
        click.echo("moderation: the model registry cannot be read; this is the bundled classifier.", err=True)
        return load_bundled(folder)


def _is_set_up(settings: Settings) -> bool:
    from moderation.storage.sqlite import file_of

    file = file_of(settings.store_url)
    return file is None or file.exists()


async def _registered(settings: Settings, version: str | None, folder: Path) -> Classifier:
    from moderation.storage.database import Database
    from moderation.workflows.models import load_serving, load_version

    database = Database(settings.store_url)
    try:
        if version is None:
            return await load_serving(folder=folder, open_reading=database.open_reading)
        return await load_version(version, folder=folder, open_reading=database.open_reading)
    finally:
        await database.close()
