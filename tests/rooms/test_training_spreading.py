"""Where it is computed makes no difference: one process, two, or the workers of a cluster make the same candidate."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from moderation.domain import Label
from moderation.errors import WrongUse
from moderation.scoring import save_artifact
from moderation.scoring.artifact import read_artifact
from moderation.training.adapting import adapted
from moderation.training.candidate import make_candidate
from moderation.training.labels import Lesson, lessons_of
from moderation.training.pipeline import compiled
from moderation.training.spreading import computing, one_by_one, spread
from tests.labels import a_label
from tests.training_data import shipped_examples, small_artifact

pytestmark = pytest.mark.slow


def lessons(count: int) -> list[Lesson]:
    """Returns lessons of a video that the small model has not seen."""
    examples = [example for example in shipped_examples() if example.source == "Youtube03-LMFAO"][:count]
    labels = [a_label(text=example.text, label=Label(example.label)) for example in examples]
    return lessons_of(labels, site_host="", audit_rate=0.01)


def learned(taught: Sequence[Lesson]) -> bytes:
    """Returns the bytes of what is learned from lessons."""
    return save_artifact(compiled(adapted(read_artifact(small_artifact())[1], taught)), name="x")


def made(taught: Sequence[Lesson]) -> bytes:
    """Returns the bytes of a candidate, for which every recipe is tried."""
    return make_candidate(read_artifact(small_artifact())[1], taught, name="x").artifact


def test_parts_come_back_in_order() -> None:
    numbers = Random(1).sample(range(1000), 101)

    assert spread(lambda first, part: (first, list(part)), numbers, chunk=25) == [
        (begin, numbers[begin : begin + 25]) for begin in (0, 25, 50, 75, 100)
    ]


def test_results_come_back_in_order_and_are_counted() -> None:
    told: list[int] = []

    assert one_by_one(lambda number: number * 2, iter([3, 1, 2]), done=told.append) == [6, 2, 4]
    assert told == [1, 2, 3]


def test_two_processes_make_the_same_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = made(lessons(40))
    monkeypatch.setattr("moderation.training.spreading.CHUNK", 40)
    in_parts = learned(lessons(120))

    with computing(jobs=2):
        together, in_parts_together = made(lessons(40)), learned(lessons(120))

    assert together == alone
    assert in_parts_together == in_parts


@pytest.mark.filterwarnings("ignore")  # those of a cluster that starts and stops are not ours
def test_a_real_cluster_makes_the_same_candidate() -> None:
    distributed = pytest.importorskip("distributed")
    taught = lessons(40)
    alone = made(taught)

    # Workers are processes, as on other machines.
    ground = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
    with ground as cluster, computing(scheduler=cluster.scheduler_address):
        spread_out = made(taught)

    assert spread_out == alone


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_does_not_answer_is_said_to() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(WrongUse, match="scheduler"), computing(scheduler="nonsense address"):
        raise AssertionError("nobody is there")
