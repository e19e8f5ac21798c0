"""D9: the classifier is missing, damaged, of another version, or a pickle that would run code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from drills.ground import Ground
from drills.results import Findings
from tests.process.classifiers import Installation
from tests.process.commands import eventually, get_json, obeyed
from tests.process.places import SECRET_KEY
from tests.process.sending import send_all
from tests.process.test_damaged_model import DAMAGES, statuses

_READY_SECONDS = 10
_HEALED_SECONDS = 60
_COMMENTS = 20


async def bad_models(ground: Ground, findings: Findings) -> None:
    """Starts the service with each damaged classifier, sends, and puts the good one back."""
    installation = Installation(ground.folder / "installation")
    ground.place.environ |= {"MODERATION_AUDIT_SAMPLE": "0", "MODERATION_SECRET_KEYS": SECRET_KEY}
    obeyed("site", "add", "other", "--url", "https://x.example", environ=ground.place.environ, cwd=installation.folder)
    for damage in DAMAGES[:3] if ground.quick else DAMAGES:
        await _one(ground, findings, installation, damage)


async def _one(
    ground: Ground, findings: Findings, installation: Installation, damage: Callable[[Installation, Path], None]
) -> None:
    marker = ground.folder / "marker"
    installation.restore()
    damage(installation, marker)
    begin = time.monotonic()
    serving = ground.place.serve(cwd=installation.folder)
    deliveries = ground.deliveries(_COMMENTS)
    answers = await send_all(serving.address, deliveries, concurrency=4)
    seconds = time.monotonic() - begin
    status, ready = get_json(f"{serving.address}/readyz")
    names = {delivery.external_id for delivery in deliveries}
    stored = {what for name, what in statuses(ground.place).items() if name in names}
    kind = damage.__name__.replace("_", " ")
    findings.at_most(f"{kind}: takes comments {_READY_SECONDS} s after the start", seconds, _READY_SECONDS, "s")
    held = stored == {("pending", "not_scored", None)} and {a.status for a in answers.values()} == {201}
    findings.ask(f"{kind}: pending and not scored", str(sorted(stored, key=str)), held)
    alarm = status == 503 and not ready["checks"]["model"]["ok"]
    findings.ask(f"{kind}: readiness names the model", str(status), alarm)
    findings.ask(f"{kind}: no code of the file ran", "marker made" if marker.exists() else "none", not marker.exists())
    installation.restore()

    def healed() -> bool:
        return all(model for name, (_, _, model) in statuses(ground.place).items() if name in names)

    try:
        healing = await asyncio.to_thread(eventually, healed, seconds=_HEALED_SECONDS, what="the scores")
    except AssertionError:
        healing = float("inf")
    findings.at_most(f"{kind}: scored {_HEALED_SECONDS} s after a good one is back", healing, _HEALED_SECONDS, "s")
    serving.kill()
