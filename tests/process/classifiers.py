"""Small classifiers in the real format, and installations that come with them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from moderation.bundled import bundled_folder
from moderation.scoring import load_artifact, save_artifact
from moderation.scoring.about import NAMES
from moderation.scoring.learned import AboutWeights, Block, Learned


def small_artifact(name: str) -> bytes:
    """Returns a classifier that knows one word, and finds everything else harmless."""
    nothing = Block((), (), ())
    zeros = (0.0,) * len(NAMES)
    about = AboutWeights(mean=zeros, factor=zeros, weight=zeros)
    learned = Learned(-3.0, Block(("watches",), (1.0,), (9.0,)), nothing, nothing, about)
    return save_artifact(learned, name=name)


def version_of(artifact: bytes) -> str:
    """Returns the version that a service says it scores with."""
    return load_artifact(artifact).version


def card_of(artifact: bytes) -> dict[str, object]:
    """Returns a card that speaks of this artifact."""
    return {"sha256": hashlib.sha256(artifact).hexdigest()}


class Installation:
    """A copy of the package with a bundled classifier of its own. A command that is run in `folder` is this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.artifact = small_artifact("small")
        self.version = version_of(self.artifact)
        for name in ("moderation", "alembic"):
            source = bundled_folder("alembic").parent / name
            # With what is compiled, but not with what is being written just now.
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        self._models = folder / "models"
        self._models.mkdir()
        self.restore()

    @property
    def file(self) -> Path:
        return self._models / "baseline.bin"

    @property
    def card(self) -> Path:
        return self._models / "baseline.json"

    def restore(self) -> None:
        """Puts the good classifier back."""
        self.put(self.artifact)

    def put(self, artifact: bytes, card: dict[str, object] | None = None) -> None:
        """Puts a classifier in the place of the bundled one, with a card that speaks of it unless told otherwise."""
        self.file.write_bytes(artifact)
        self.card.write_text(json.dumps(card or card_of(artifact)), encoding="ascii")
