"""How much a site may send in each field; characters, if nothing else is said."""

from __future__ import annotations

MAX_ID = 200
MAX_NAME = 100
MAX_TITLE = 500
MAX_TEXT = 20_000
MAX_TRAP = 1_000
# A thousand days: a form may lie open for weeks, and more is a broken clock.
MAX_FILLED_IN_MS = 86_400_000_000
