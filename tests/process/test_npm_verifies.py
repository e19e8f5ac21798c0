"""What we send is verified by the library of the specification for JavaScript, as a site on Node would use it."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from moderation.delivery import seal_envelope
from moderation.privacy import new_webhook_secret

LIBRARY = "standardwebhooks@1"
EVENT = UUID("019ab0f2-7c00-7000-8000-000000000002")

# Reads one delivery a line, and says of each whether the library takes it.
SCRIPT = """
const { Webhook } = require("standardwebhooks");
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n").map((line) => JSON.parse(line));
for (const { secret, headers, body } of lines) {
  try {
    console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
  } catch (error) {
    console.log(JSON.stringify({ refused: error.constructor.name }));
  }
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the library is installed; without Node, npm or its registry there is nothing to hold us
    against."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("There is no Node with npm on this machine; on Debian: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("npm")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    try:
        done = subprocess.run(
            ["npm", "install", *quiet, LIBRARY], cwd=folder, capture_output=True, text=True, timeout=90, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not reach its registry")
    if done.returncode != 0:
        pytest.skip(f"npm cannot install {LIBRARY} here")
    return folder


def test_npms_library_verifies_our_deliveries_and_no_forged_ones(folder: Path) -> None:
    new, old, now = new_webhook_secret(), new_webhook_secret(), datetime.now(UTC)
    data = {"id": "c", "external_id": "ä-1 \N{GRINNING FACE}", "score": 0.5}
    sealed = seal_envelope(EVENT, "comment.approved", data, occurred_at=now, now=now, secrets=[new, old], coral=True)
    headers, body = dict(sealed.headers), sealed.body.decode()
    lines = [
        {"secret": new, "headers": headers, "body": body},
        {"secret": old, "headers": headers, "body": body},
        {"secret": new_webhook_secret(), "headers": headers, "body": body},
        {"secret": new, "headers": headers, "body": body.replace("approved", "rejected")},
        {"secret": new, "headers": {**headers, "webhook-id": "msg_other"}, "body": body},
    ]
    done = subprocess.run(
        ["node", "-e", SCRIPT],
        cwd=folder,
        input="\n".join(map(json.dumps, lines)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict.get("data") for verdict in verdicts[:2]] == [data, data]
    assert verdicts[2:] == [{"refused": "WebhookVerificationError"}] * 3
