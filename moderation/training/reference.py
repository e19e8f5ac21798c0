"""Plain cases that no site may unlearn: frozen spam and good comments, the same for every candidate at every site.

`models/reference.jsonl.gz` was drawn once from `models/data`: texts of 15 to 600 characters, of each kind those whose
SHA-256 comes first and that `baseline-3` judges with more than nine tenths of certainty; of the comment spam some
disguised copies as well. It is never drawn again: a candidate is compared with the champion on it, and not with what
the newest baseline happens to find plain.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from moderation.domain import Label, Writing
from moderation.errors import BadArtifact

SHA256 = "89cd29f9a87d824ef95aa1025b69cc347f3144f2ad32c99deb2104f0be70f7ae"


@dataclass(frozen=True, slots=True)
class PlainCase:
    """A text about which nobody is in doubt. `kind` says what it is, such as `disguised spam` or `news`."""

    writing: Writing
    label: Label
    kind: str


def reference_cases(models: Path) -> list[PlainCase]:
    """Returns the plain cases, in a fixed order. Raises BadArtifact if they are not those that were frozen."""
    try:
        data = gzip.decompress((models / "reference.jsonl.gz").read_bytes())
    except (OSError, EOFError) as error:
        raise BadArtifact(f"The reference set cannot be read: {type(error).__name__}.") from error
    if sha256(data).hexdigest() != SHA256:
        raise BadArtifact("The reference set is not the one that was frozen.")
    rows = [json.loads(line) for line in data.decode("utf-8").splitlines()]
    return [PlainCase(Writing(row["text"]), Label(row["label"]), row["kind"]) for row in rows]
