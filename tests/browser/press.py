"""A news site of another origin: a page of its own, with a strict policy and the embedded thread on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from aiohttp import web

from tests.browser.office import Office

# As strict as a page can be that holds scripts at all.
_POLICY = (
    "default-src 'none'; script-src {service}; connect-src {service}; style-src 'self'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>A bridge is opened</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="{service}/embed.js"></script>
</head>
<body>
<main>
<h1>A bridge is opened</h1>
<p>After <a href="#more">nine years</a> of work the bridge was opened on Monday.</p>
<comment-thread site="daily-planet" article="{article}"></comment-thread>
</main>
</body>
</html>
"""

_STYLE = "body { background: light-dark(#fff, #121212); color: light-dark(#111, #eee) } a { color: inherit }"


@asynccontextmanager
async def a_news_site(service: Office, *, language: str = "en", article: str = "a-1") -> AsyncIterator[str]:
    """Opens the news site; yields its origin. Each path of it is the page."""

    async def page(_: web.Request) -> web.Response:
        text = _PAGE.format(service=service.base, language=language, article=escape(article))
        headers = {"Content-Security-Policy": _POLICY.format(service=service.base)}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def style(_: web.Request) -> web.Response:
        return web.Response(text=_STYLE, content_type="text/css")

    app = web.Application()
    app.router.add_get("/page.css", style)
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
