"""What the kernel says about processes: CPU time and memory, with their children. NaN where there is no /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time, user and system, that a process and its children use and have used."""
    return sum(map(_cpu_seconds, family(pid)))


def resident_megabytes(pid: int, *, peak: bool = False) -> float:
    """Returns the memory of a process and its children that is or, at its peak, was in RAM, in 10^6 bytes."""
    return sum(_resident(each, "VmHWM" if peak else "VmRSS") for each in family(pid))


def family(pid: int) -> list[int]:
    """Returns a process and all processes below it."""
    parents = dict(_parents())
    found = [pid]
    for each in found:  # grows while it is read
        found += [child for child, parent in parents.items() if parent == each]
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*"):
        if (fields := _fields(int(path.name))) is not None:
            yield int(path.name), int(fields[1])


def _fields(pid: int) -> list[str] | None:
    """Returns what stands behind the name in a process's line, or None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
    except OSError:
        return None


def _cpu_seconds(pid: int) -> float:
    fields = _fields(pid)
    if fields is None:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(name)), float("nan"))
