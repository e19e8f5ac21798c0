"""A classifier as bytes: a line that names the format, a header in JSON, and sections of text and numbers.

    MODERATION-CLASSIFIER 1\\n
    00001234\\n                length of the header in bytes, eight decimal digits
    {"name": …, "reader": …, "recipe": {…}, "sections": [["words", "text", bytes, count], …],
     "calibration": [[from, to], …]}    the last one only where there is one
    the sections, one after the other, nothing behind them

Text sections are UTF-8, one term a line. Numbers are little-endian IEEE 754, `e` with two bytes and `d` with eight,
or whole ones without sign, `I` with four bytes.
Nothing is compressed, so nothing can unpack to more than it is; nothing is a reference, a class or code. The same
classifier always gives the same bytes. The version of a classifier is its name and the first eight digits of the
SHA-256 of its bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path

from moderation.errors import BadArtifact
from moderation.scoring.about import NAMES
from moderation.scoring.calibration import Bends, rises
from moderation.scoring.classifier import Classifier
from moderation.scoring.learned import AboutWeights, Block, Learned
from moderation.scoring.sections import SECTIONS, Sections, bytes_of, read_section

MAGIC = b"MODERATION-CLASSIFIER 1\n"
# Raised whenever the same text would be read into other features: a classifier only understands its own reader.
READER = 4

_LENGTH_DIGITS = 8
_MAX_HEADER = 64 * 1024
_MAX_BYTES = 32 * 1024 * 1024
_MAX_BENDS = 100
_MAX_IDF = 64.0  # log of the number of texts, plus one; no data set on earth comes near


def save_artifact(learned: Learned, *, name: str, recipe: Mapping[str, object] | None = None) -> bytes:
    """Returns the bytes of a classifier. Rounds idf and weights of terms to half precision.

    `recipe` tells how it was made; it must be JSON and is for people only.
    """
    bodies = bytes_of(_sections(learned))
    described = [[title, kind, len(body), count] for (title, kind), (body, count) in zip(SECTIONS, bodies, strict=True)]
    header = {"name": name, "reader": READER, "recipe": dict(recipe or {}), "sections": described}
    if learned.calibration:
        header["calibration"] = [list(bend) for bend in learned.calibration]
    head = json.dumps(header, sort_keys=True, ensure_ascii=True, allow_nan=False).encode()
    return b"".join([MAGIC, f"{len(head):0{_LENGTH_DIGITS}d}\n".encode(), head, *(body for body, _ in bodies)])


def load_artifact(data: bytes, *, sha256: str | None = None) -> Classifier:
    """Returns the classifier of these bytes. Raises BadArtifact with one line when anything at all is wrong."""
    digest = hashlib.sha256(data).hexdigest()
    if sha256 is not None and digest != sha256:
        raise BadArtifact(f"The classifier's SHA-256 is {digest[:12]}…, not {sha256[:12]}… as expected.")
    name, learned = read_artifact(data)
    return Classifier(f"{name}-{digest[:8]}", learned)


def read_artifact(data: bytes) -> tuple[str, Learned]:
    """Returns the name of a classifier and what it has learned, to learn on from. Raises BadArtifact."""
    header, rest = _split(data)
    name = header.get("name")
    if header.get("reader") != READER:
        raise BadArtifact("The classifier was made for another way of reading texts.")
    if not isinstance(name, str) or not name.isprintable() or not 1 <= len(name) <= 100:
        raise BadArtifact("The classifier has no proper name.")
    learned = _learned(_read_sections(header.get("sections"), rest))
    return name, replace(learned, calibration=_bends(header.get("calibration", [])))


def load_bundled(folder: Path) -> Classifier:
    """Returns the classifier in `baseline.bin`, if it is the one that `baseline.json` speaks of. Raises BadArtifact."""
    sha256 = str(read_card(folder)["sha256"])
    try:
        data = (folder / "baseline.bin").read_bytes()
    except OSError as error:
        raise BadArtifact(f"The bundled classifier cannot be read: {type(error).__name__}.") from error
    return load_artifact(data, sha256=sha256)


def read_card(folder: Path) -> dict[str, object]:
    """Returns the card `baseline.json`, which has at least a `sha256`. Raises BadArtifact."""
    try:
        card = json.loads((folder / "baseline.json").read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadArtifact(f"The card of the bundled classifier cannot be read: {type(error).__name__}.") from error
    if not isinstance(card, dict) or not isinstance(card.get("sha256"), str):
        raise BadArtifact("The card of the bundled classifier names no SHA-256.")
    return card


def _sections(learned: Learned) -> Sections:
    blocks = (learned.words, learned.pairs, learned.parts)
    about = learned.about
    of_blocks = [section for block in blocks for section in (block.terms, block.idf, block.weight)]
    return [*of_blocks, about.mean, about.factor, about.weight, (learned.intercept,), learned.listed]


def _split(data: bytes) -> tuple[dict[str, object], memoryview]:
    """Returns the header and what follows it."""
    start = len(MAGIC) + _LENGTH_DIGITS + 1
    digits = data[len(MAGIC) : start]
    if len(data) > _MAX_BYTES:
        raise BadArtifact("The classifier is larger than any that we make.")
    if not data.startswith(MAGIC):
        raise BadArtifact("This is not a classifier of a format that we know.")
    if len(digits) != _LENGTH_DIGITS + 1 or not digits[:-1].isdigit() or int(digits[:-1]) > _MAX_HEADER:
        raise BadArtifact("The header of the classifier is damaged.")
    end = start + int(digits[:-1])
    try:
        header = json.loads(data[start:end])
    except (ValueError, RecursionError) as error:
        raise BadArtifact("The header of the classifier is not JSON.") from error
    if not isinstance(header, dict):
        raise BadArtifact("The header of the classifier is not an object.")
    return header, memoryview(data)[end:]


def _read_sections(described: object, rest: memoryview) -> Sections:
    if not isinstance(described, list) or len(described) != len(SECTIONS):
        raise BadArtifact("The classifier has other sections than it should.")
    sections: Sections = []
    for (title, kind), entry in zip(SECTIONS, described, strict=True):
        match entry:
            case [str(t), str(k), int(size), int(count)] if (t, k) == (title, kind) and 0 <= size <= len(rest):
                sections.append(read_section(title, kind, rest[:size], count))
                rest = rest[size:]
            case _:
                raise BadArtifact(f"The section «{title}» of the classifier is missing or damaged.")
    if len(rest):
        raise BadArtifact("Something follows the end of the classifier.")
    return sections


def _bends(written: object) -> Bends:
    """Returns the bends of a calibration; none is none."""
    bends: list[tuple[float, float]] = []
    for bend in written if isinstance(written, list) and len(written) <= _MAX_BENDS else [None]:
        match bend:
            case [float(begin), float(end)] if isfinite(begin) and isfinite(end):
                bends.append((begin, end))
            case _:
                raise BadArtifact("The calibration of the classifier is damaged.")
    if not rises(tuple(bends)):
        raise BadArtifact("The calibration of the classifier does not rise.")
    return tuple(bends)


def _block(title: str, sections: Sections) -> Block:
    terms, idf, weight = sections
    if not len(terms) == len(idf) == len(weight):
        raise BadArtifact(f"The numbers of «{title}» do not fit its terms.")
    if idf and not 0 < min(idf) <= max(idf) <= _MAX_IDF:  # type: ignore[operator]
        raise BadArtifact(f"«{title}» holds a rarity outside its range.")
    return Block(terms, idf, weight)  # type: ignore[arg-type]


def _learned(sections: Sections) -> Learned:
    """Puts the sections together; every number has been found finite."""
    words, pairs, parts = (_block(SECTIONS[i][0], sections[i : i + 3]) for i in (0, 3, 6))
    mean, factor, weight, intercept, listed = sections[9:]
    if not len(mean) == len(factor) == len(weight) == len(NAMES) or len(intercept) != 1:
        raise BadArtifact("The classifier was made with other hand-made features.")
    about = AboutWeights(mean, factor, weight)  # type: ignore[arg-type]
    return Learned(float(intercept[0]), words, pairs, parts, about, listed)  # type: ignore[arg-type]
