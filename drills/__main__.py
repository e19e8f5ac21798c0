"""Holds the drills and prints what was asked and what was found: `python -m drills --quick --only D1 D3a`."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drills import (
    bad_inputs,
    bad_models,
    database_away,
    disk_full,
    killed,
    overload,
    power_cut,
    rolling_restart,
    slow_lines,
)
from drills.ground import Ground, ground_on
from drills.results import Findings, table
from tests.postgres_programs import NoPostgres

DATABASES = ("sqlite", "postgresql")


class NotHere(Exception):
    """This machine has not what the drill needs; the message says what."""


@dataclass(frozen=True)
class Drill:
    """One drill: its number in the plan, what it does, where it applies, and what the machine must have."""

    name: str
    run: Callable[[Ground, Findings], Coroutine[None, None, None]]
    databases: tuple[str, ...] = DATABASES
    needs_strace: bool = False
    on_small_disk: bool = False


DRILLS = (
    Drill("D1", killed.kill_under_load),
    Drill("D2", power_cut.power_cut, needs_strace=True),
    Drill("D3a", database_away.stopped, ("postgresql",)),
    Drill("D3b", database_away.frozen, ("postgresql",)),
    Drill("D3c", database_away.slow),
    Drill("D3d", database_away.locked, ("sqlite",)),
    Drill("D4", disk_full.disk_full, on_small_disk=True),
    Drill("D9", bad_models.bad_models),
    Drill("D10", overload.overload),
    Drill("D11", slow_lines.slow_lines),
    Drill("D12", bad_inputs.bad_inputs),
    Drill("D14", rolling_restart.rolling_restart, ("postgresql",)),
)


def main(arguments: Sequence[str] | None = None, *, drills: Sequence[Drill] = DRILLS) -> int:
    """Returns 1 when a promise was broken or a drill could not be held for a reason of ours."""
    parser = argparse.ArgumentParser(prog="drills", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small counts and short times, to see that they work")
    parser.add_argument("--only", nargs="+", choices=[drill.name for drill in drills], metavar="DRILL")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=list(DATABASES))
    chosen = parser.parse_args(arguments)
    findings = []
    for drill in drills:
        if chosen.only and drill.name not in chosen.only:
            continue
        for database in chosen.databases:
            if database in drill.databases:
                print(f"{drill.name} on {database} …", file=sys.stderr, flush=True)
                findings.append(hold(drill, database, quick=chosen.quick))
    print(table(findings))
    failed = [f"{each.drill} on {each.database}" for each in findings if each.failed]
    print("\n" + (f"FAILED: {', '.join(failed)}" if failed else "Nothing failed."))
    return 1 if failed else 0


def hold(drill: Drill, database: str, *, quick: bool) -> Findings:
    """Holds one drill on one database. What breaks the drill itself is a failure, what the machine lacks is not."""
    findings, begin = Findings(drill.name, database), time.monotonic()
    try:
        if drill.needs_strace and shutil.which("strace") is None:
            raise NotHere("strace is not installed")
        with _disk(small=drill.on_small_disk) as base, ground_on(database, quick=quick, base=base) as ground:
            asyncio.run(drill.run(ground, findings))
    except (NotHere, NoPostgres) as missing:
        findings.ask("can be held here", f"no: {missing}", None)
    except Exception as error:
        findings.ask("comes to its end", f"{type(error).__name__}: {str(error)[:300]}", False)
    findings.ask("time", f"{time.monotonic() - begin:.0f} s", None)
    return findings


@contextmanager
def _disk(*, small: bool) -> Iterator[Path | None]:
    """Gives a small file system of its own, in memory, if that is wanted; raises NotHere where it cannot be made."""
    if not small:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="moderation-disk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        mount = ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", name]
        done = subprocess.run(mount, capture_output=True, text=True, check=False) if shutil.which("mount") else None
        if done is None or done.returncode:
            raise NotHere("a file system of its own needs the right to mount one")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


if __name__ == "__main__":
    sys.exit(main())
