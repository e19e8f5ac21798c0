"""Fitting is reproducible, learns nothing personal, and finds disguised spam again."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from random import Random

import numpy as np
import pytest
from sklearn.base import clone

from moderation.bundled import bundled_folder
from moderation.domain import Label, Writing
from moderation.scoring.artifact import MAGIC, load_artifact, save_artifact
from moderation.scoring.learned import Learned
from moderation.scoring.reading import read
from moderation.training import pipeline as pipeline_module
from moderation.training.attacks import ATTACKS
from moderation.training.blocks import PartBlock, bare_passage, parts, whole_passage
from moderation.training.dataset import Example, make_dataset
from moderation.training.pipeline import compiled, fit
from tests.training_data import small_artifact, small_classifier, small_pipeline, some_examples

_FIT_AGAIN = """
import hashlib
from tests.training_data import small_artifact
print(hashlib.sha256(small_artifact()).hexdigest())
"""


@pytest.mark.parametrize(
    "processor",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "OPENBLAS_CORETYPE": "Prescott"},
        {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "1"},
    ],
)
def test_another_process_on_another_processor_fits_the_same_bytes(processor: dict[str, str]) -> None:
    environment = {"PYTHONPATH": str(bundled_folder("models").parent)} | processor

    done = subprocess.run(
        [sys.executable, "-c", _FIT_AGAIN], capture_output=True, text=True, check=True, env=environment
    )

    assert done.stdout.strip() == hashlib.sha256(small_artifact()).hexdigest()


def test_the_blocks_can_be_cloned_and_fitted_again() -> None:
    dataset = make_dataset(some_examples()[::10])
    first = fit(dataset)

    second = clone(first).fit_dataset(dataset)

    assert compiled(second) == compiled(first)


def test_a_part_counts_once_for_all_copies_of_a_text() -> None:
    dataset = make_dataset(some_examples()[::7])
    readings = [read(text) for text in dataset.texts]
    passages = [
        whole_passage(reading, frozenset(), origin) if whole else bare_passage(reading.tokens)
        for reading, whole, origin in zip(readings, dataset.whole, dataset.origins, strict=True)
    ]
    every: dict[str, set[int]] = {}
    spam: dict[str, set[int]] = {}
    for passage, is_spam in zip(passages, dataset.spam, strict=True):
        for part in parts(passage) if passage.about is not None else ():
            every.setdefault(part, set()).add(passage.origin)
            if is_spam:
                spam.setdefault(part, set()).add(passage.origin)

    learned = PartBlock(in_spam=9, in_all=20).fit(passages, dataset.spam)

    # Six, because the texts are few.
    kept = [part for part in every if len(spam.get(part, ())) >= 6 or len(every[part]) >= 20]
    origins = len({passage.origin for passage in passages if passage.about is not None})
    idf = [float(np.float16(np.log((1 + origins) / (1 + len(every[part]))) + 1)) for part in learned.terms_]
    assert learned.terms_ == sorted(kept)
    assert learned.idf_.tolist() == idf
    assert min(len(kept), len(every) - len(kept)) > 100


def test_the_rounded_weights_are_those_that_are_compared() -> None:
    learned = compiled(small_pipeline())

    for block in (learned.words, learned.pairs, learned.parts):
        for numbers in (block.idf, block.weight):
            values = np.array(numbers)
            assert (values == values.astype(np.float16)).all()


def test_terms_of_many_texts_are_weighted_by_what_they_tell_and_serving_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = make_dataset(some_examples()[::4])
    alike = compiled(fit(dataset))
    monkeypatch.setattr(pipeline_module, "ENOUGH_TO_LEAN", 0)
    leaning = fit(dataset)

    texts = ["Subscribe to my channel, please", "The council will vote on the bridge in March.", "pills 4 free"]
    served = load_artifact(save_artifact(compiled(leaning), name="leaning")).score([*map(Writing, texts)])

    assert [s.spam for s in served] == pytest.approx(leaning.predict_proba(texts)[:, 1], abs=1e-9)
    assert compiled(leaning).words.terms == alike.words.terms
    assert compiled(leaning).words.weight != alike.words.weight
    assert compiled(fit(dataset)) == compiled(leaning)


def _vocabulary(learned: Learned) -> list[str]:
    return [*learned.words.terms, *learned.pairs.terms, *learned.parts.terms]


_PERSONAL = {
    "e-mail address": re.compile(r"\w@|@\w"),
    "telephone number or long number": re.compile(r"[1-9]|\d{4}"),
    "long id": re.compile(r"(?=\S*\d)\S{16}"),
}


@pytest.mark.parametrize("kind", _PERSONAL)
def test_nothing_personal_is_learned_even_if_every_text_has_it(kind: str) -> None:
    person = (
        "Ann write to ann.smith77@example.org or +44 20 7946 0958 or 02079460958, IBAN DE89370400440532013000, "
        "www.example.org/ann.smith"
    )
    examples = [Example(f"{person} {word}", label) for label in Label for word in ("a", "b", "c", "d", "e", "f")]
    dataset = make_dataset([*examples, *some_examples()[:200]])

    learned = compiled(fit(dataset))

    assert [term for term in _vocabulary(learned) if _PERSONAL[kind].search(term)] == []
    assert "ann.smith" not in " ".join(_vocabulary(learned))
    assert not {"smith", "smith00", "ann smith"} & set(_vocabulary(learned))


@pytest.mark.parametrize("kind", _PERSONAL)
def test_the_vocabulary_of_the_bundled_classifier_holds_nothing_personal(kind: str) -> None:
    data = (bundled_folder("models") / "baseline.bin").read_bytes()
    load_artifact(data)  # it is one of ours, so its terms are lines of text
    terms = re.findall(r"[^\n\x00-\x08\x0e-\x1f]{2,60}", _text_sections(data))

    assert len(terms) > 10_000
    assert [term for term in terms if _PERSONAL[kind].search(term)] == []


def _text_sections(data: bytes) -> str:
    import json

    start = len(MAGIC) + 9
    end = start + int(data[len(MAGIC) : start - 1])
    texts, place = [], end
    for _, kind, size, _ in json.loads(data[start:end])["sections"]:
        if kind == "text":
            texts.append(data[place : place + size].decode())
        place += size
    return "\n".join(texts)


@pytest.mark.parametrize("name", ATTACKS)
def test_attacked_spam_keeps_its_high_score(name: str) -> None:
    random = Random(5)
    spam = [e.text for e in some_examples() if e.label is Label.SPAM and e.source.startswith("Youtube")][:200]

    attacked = [ATTACKS[name](text, random) for text in spam]

    plain = np.mean([s.spam > 0.5 for s in small_classifier().score([*map(Writing, spam)])])
    disguised = np.mean([s.spam > 0.5 for s in small_classifier().score([*map(Writing, attacked)])])
    assert plain > 0.95
    assert disguised > plain - (0.12 if name == "typing errors" else 0.05)


@pytest.mark.parametrize(
    "spam",
    [
        "Check out my channel and subscribe",
        "сhеck оut mу сhаnnеl аnd subsсribе",
        "ch3ck 0ut my ch4nn3l 4nd sub5cribe",
        "c h e c k  o u t  m y  c h a n n e l  a n d  s u b s c r i b e",
        "che\u200bck ou\u200bt my chan\u200bnel and sub\u200bscribe",
        "𝐂𝐡𝐞𝐜𝐤 𝐨𝐮𝐭 𝐦𝐲 𝐜𝐡𝐚𝐧𝐧𝐞𝐥 𝐚𝐧𝐝 𝐬𝐮𝐛𝐬𝐜𝐫𝐢𝐛𝐞",
    ],
)
def test_a_well_known_spam_is_known_in_every_disguise(spam: str) -> None:
    assert small_classifier().score([Writing(spam)])[0].spam > 0.9
