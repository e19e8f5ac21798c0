"""A classifier travels as data. What is not exactly one of ours is refused with one line, and nothing is ever run."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.domain import Writing
from moderation.errors import BadArtifact
from moderation.scoring import load_artifact, load_bundled, save_artifact
from moderation.scoring.artifact import MAGIC
from moderation.training.pipeline import compiled
from tests.training_data import small_artifact, small_classifier, small_pipeline

TEXTS = ["Check out my channel", "I think the mayor is right", ""]


def _header(data: bytes) -> tuple[dict[str, Any], bytes]:
    start = len(MAGIC) + 9
    length = int(data[len(MAGIC) : start - 1])
    return json.loads(data[start : start + length]), data[start + length :]


def _with(header: object, rest: bytes) -> bytes:
    head = json.dumps(header).encode()
    return MAGIC + f"{len(head):08d}\n".encode() + head + rest


def _changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    header, rest = _header(small_artifact())
    change(header)
    return _with(header, rest)


def _with_intercept(number: float) -> bytes:
    data = small_artifact()
    [listed] = [size for title, _, size, _ in _header(data)[0]["sections"] if title == "listed phrases"]
    end = len(data) - listed
    return data[: end - 8] + struct.pack("<d", number) + data[end:]


def test_a_saved_classifier_scores_the_same_and_is_named_by_its_bytes() -> None:
    data = small_artifact()

    loaded = load_artifact(data, sha256=hashlib.sha256(data).hexdigest())

    writings = [*map(Writing, TEXTS)]
    assert loaded.score(writings) == small_classifier().score(writings)
    assert loaded.version == f"small-{hashlib.sha256(data).hexdigest()[:8]}"


def test_the_same_classifier_gives_the_same_bytes() -> None:
    assert save_artifact(compiled(small_pipeline()), name="small") == small_artifact()


def test_the_recipe_travels_with_it() -> None:
    data = save_artifact(compiled(small_pipeline()), name="small", recipe={"texts": 12})

    assert _header(data)[0]["recipe"] == {"texts": 12}
    load_artifact(data)


class _Trap:
    """Unpickling it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


@pytest.mark.parametrize("disguise", ["bare", "behind the magic line", "as a section", "in a zip"])
def test_a_pickle_inside_never_runs(disguise: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    trap = pickle.dumps(_Trap(marker))
    header, rest = _header(small_artifact())
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("words.npy", b"\x93NUMPY\x01\x00" + trap)
    size = header["sections"][0][2]
    header["sections"][0][2] = len(trap)
    data = {
        "bare": trap,
        "behind the magic line": MAGIC + trap,
        "as a section": _with(header, trap + rest[size:]),
        "in a zip": archive.getvalue(),
    }[disguise]

    with pytest.raises(BadArtifact):
        load_artifact(data)

    assert not marker.exists()
    pickle.loads(trap)
    assert marker.exists(), "the trap itself must work, or this test shows nothing"


@pytest.mark.parametrize("twentieth", range(20))
def test_a_truncated_file_is_refused_wherever_it_ends(twentieth: int) -> None:
    data = small_artifact()

    with pytest.raises(BadArtifact):
        load_artifact(data[: len(data) * twentieth // 20])


def test_one_byte_less_or_more_is_refused() -> None:
    with pytest.raises(BadArtifact):
        load_artifact(small_artifact()[:-1])
    with pytest.raises(BadArtifact):
        load_artifact(small_artifact() + b"\0")


def _with_a_term_twice() -> bytes:
    header, rest = _header(small_artifact())
    sections = header["sections"]
    begin = sum(size for _, _, size, _ in sections[:6])  # the parts of words
    parts = rest[begin : begin + sections[6][2]].split(b"\n")
    parts[-1] = parts[0]
    body = b"\n".join(parts)
    end = begin + sections[6][2]
    sections[6][2] = len(body)
    return _with(header, rest[:begin] + body + rest[end:])


BAD: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"This is not a classifier.",
    "another format": lambda: small_artifact().replace(MAGIC, b"MODERATION-CLASSIFIER 2\n", 1),
    "no length": lambda: MAGIC,
    "length no number": lambda: MAGIC + b"-0000001\n{}",
    "absurd length": lambda: MAGIC + b"99999999\n{}",
    "no JSON": lambda: MAGIC + b"00000002\n{,",
    "deep JSON": lambda: MAGIC + b"00060000\n" + b"[" * 60_000,
    "no object": lambda: _with([], b""),
    "empty object": lambda: _with({}, b""),
    "another reader": lambda: _changed(lambda h: h.update(reader=0)),
    "no name": lambda: _changed(lambda h: h.pop("name")),
    "name with line break": lambda: _changed(lambda h: h.update(name="a\nb")),
    "sections no list": lambda: _changed(lambda h: h.update(sections=7)),
    "a section less": lambda: _changed(lambda h: h["sections"].pop()),
    "another kind": lambda: _changed(lambda h: h["sections"][1].__setitem__(1, "O")),
    "another order": lambda: _changed(lambda h: h["sections"].reverse()),
    "negative size": lambda: _changed(lambda h: h["sections"][0].__setitem__(2, -1)),
    "huge size": lambda: _changed(lambda h: h["sections"][0].__setitem__(2, 2**62)),
    "huge count": lambda: _changed(lambda h: h["sections"][1].__setitem__(3, 2**62)),
    "count of one more": lambda: _changed(lambda h: h["sections"][0].__setitem__(3, h["sections"][0][3] + 1)),
    "count as text": lambda: _changed(lambda h: h["sections"][1].__setitem__(3, "9")),
    "not UTF-8": lambda: _with(_header(small_artifact())[0], b"\xff" + _header(small_artifact())[1][1:]),
    "a term twice": _with_a_term_twice,
    "NaN": lambda: _with_intercept(float("nan")),
    "infinity": lambda: _with_intercept(float("inf")),
    "too large": lambda: small_artifact() + bytes(33 * 1024 * 1024),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_ours_is_refused_with_one_line(name: str) -> None:
    with pytest.raises(BadArtifact) as refused:
        load_artifact(BAD[name]())

    assert "\n" not in str(refused.value)
    assert str(refused.value)


def test_another_digest_is_refused() -> None:
    with pytest.raises(BadArtifact, match="SHA-256"):
        load_artifact(small_artifact(), sha256="0" * 64)


@given(st.binary(max_size=300), st.integers(0, 3))
@settings(max_examples=200)
def test_arbitrary_bytes_are_refused_and_raise_nothing_else(noise: bytes, form: int) -> None:
    header, rest = _header(small_artifact())
    data = [noise, MAGIC + noise, _with(header, noise), _with(header, noise + rest[len(noise) :])][form]
    if data == _with(header, rest):
        return

    # Noise that happens to fit is fine; any other exception is not.
    with suppress(BadArtifact):
        load_artifact(data)


def test_the_bundled_classifier_must_fit_its_card(tmp_path: Path) -> None:
    data = small_artifact()
    (tmp_path / "baseline.bin").write_bytes(data)
    card = tmp_path / "baseline.json"

    card.write_text(json.dumps({"sha256": hashlib.sha256(data).hexdigest()}))
    assert load_bundled(tmp_path).version == small_classifier().version

    for wrong in ('{"sha256": "00"}', "{}", "[]", "", "[" * 100_000, '{"sha256": 7}'):
        card.write_text(wrong)
        with pytest.raises(BadArtifact):
            load_bundled(tmp_path)


def test_a_missing_bundled_classifier_is_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(BadArtifact, match="cannot be read"):
        load_bundled(tmp_path)
