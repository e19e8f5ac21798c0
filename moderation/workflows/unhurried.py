"""What is done beside all that comes in, and may take its time.

It goes part by part, each a short transaction, and rests after each. So whoever wants to write waits for one part at
most, and each such work takes half of the time at most, however much there is to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

# As many as come in together where much comes in.
PART = 64


@asynccontextmanager
async def unhurried() -> AsyncIterator[None]:
    """Does one part, and then rests as long as it took."""
    begun = monotonic()
    yield
    await asyncio.sleep(monotonic() - begun)
