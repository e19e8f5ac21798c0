"""Runs every test: most of them side by side, and then, one by one, those that hold something to a promise of seconds.

What is said behind it goes to pytest: `python -m tests tests/doors -k queue`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# A process for each core, up to four: each has a PostgreSQL and a browser of its own.
SIDE_BY_SIDE = (
    "--part",
    "together",
    "-n",
    "auto",
    "--maxprocesses",
    "4",
    "--dist",
    "loadfile",
    "--no-loadscope-reorder",
)
ONE_BY_ONE = ("--part", "alone")
# Every core has its process: threads of linear algebra would only wait for each other.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> int:
    """Returns the status of the run: that of the first part that failed, or 5 when there was nothing to run at all."""
    environ = {**_ONE_THREAD, **os.environ}
    # Each of some hundred services that are started would compile every module anew.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parts = [
        subprocess.run([sys.executable, "-m", "pytest", *how, *sys.argv[1:]], env=environ, check=False).returncode
        for how in (SIDE_BY_SIDE, ONE_BY_ONE)
    ]
    failed = [status for status in parts if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)]
    return failed[0] if failed else min(parts)


if __name__ == "__main__":
    sys.exit(main())
