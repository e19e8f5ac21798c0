"""Whatever readers, sites and colleagues write, in every field and on every page: it is text, and its neighbours are as
they were. The strings are those of `tests/data/bad-inputs`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession

from moderation.domain import Reason, Role, Ruling, Standing, Status
from moderation.errors import ModerationError
from moderation.policy.words import is_entry
from moderation.workflows import authors, own_account, queue, review
from moderation.workflows.sites import set_site
from tests.bad_inputs import strings
from tests.browser.office import Office, Seat
from tests.makers import a_payload

pytestmark = pytest.mark.slow

MARKUP = "<img src=x onerror=alert(1)>\u05d0"
NEIGHBOUR = "A plain remark about the number {number} tram, and nothing else."
# One of ours among so many of theirs.
EVERY = 20
PER_PAGE = 150

# Each plain comment is where it should be: written from left to right, in its own box, and on top of it.
_NEIGHBOURS = """() => [...document.querySelectorAll('article.comment')].map((article) => {
  const text = article.querySelector('.text bdi');
  if (!text.textContent.startsWith('A plain remark')) return null;
  article.scrollIntoView({ block: 'center' });
  const at = (offset) => {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (offset < walker.currentNode.length) break;
      offset -= walker.currentNode.length;
    }
    const range = document.createRange();
    range.setStart(walker.currentNode, offset);
    range.setEnd(walker.currentNode, offset + 1);
    return range.getBoundingClientRect();
  };
  const [a, b] = [at(0), at(4)];
  const box = article.getBoundingClientRect();
  const top = document.elementFromPoint(a.x + a.width / 2, a.y + a.height / 2);
  return {
    said: text.textContent,
    inOrder: a.left < b.left && Math.abs(a.top - b.top) < 3,
    inside: a.left > box.left && b.right < box.right && a.top > box.top && a.bottom < box.bottom,
    onTop: article.contains(top),
  };
}).filter(Boolean)"""
# What a stranger would have to bring for anything to happen.
_STRANGE = """() => [...document.querySelectorAll(
  'img, iframe, object, embed, base, style, video, audio, math, marquee, script:not([type=module]), ' +
  '[style], [onclick], [onerror], [onload]'
)].map((element) => element.outerHTML)"""


async def readers_write(office: Office, texts: Sequence[str]) -> list[str]:
    """Posts each string in every field that takes it, and now and then a plain comment; returns our ids."""
    lines = [hostile(number, text) for number, text in enumerate(texts)]
    for number in range(0, len(lines), EVERY):
        plain = a_payload(external_id=f"plain-{number}", text=NEIGHBOUR.format(number=number))
        lines.insert(number + number // EVERY, plain)
    ids: list[str] = []
    for _ in range(6):  # what is refused is sent again without the fields that were wrong
        answers = await post(office, lines)
        ids += [answer["id"] for answer in answers if "id" in answer]
        lines = [without(line, answer) for line, answer in zip(lines, answers, strict=True) if "errors" in answer]
        if not lines:
            return ids
    raise AssertionError(lines)


def hostile(number: int, text: str) -> dict[str, Any]:
    """Returns a comment that is hostile in every field."""
    fields = {
        "external_id": f"{number} {text}"[:200],
        "text": text,
        "author.name": text[:100],
        "author.url": f"https://x.example/{text}"[:300],
        "article": {"id": text[:200], "title": text[:300], "url": f"https://x.example/?{text}"[:300]},
        "parent_id": text[:200],
    }
    return a_payload(**fields)


def without(line: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Returns a comment with something ordinary in the fields that were wrong."""
    ordinary = {"external_id": line["author"]["email"], "text": "Ordinary.", "name": "Ana", "id": "a-1"}
    for error in answer["errors"]:
        *parents, last = error["field"].split(".")
        part = line
        for parent in parents:
            part = part[parent]
        part[last] = ordinary.get(last)
    return line


async def post(office: Office, lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sends comments as one batch; returns what is said of each."""
    headers = {"Authorization": f"Bearer {office.credentials['daily-planet'].api_key}"}
    body = "\n".join(json.dumps(line) for line in lines).encode()
    async with ClientSession(office.base) as session:
        path = "/v1/sites/daily-planet/comments/batch"
        headers["Content-Type"] = "application/x-ndjson"
        async with session.post(path, data=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return [json.loads(line) for line in (await answer.text()).splitlines()]


async def colleagues_write(office: Office, ids: Sequence[str], texts: Sequence[str]) -> str:
    """Lets a colleague with a hostile name note, decide and judge with hostile words; returns an author."""
    service = office.service
    async with service.open_reading() as work:
        colleague = await work.moderators.find(MARKUP)
        assert colleague is not None
        comments = await work.items.all_of([UUID(key) for key in ids[: len(texts)]], now=service.now())
    write: dict[str, Any] = {"at_once": service.at_once, "now": service.now}
    for comment, text in zip(comments, texts, strict=True):
        ruling = Ruling(Status.PENDING, Reason.OTHER, note=text)
        try:
            await queue.note(colleague, comment.id, text, **write)
            await review.rule(colleague, comment.id, ruling, version=comment.version, **write)
            await authors.set_standing(colleague, comment.author_id, Standing.HELD, until=None, reason=text, **write)
        except ModerationError as refused:
            raise AssertionError(text) from refused
    await queue.claim(colleague, comments[0].id, **write)
    return str(comments[0].author_id)


async def look_at(seat: Seat, path: str) -> int:
    """Opens a page and holds it against what is promised; returns how many plain comments stand there."""
    await seat.go(path)
    assert await seat.page.evaluate(_STRANGE) == [], path
    neighbours = await seat.page.evaluate(_NEIGHBOURS)
    for each in neighbours:
        assert each["inOrder"], (path, each)
        assert each["inside"], (path, each)
        assert each["onTop"], (path, each)
    await seat.check_width()
    await seat.no_faults()
    return len(neighbours)


async def test_what_people_write_is_text_on_every_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.console.queue.PER_PAGE", PER_PAGE)
    monkeypatch.setattr("moderation.console.articles.PER_PAGE", 1000)
    monkeypatch.setattr("moderation.console.audit.PER_PAGE", 1000)
    monkeypatch.setattr("moderation.console.authors.PER_PAGE", 1000)
    # Some are said twice, and a batch that repeats itself is refused in part.
    texts = list(dict.fromkeys(strings()))
    said = [text[:500] for text in texts if text.isprintable() and text.strip()][::5]
    words = [text.strip()[:100] for text in texts if is_entry(text[:100]) and text.isprintable()]
    service = office.service
    open_wide = {"max_links": 10_000, "repeat_limit": 0, "suspect_words": words}
    await set_site(
        "daily-planet", open_wide, open_work=service.open_work, defaults=service.house.defaults, now=service.now()
    )
    root = await office.seat("root", role=Role.ADMIN)
    await office.seat(MARKUP, role=Role.ADMIN)
    async with service.open_reading() as work:
        admin = await work.moderators.find("root")
        assert admin is not None
    await own_account.make_own_token(admin, MARKUP, door=service.door)
    ids = await readers_write(office, texts)
    author = await colleagues_write(office, ids, said)

    plain, path = 0, "/console/queue?sort=oldest"
    for _ in range(len(ids) // PER_PAGE + 1):
        # As it comes from the server, before a script has fetched what follows.
        plain += await look_at(root, path)
        path = await root.page.evaluate("document.getElementById('next')?.getAttribute('href') ?? ''")
        if not path:
            break
    assert len(ids) > 600
    assert plain >= len(ids) // (EVERY + 1)
    for path in (
        *("/console/articles", "/console/authors", "/console/audit", "/console/figures", "/console/settings"),
        *("/console/models", "/console/appeals", "/console/endpoints"),
        *("/console/status", "/console/account", "/console/accounts", "/console/scores?low=0&high=100"),
        *(f"/console/comments/{key}" for key in ids[:: len(ids) // 12]),
        *(f"/console/authors/{author}", f"/console/audit?comment={ids[0]}", "/console/queue?q=%3Cscript%3E"),
    ):
        await look_at(root, path)
    await root.go("/console/settings")
    await root.page.fill("#text", "".join(words)[:15_000])
    await root.page.wait_for_selector("#tried-title")
    await root.no_faults()


async def test_a_comment_that_turns_or_breaks_its_line_leaves_the_next_one_alone(office: Office) -> None:
    """The worst of them on one page, with their neighbours, in both schemes and as wide as a telephone."""
    worst = [
        "\u202e\u2066\u202d every way round",
        "\u05d0" * 3000,
        "x" * 5000,
        "Z\u0351\u036b\u0343\u036a\u0302" * 200,
        "</bdi></div></article><h1>Out</h1>",
        "\ufdfd" * 200,
        "\n" * 300 + "far below",
    ]
    for number, text in enumerate(worst):
        await office.post(text=f"{number}{text}", **{"author.name": f"{text[:80].strip() or 'Bo'}"})
        await office.post(text=NEIGHBOUR.format(number=number))
    for phone in (False, True):
        seat = await office.seat(f"kim-{phone}", phone=phone)
        assert await look_at(seat, "/console/queue?sort=oldest") == len(worst)
        await seat.check_with_axe("dark")
        assert await seat.page.locator("h1").count() == 1
