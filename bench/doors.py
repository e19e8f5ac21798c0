"""The doors of the service with nothing behind them: a comment is verified and checked, and answered at once.

What the web half costs by itself. Nothing is sealed, scored or stored.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from moderation.app import service_app
from moderation.cli.running import calm_the_collector
from moderation.clock import utc_now
from moderation.domain import Reason, Receipt, Status
from moderation.logs import configure_logs
from moderation.settings import Settings
from moderation.web.server import start_server
from moderation.wiring import House, Service, open_house, prepare_store
from moderation.workflows.judging import Accepted
from moderation.workflows.sites import add_site

_ID = UUID("019ab0f2-7c00-7000-8000-000000000001")


class NothingBehind:
    """Stands where the batcher stands, and accepts every comment at once."""

    async def put(self, item: Any) -> Accepted:
        """Returns a receipt of which only the site's own id is true."""
        return await self.promise(item)

    def promise(self, item: Any) -> asyncio.Future[Accepted]:
        """Promises such a receipt."""
        external_id = item[1].submission.external_id
        receipt = Receipt(_ID, external_id, Status.APPROVED, Reason.CLEAN, 0.0123456, "baseline-1")
        answer: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        answer.set_result(Accepted(receipt, new=True))
        return answer


async def serve(folder: Path) -> None:
    """Serves on a free port, which it prints with slug and secret of a site, until the process is ended."""
    configure_logs(level="warning")
    settings = Settings(data_dir=folder)
    prepare_store(settings)
    async with open_house(settings) as house:
        service = Service(house)
        service.submissions = NothingBehind()  # type: ignore[assignment]
        site = await _site(house)
        calm_the_collector()
        async with await start_server(service_app(service), host="127.0.0.1", port=0) as server:
            print(server.port, site.site, site.webhook_secret, flush=True)
            await asyncio.Event().wait()


async def _site(house: House) -> Any:
    return await add_site(
        "first-site", "http://localhost", open_work=house.database.open_work, vault=house.vault, now=utc_now()
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="moderation-doors-") as folder:
        asyncio.run(serve(Path(folder)))
