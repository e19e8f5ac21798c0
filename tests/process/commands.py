"""The real command: run to its end, or serving until a test stops it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.process.warm import Forked, run_warm

# A machine that runs other things beside the tests is slow; what must be fast is asserted where it is promised.
PATIENCE_SECONDS = 60.0
# Between two looks at a condition.
_LOOK_SECONDS = 0.02


def eventually(condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS, what: str = "it") -> float:
    """Waits until a condition holds and returns after how many seconds it did; fails when it does not in time."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, f"{what} did not come true within {seconds:g} seconds"
        time.sleep(_LOOK_SECONDS)
    return time.monotonic() - begin


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """Returns an environment with these settings (names without prefix) and none of the caller's.

    Who stops a service here wants it to end at once: nobody hands requests out to it.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODERATION_")}
    given = {f"MODERATION_{name}": value for name, value in settings.items()}
    return {**kept, "MODERATION_DATA_DIR": str(data_dir), "MODERATION_DRAIN_SECONDS": "0", **given}


def run(
    *arguments: str | Path, environ: Mapping[str, str], stdin: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, in a folder with code of its own if one is named. No command may ever show a
    traceback."""
    words = [*map(str, arguments)]
    if cwd is None:
        done = run_warm(words, environ=environ, stdin=stdin, seconds=PATIENCE_SECONDS)
    else:
        done = subprocess.run(
            [sys.executable, "-m", "moderation", *words], env=dict(environ), cwd=cwd, input=stdin,
            capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def obeyed(*arguments: str | Path, environ: Mapping[str, str], stdin: str = "", cwd: Path | None = None) -> str:
    """Runs a command that must succeed and returns what it printed."""
    done = run(*arguments, environ=environ, stdin=stdin, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*arguments: str | Path, environ: Mapping[str, str], status: int = 1, cwd: Path | None = None) -> str:
    """Runs a command that must fail with one line on standard error, and returns that line."""
    done = run(*arguments, environ=environ, cwd=cwd)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


class Serving:
    """A `moderation serve` of its own process group. `stdout` and `stderr` are files, so that they never fill up.

    It is forked, unless it has code of its own (`cwd`, `command`) or is asked to start `anew`.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        *arguments: str,
        cwd: Path | None = None,
        anew: bool = False,
        command: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.stdout")))
        self._stdout, self._stderr = folder / f"{number}.stdout", folder / f"{number}.stderr"
        self.begin = time.monotonic()
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            words = ["--port", "0", *arguments]
            self.process: subprocess.Popen[bytes] | Forked
            if command or anew or cwd is not None:
                self.process = subprocess.Popen(
                    [*(command or (sys.executable, "-m", "moderation", "serve")), *words],
                    stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=dict(environ), cwd=cwd,
                    start_new_session=True,
                )  # fmt: skip
            else:
                with Path(os.devnull).open("rb") as stdin:
                    self.process = Forked(["serve", *words], environ=environ, stdin=stdin, stdout=stdout, stderr=stderr)

    @property
    def stdout(self) -> str:
        return self._stdout.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8")

    @property
    def address(self) -> str:
        """The address that it says it listens on; waits for it to say so."""
        eventually(lambda: self._listening() is not None or self._has_ended(), what="listening")
        address = self._listening()
        assert address is not None, self.stderr
        return address

    def _listening(self) -> str | None:
        line = re.search(r"^Listening on (http://\S+)  \(documentation: .*\)\n", self.stdout, re.MULTILINE)
        return line[1] if line else None

    def _has_ended(self) -> bool:
        return self.process.poll() is not None

    def until_ready(self) -> float:
        """Waits until it is ready and returns how many seconds after its start that was."""
        address = self.address
        eventually(lambda: status_of(f"{address}/readyz") == 200, what="readiness")
        return time.monotonic() - self.begin

    def get(self, path: str) -> tuple[int, Any]:
        """Returns status and JSON of an answer."""
        return get_json(self.address + path)

    def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        """Posts JSON; returns status and JSON of the answer."""
        headers = {"content-type": "application/json", **headers}
        return get_json(urllib.request.Request(self.address + path, json.dumps(body).encode(), headers))

    def kill(self) -> None:
        """Ends it as a power cut would, and everything that it has started."""
        if not self._has_ended():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """Asks it to end, as a service manager would, and returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def status_of(url: str) -> int | None:
    """Returns the status of an answer, or None when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
    except OSError:
        return None


def get_json(url: str | urllib.request.Request) -> tuple[int, Any]:
    """Returns status and JSON of an answer. Raises OSError when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
