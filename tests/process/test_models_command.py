"""`moderation models`: who promotes what the gate has refused is told by which rule."""

from __future__ import annotations

import json

from moderation.domain import RunState
from moderation.wiring import House
from tests.process.commands import obeyed, run
from tests.process.places import Place
from tests.process.test_retrain_command import in_house
from tests.workflows.test_site_models import own_model

_BROKEN = {"rule": "log_loss", "candidate": 0.5, "champion": 0.25, "margin": 0.01, "holds": False}
_HELD = {"rule": "spam caught", "candidate": 0.9, "champion": 0.8, "margin": 0.0, "holds": True}


async def judged(house: House, slug: str, name: str, state: RunState, findings: list[dict[str, object]]) -> str:
    """Adds a version of a site with the run that has made it, and one that compared it with itself."""
    version = await own_model(house, slug, name)
    async with house.database.open_work() as work:
        site = await work.sites.find(slug)
        assert site is not None
        for ended, champion, found in ((state, "baseline-4", findings), (RunState.REFUSED, version, [_BROKEN])):
            begun = await work.training.ask(site.id, by="ana", now=house.now())
            report = {"champion": champion, "findings": found}
            await work.training.end(begun, ended, now=house.now(), version=version, report=report)
        await work.commit()
    return version


def test_a_model_that_the_gate_refused_serves_and_says_why_it_was_refused(sqlite_place: Place) -> None:
    slug, environ = sqlite_place.keys.site, sqlite_place.environ

    async def task(house: House) -> tuple[str, str]:
        refused = await judged(house, slug, "bad", RunState.REFUSED, [_HELD, _BROKEN])
        return refused, await judged(house, slug, "good", RunState.KEPT, [_HELD])

    refused, kept = in_house(sqlite_place, task)
    listed = [json.loads(line) for line in obeyed("models", "list", "--json", environ=environ).splitlines()]
    states = {row["version"]: row["state"] for row in listed}
    bundled = [row["version"] for row in listed if row["bundled"]]
    assert states == {refused: "refused", kept: "kept", **dict.fromkeys(bundled)}
    shown = obeyed("models", "list", environ=environ).splitlines()
    for version in (refused, kept):
        assert [line.split()[-1] for line in shown if version in line] == [states[version]]

    done = run("models", "promote", refused, environ=environ)
    assert (done.returncode, done.stdout) == (0, f"{refused} serves.\n")
    assert done.stderr == "moderation: The gate refused it: log_loss is 0.5 and not 0.25, margin 0.01.\n"
    done = run("models", "promote", kept, environ=environ)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{kept} serves.\n", "")
