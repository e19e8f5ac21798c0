"""D1: the process is killed under load, again and again."""

from __future__ import annotations

from random import Random

from drills.ground import Ground
from drills.results import Findings
from tests.process.commands import Serving
from tests.process.sending import Answer, Delivery, send_all

_READY_SECONDS = 10
# More than 10 000 in sum over 20 rounds, each killed at another moment.
_ROUND = range(520, 620)
_QUICK_ROUND = range(60, 120)


class Killer:
    """Hears answers, and kills the service after so many acknowledgements."""

    def __init__(self, serving: Serving, after: int) -> None:
        self._serving = serving
        self._left = after

    def __call__(self, _delivery: Delivery, answer: Answer) -> None:
        self._left -= answer.status in {200, 201}
        if self._left == 0:
            self._serving.kill()


async def kill_under_load(ground: Ground, findings: Findings) -> None:
    """Kills the service after some hundred acknowledgements, starts it again, and sends what was not answered."""
    rounds, random = int(ground.size(20, 3)), Random(1)
    serving = ground.serving
    promised: dict[str, str] = {}
    left: list[Delivery] = []
    everything: dict[str, Delivery] = {}
    slowest = 0.0
    for _ in range(rounds):
        after = random.choice(_QUICK_ROUND if ground.quick else _ROUND)
        wanted = left + ground.deliveries(2 * after)
        everything |= {delivery.external_id: delivery for delivery in wanted}
        answers = await send_all(serving.address, wanted, heard=Killer(serving, after))
        serving.kill()
        promised |= {name: str(a.body["id"]) for name, a in answers.items() if a.status in {200, 201}}
        left = [delivery for delivery in wanted if delivery.external_id not in promised]
        serving = ground.place.serve(anew=True)
        slowest = max(slowest, serving.until_ready())
    acknowledged = len(promised)
    again = await send_all(serving.address, left)
    repeated = await send_all(serving.address, [everything[name] for name in list(promised)[:2000]])
    differing = sum(str(answer.body.get("id")) != promised[name] for name, answer in repeated.items())
    promised |= {name: str(answer.body.get("id")) for name, answer in again.items() if answer.status in {200, 201}}
    stored = ground.place.stored()
    lost, doubled = len(set(promised.items()) - set(stored)), len(stored) - len({name for name, _ in stored})
    least = int(ground.size(10_000, 150))
    findings.ask(f"at least {least:,} acknowledged over {rounds} kills", f"{acknowledged:,}", acknowledged >= least)
    findings.ask("0 lost, 0 doubled", f"{lost} lost, {doubled} doubled", not lost and not doubled)
    findings.ask("unanswered ones accepted again, then once", f"{len(again)} of {len(left)}",
                 len(promised) == len(everything) == len(stored))  # fmt: skip
    findings.ask("a repetition gets the first id", f"{differing} of {len(repeated)} differ", not differing)
    findings.at_most(f"ready {_READY_SECONDS} s after each kill", slowest, _READY_SECONDS, "s")
