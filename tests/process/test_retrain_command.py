"""`moderation retrain`: killed at any moment it leaves what serves as it was, and the next run ends well."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from moderation.domain import Label, RunState
from moderation.settings import Settings
from moderation.storage.training_tables import training_leases
from moderation.training.dataset import Example
from moderation.wiring import House, open_house
from tests.process.commands import eventually, obeyed
from tests.process.places import Place
from tests.process.warm import run_warm
from tests.training_data import shipped_examples
from tests.workflows.taught import teach

pytestmark = pytest.mark.slow

# After so many seconds behind the moment at which it has begun.
KILLED_AFTER = (0.0, 1.5)


def ran(place: Place, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that trains, to its end; that takes a while on a busy machine."""
    done = run_warm(["retrain", *arguments], environ=place.environ, stdin="", seconds=400)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def in_house(place: Place, task: Callable[[House], Awaitable[Any]]) -> Any:
    """Does something in the store of a place, beside what runs there."""
    given = {name.removeprefix("MODERATION_").lower(): value for name, value in place.environ.items()}
    wanted = ("data_dir", "database_url", "secret_keys")
    fields: dict[str, Any] = {name: given[name] for name in wanted if name in given}

    async def do() -> Any:
        async with open_house(Settings(**fields)) as house:
            return await task(house)

    return asyncio.run(do())


def campaign() -> list[Example]:
    """Returns spam that the bundled classifier takes for good, among news comments."""
    news = [example for example in shipped_examples() if example.source == "fox-news-comments"][:190]
    others = [example for example in shipped_examples() if example.source == "civil-comments"][:60]
    spam = [Example(f"{example.text[:200]} Zwockel brochure, quirbel", Label.SPAM) for example in others]
    mixed = [*news, *spam]
    Random(7).shuffle(mixed)
    return mixed


def taught(place: Place) -> None:
    """Lets moderators label a campaign on the site of a place."""

    async def task(house: House) -> None:
        async with house.database.open_reading() as work:
            site = await work.sites.find(place.keys.site)
        assert site is not None
        await teach(house, site.id, campaign())

    in_house(place, task)


def serving(place: Place) -> tuple[str | None, list[RunState]]:
    """Returns the version of the site that serves it, and how its runs ended, newest first."""

    async def task(house: House) -> tuple[str | None, list[RunState]]:
        async with house.database.open_reading() as work:
            site = await work.sites.find(place.keys.site)
            assert site is not None
            return await work.site_models.serving(site.id), [r.state for r in await work.training.runs(site.id)]

    found: tuple[str | None, list[RunState]] = in_house(place, task)
    return found


def rows(place: Place, table: str) -> int:
    """Returns how many rows a table has."""
    ((count,),) = place.query(f"SELECT count(*) FROM {table}")
    return int(count)


def the_lease_is_over(place: Place) -> None:
    """Lets the minute pass for which a killed process still has its lease."""

    async def task(house: House) -> None:
        async with house.database.open_work() as work:
            long_ago = house.now() - timedelta(days=1)
            await work.connection.execute(update(training_leases).values(expires_at=long_ago))
            await work.commit()

    in_house(place, task)


def versions(place: Place) -> list[dict[str, Any]]:
    listed = obeyed("models", "list", "--json", environ=place.environ)
    return [json.loads(line) for line in listed.splitlines()]


def test_killed_at_any_moment_it_changes_nothing_and_the_next_run_ends_well(place: Place) -> None:
    slug = place.keys.site
    taught(place)
    before = versions(place)
    for number, seconds in enumerate(KILLED_AFTER, start=1):
        process = subprocess.Popen(
            [sys.executable, "-m", "moderation", "retrain", "--site", slug],
            env=place.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # Asked often, so cheaply: it is the process that shall have the processor.
        eventually(lambda wanted=number: rows(place, "training_runs") == wanted, what="the run")  # type: ignore[misc]
        time.sleep(seconds)
        process.kill()
        process.wait()
        held = ran(place, "--site", slug)
        assert (held.returncode, "Another process trains" in held.stderr) == (1, True)
        the_lease_is_over(place)
        assert (serving(place)[0], versions(place)) == (None, before)

    told = ran(place, "--site", slug, "--json")
    assert told.returncode == 0, told.stderr
    done = json.loads(told.stdout)

    assert (done["state"], serving(place)) == (
        "promoted",
        (done["version"], [RunState.PROMOTED, RunState.FAILED, RunState.FAILED]),
    )
    assert [v["site"] for v in versions(place) if v["version"] == done["version"]] == [slug]
    if "MODERATION_DATABASE_URL" not in place.environ:
        # Once is enough for what asks no other questions of the store.
        _what_else_it_does(place, done["version"])


def _what_else_it_does(place: Place, version: str) -> None:
    """The same labels again are refused; cards are there; going back, trying on and the shadow are one call each."""
    slug, environ = place.keys.site, place.environ
    again = ran(place, "--site", slug)
    assert (again.returncode, again.stderr.count("\n")) == (6, 1)
    assert "log_loss is" in again.stderr
    assert "Of 1,000 good comments" in again.stdout
    card = Path(environ["MODERATION_DATA_DIR"]) / "cards" / f"{version}.md"
    assert card.read_text(encoding="utf-8") == obeyed("models", "show", version, "--markdown", environ=environ)[:-1]
    tried = obeyed("models", "backtest", "approve_below=0.9", "--site", slug, "--json", environ=environ)
    assert json.loads(tried)["tried"] == 250
    back = json.loads(obeyed("models", "rollback", "--site", slug, "--json", environ=environ))
    assert back["version"].startswith("baseline-")
    obeyed("models", "shadow", version, "--site", slug, environ=environ)
    assert json.loads(obeyed("models", "shadow", "--site", slug, "--json", environ=environ))["tried"] == 0
    obeyed("models", "promote", version, environ=environ)
    assert serving(place)[0] == version
    common = back["version"]
    assert back["before"] == version
    # There and back again, as its help says.
    for now, before in ((common, version), (version, common)):
        said = obeyed("models", "rollback", "--site", slug, environ=environ)
        assert said == f"{now} serves; {before} did before.\n"
    assert "goes forward" in obeyed("models", "rollback", "--help", environ=environ)


def test_a_running_service_trains_after_new_labels_and_serves_the_site_with_it(sqlite_place: Place) -> None:
    place = sqlite_place
    obeyed("models", "list", environ=place.environ)
    slug = place.keys.site
    taught(place)

    serving_now = place.serve(RETRAIN_AFTER="100")
    serving_now.until_ready()
    eventually(lambda: rows(place, "site_promotions") > 0, seconds=240, what="a model of the site")

    version, runs = serving(place)
    loaded = "model_of_site_loaded"
    eventually(lambda: loaded in serving_now.stdout + serving_now.stderr, what="its taking up")
    assert (version is not None and version.startswith(slug), runs) == (True, [RunState.PROMOTED])
