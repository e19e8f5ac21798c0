"""Fits that were judged already, one file each. Whoever runs the comparison throws them away in time: a file knows its
recipe by name only, not what the recipe was then.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np

from bench.accuracy.folds import Fold, Judged

_SCORES = "scores"


def read_kept(folder: Path, fold: Fold) -> Judged | None:
    """Returns what came of this fold; None when it is not kept."""
    path = _path(folder, fold)
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return Judged(fold, arrays[_SCORES], {name: arrays[name] for name in arrays.files if name != _SCORES})


def write_kept(folder: Path, judged: Judged) -> None:
    """Keeps what came of a fold."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, judged.fold)
    temporary = path.with_suffix(".new.npz")
    np.savez(temporary, allow_pickle=False, **{_SCORES: judged.scores, **judged.under_attack})
    temporary.replace(path)


def _path(folder: Path, fold: Fold) -> Path:
    what = sha256(repr(fold).encode()).hexdigest()[:12]
    return folder / f"{'-'.join([*fold.task.replace(',', '').split(), fold.recipe])}-{what}.npz"
