"""A classifier that is missing or damaged stops nothing: comments wait, nothing of the file runs, and a good one heals.

The command is run in a copy of the package (see `classifiers.Installation`), so that the copy's `models` can be broken.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from moderation.domain import ModelVersion
from moderation.settings import Settings
from moderation.wiring import open_house
from tests.process.classifiers import Installation, card_of, small_artifact, version_of
from tests.process.commands import Serving, eventually, obeyed, refused
from tests.process.places import SECRET_KEY, Place
from tests.process.sending import deliveries, send_all, signed

pytestmark = pytest.mark.slow

HEALED_SECONDS = 60
READY_SECONDS = 10


class MakesAMarker:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., int], tuple[str, int]]:
        return os.open, (str(self.marker), os.O_CREAT | os.O_WRONLY)


def missing(installation: Installation, _marker: Path) -> None:
    installation.file.unlink()


def without_card(installation: Installation, _marker: Path) -> None:
    installation.card.unlink()


def truncated(installation: Installation, _marker: Path) -> None:
    installation.file.write_bytes(installation.artifact[:-20])


def truncated_and_carded(installation: Installation, _marker: Path) -> None:
    installation.put(installation.artifact[:-20])


def foreign(installation: Installation, _marker: Path) -> None:
    installation.put(b"\x7fELF" + bytes(range(256)) * 100)


def empty(installation: Installation, _marker: Path) -> None:
    installation.put(b"")


def pickled(installation: Installation, marker: Path) -> None:
    installation.put(pickle.dumps(MakesAMarker(marker)))


def pickled_card(installation: Installation, marker: Path) -> None:
    installation.card.write_bytes(pickle.dumps(MakesAMarker(marker)))


def of_another_version(installation: Installation, _marker: Path) -> None:
    installation.put(installation.artifact, card_of(small_artifact("other")))


DAMAGES = [
    missing, without_card, truncated, truncated_and_carded, foreign, empty, pickled, pickled_card, of_another_version,
]  # fmt: skip


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A copy of the package with a small classifier."""
    return Installation(tmp_path / "installation")


@pytest.fixture
def place(sqlite_place: Place) -> Place:
    """A place on SQLite; its services say what they decide by score, without a sample for people."""
    sqlite_place.environ |= {"MODERATION_AUDIT_SAMPLE": "0", "MODERATION_SECRET_KEYS": SECRET_KEY}
    return sqlite_place


def statuses(place: Place) -> dict[str, tuple[str, str, str | None]]:
    """Returns status, reason and model of every comment."""
    rows = place.query("SELECT external_id, status, reason, model FROM comments")
    return {name: (status, reason, model) for name, status, reason, model in rows}


def model_check(serving: Serving) -> dict[str, object]:
    """Returns what readiness says about the model."""
    found: dict[str, object] = serving.get("/readyz")[1]["checks"]["model"]
    return found


def test_the_pickle_of_these_tests_does_make_its_marker(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(MakesAMarker(tmp_path / "marker")))

    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
async def test_comments_are_held_and_nothing_of_a_damaged_file_runs(
    damage: Callable[[Installation, Path], None], installation: Installation, place: Place, tmp_path: Path
) -> None:
    damage(installation, tmp_path / "marker")
    serving = place.serve(cwd=installation.folder)
    seconds = eventually(lambda: "Listening on" in serving.stdout, what="listening")

    status, ready = serving.get("/readyz")
    answers = await send_all(serving.address, deliveries(place.keys, 10), concurrency=4)

    assert seconds <= READY_SECONDS
    assert (status, ready["checks"]["storage"]["ok"], ready["checks"]["model"]["ok"]) == (503, True, False)
    assert "classifier" in str(ready["checks"]["model"]["detail"])
    assert serving.get("/healthz")[0] == 200
    assert [answer.status for answer in answers.values()] == [201] * 10
    assert set(statuses(place).values()) == {("pending", "not_scored", None)}
    assert {(answer.body["score"], answer.body["model"]) for answer in answers.values()} == {(None, None)}
    assert serving.stderr.count("model_not_loaded") == 1
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize("damage", [missing, truncated, pickled], ids=lambda damage: damage.__name__)
async def test_what_was_held_is_scored_when_a_good_classifier_is_back(
    damage: Callable[[Installation, Path], None], installation: Installation, place: Place, tmp_path: Path
) -> None:
    damage(installation, tmp_path / "marker")
    serving = place.serve(cwd=installation.folder)
    eventually(lambda: "Listening on" in serving.stdout, what="listening")
    held = [*deliveries(place.keys, 250), signed(place.keys, "spam", "Buy watches, watches, watches")]
    await send_all(serving.address, held)

    installation.restore()
    seconds = eventually(
        lambda: {model for _, _, model in statuses(place).values()} == {installation.version}, what="the scores"
    )

    assert seconds <= HEALED_SECONDS
    assert statuses(place)["spam"] == ("rejected", "spam", installation.version)
    assert statuses(place)["c-0"] == ("approved", "clean", installation.version)
    assert len(place.stored()) == len(held)
    eventually(lambda: serving.get("/readyz")[0] == 200, what="readiness")
    assert serving.process.poll() is None


async def test_a_model_that_was_trained_here_serves_though_the_bundled_one_is_damaged(
    installation: Installation, place: Place
) -> None:
    trained = small_artifact("trained")
    obeyed("site", "add", "first-site", "--url", "https://x.example", environ=place.environ, cwd=installation.folder)
    await register(trained, place)
    obeyed("models", "promote", version_of(trained), environ=place.environ, cwd=installation.folder)

    installation.file.write_bytes(b"damaged")
    serving = place.serve(cwd=installation.folder)
    serving.until_ready()

    assert model_check(serving) == {"ok": True, "detail": version_of(trained)}
    assert version_of(trained) in obeyed("models", "list", environ=place.environ, cwd=installation.folder)


async def test_a_promotion_and_a_way_back_reach_the_running_service(installation: Installation, place: Place) -> None:
    trained = small_artifact("trained")
    serving = place.serve(cwd=installation.folder)
    serving.until_ready()
    await register(trained, place)
    call = {"environ": place.environ, "cwd": installation.folder}

    assert model_check(serving)["detail"] == installation.version
    for words, serves in (
        (["promote", version_of(trained)], version_of(trained)),
        (["rollback"], installation.version),
    ):
        assert obeyed("models", *words, **call).startswith(f"{serves} serves")  # type: ignore[arg-type]
        eventually(lambda: model_check(serving)["detail"] == serves, what="the other model")  # noqa: B023
    delivery = signed(place.keys, "c-1", "Thank you, this explains a lot.")
    answers = await send_all(serving.address, [delivery])
    assert answers["c-1"].body["model"] == installation.version


def test_a_bundled_model_of_before_an_upgrade_cannot_be_promoted(installation: Installation, place: Place) -> None:
    call = {"environ": place.environ, "cwd": installation.folder}
    obeyed("models", "list", **call)  # type: ignore[arg-type]
    installation.put(newer := small_artifact("newer"))

    listed = obeyed("models", "list", **call)  # type: ignore[arg-type]

    assert [line.split()[:2] for line in listed.splitlines() if line.startswith("*")] == [["*", version_of(newer)]]
    line = refused("models", "promote", installation.version, environ=place.environ, cwd=installation.folder)
    assert f"This installation comes with {version_of(newer)}, not with {installation.version}." in line


async def register(artifact: bytes, place: Place) -> None:
    """Puts a trained classifier into the registry, as a retraining does."""
    data_dir = Path(place.environ["MODERATION_DATA_DIR"])
    async with open_house(Settings(data_dir=data_dir, secret_keys=(SECRET_KEY,))) as house:
        version = version_of(artifact)
        card = card_of(artifact)
        model = ModelVersion(version, str(card["sha256"]), bundled=False, card=card, created_at=house.now())
        async with house.database.open_work() as work:
            await work.models.add(model, artifact)
            await work.commit()
