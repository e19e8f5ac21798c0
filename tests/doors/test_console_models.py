"""The classifier of a site as pages: whoever moderates sees it, and only administrators change what serves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from moderation.domain import Label, ModelVersion, Role, RunState
from moderation.scoring import load_artifact, save_artifact
from moderation.scoring.artifact import read_artifact
from moderation.storage.tables import model_versions
from moderation.training.site_card import site_card
from moderation.web.server import RunningServer
from moderation.wiring import Service
from moderation.workflows.directory import KnownSite
from moderation.workflows.models import note_bundled
from tests.doors.browser import OWN_PAGE, Browser, Page, a_browser, an_account
from tests.training_data import small_artifact

MODELS = "/console/models"


@pytest.fixture
async def admin(server: RunningServer, service: Service, known: KnownSite) -> AsyncIterator[Browser]:
    """The browser of an administrator."""
    await an_account(service, "ada", Role.ADMIN, [known.site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("ada")
        yield browser


@pytest.fixture
async def kim(server: RunningServer, service: Service, known: KnownSite) -> AsyncIterator[Browser]:
    """The browser of a moderator."""
    await an_account(service, "kim", Role.MODERATOR, [known.site.slug])
    async with a_browser(server) as browser:
        await browser.log_in("kim")
        yield browser


def a_report(version: str, *, may_serve: bool) -> dict[str, object]:
    """Returns what a trial would have found."""
    shares = {
        "ham_published": 0.97, "ham_held": 0.03, "ham_rejected": 0.0,
        "spam_published": 0.2, "spam_held": 0.3, "spam_rejected": 0.5,
    }  # fmt: skip
    figures = {"accuracy": 0.9, "auc": 0.95, "brier": 0.05, "ece": 0.04, "recall_at_fpr": {"0.001": 0.3, "0.01": 0.7}}
    curve = {"precision_recall": [[0.5, 1.0], [1.0, 0.8]], "reliability": [[0.1, 0.05, 30], [0.9, 0.92, 20]]}
    found = {"rule": "ham_held", "champion": 0.03, "candidate": 0.07, "margin": 0.02, "holds": may_serve, "bad": 1}
    return {
        "champion": "baseline-x", "candidate": version, "base": "baseline-x", "recipe": "adapted",
        "labels": {"spam": 60, "ham": 70}, "learned": {"spam": 40, "ham": 50}, "judged": {"spam": 19, "ham": 20},
        "left_out": 1, "decided": ["2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00"], "overturned": 3,
        "fingerprint": "f" * 64, "may_serve": may_serve, "findings": [found],
        "shares": {"champion": {**shares, "ham_held": 0.06, "ham_published": 0.94}, "candidate": shares},
        "metrics": {"champion": figures, "candidate": figures},
        "curves": {"champion": curve, "candidate": curve},
        "words": {"spam": [["free", 2.5]], "ham": [["council", -1.5]], "changed": [["<b>bold</b>", 3.0]]},
    }  # fmt: skip


async def a_candidate(service: Service, known: KnownSite, name: str = "one", *, may_serve: bool = True) -> str:
    """Adds a version that a run of training has left."""
    artifact = save_artifact(read_artifact(small_artifact())[1], name=name)
    version, sha256 = load_artifact(artifact).version, hashlib.sha256(artifact).hexdigest()
    report = a_report(version, may_serve=may_serve)
    moment = service.now()
    card = site_card(report, site="daily-planet", sha256=sha256, size=len(artifact), trained_at=moment.isoformat())
    await note_bundled(folder=service.house.models, open_work=service.open_work, now=moment - timedelta(days=1))
    async with service.open_work() as work:
        await work.models.add(ModelVersion(version, sha256, False, card, moment), artifact)
        await work.site_models.add(version, known.site.id)
        run = await work.training.ask(known.site.id, by="ada", now=moment, state=RunState.RUNNING)
        state = RunState.KEPT if may_serve else RunState.REFUSED
        await work.training.end(run, state, now=moment, version=version, report=report)
        await work.commit()
    return version


async def send(browser: Browser, path: str) -> Page:
    """Sends the form of the page that leads there, and returns the page behind it."""
    page = await browser.get(MODELS)
    [form] = [form for form in page.forms if form.action.split("?")[0] == f"{MODELS}/{path}"][:1]
    sent = await browser.post(form.action, form.fields, **OWN_PAGE)
    assert sent.status == 303, sent.text
    return await browser.get(sent.location)


async def serving(service: Service, known: KnownSite) -> str | None:
    async with service.open_reading() as work:
        return await work.site_models.serving(known.site.id)


async def test_a_site_that_has_learned_nothing_is_told_what_it_takes(admin: Browser) -> None:
    page = await admin.get(MODELS)

    assert page.status == 200
    assert "It takes 50 of each to train" in page.text
    assert re.search(r"<button disabled[^>]*>Train now</button>\s*<span[^>]*>Too few labels yet: 50 more", page.text)
    assert "This site has no model of its own yet." in page.text


async def test_a_moderator_sees_what_would_change_and_can_change_nothing(
    kim: Browser, service: Service, known: KnownSite
) -> None:
    version = await a_candidate(service, known)

    page = await kim.get(MODELS)
    forms = [form.action for form in page.forms if form.action.startswith(MODELS) and form.action != MODELS]
    refused = await kim.post(f"{MODELS}/promote", [*kim_token(page), ("version", version)], **OWN_PAGE)

    assert page.status == 200
    assert (forms, refused.status, await serving(service, known)) == ([], 403, None)
    assert "<polyline" in page.text
    assert "&lt;b&gt;bold" in page.text
    assert "<td>60</td><td>30</td>" in page.text


def kim_token(page: Page) -> list[tuple[str, str]]:
    return [field for form in page.forms for field in form.fields if field[0] == "csrf_token"][:1]


async def test_an_administrator_lets_a_model_serve_and_goes_back(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    version = await a_candidate(service, known)

    promoted = await send(admin, "promote")
    serves = await serving(service, known)
    back = await send(admin, "rollback")

    assert "The model serves" in promoted.text
    assert (serves, await serving(service, known)) == (version, None)
    assert "serves again" in back.text


async def test_who_presses_twice_to_go_back_does_not_go_forward_again(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    await a_candidate(service, known)
    await send(admin, "promote")
    form = (await admin.get(MODELS)).form(f"{MODELS}/rollback?site={known.site.slug}")

    first, second = [await admin.post(form.action, form.fields, **OWN_PAGE) for _ in range(2)]

    assert (first.status, second.status) == (303, 422)
    assert "Another model serves in the meantime" in second.text
    assert await serving(service, known) is None


async def test_what_the_gate_refuses_shows_why_and_is_not_promoted_by_a_form(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    version = await a_candidate(service, known, may_serve=False)

    page = await admin.get(MODELS)
    sent = await admin.post(f"{MODELS}/promote", [*kim_token(page), ("version", version)], **OWN_PAGE)
    unknown = await admin.post(f"{MODELS}/promote", [*kim_token(page), ("version", "x")], **OWN_PAGE)

    assert "share of good comments held: 0.03 → 0.07" in page.text
    admin.headers["Accept-Language"] = "de"
    german = (await admin.get(MODELS)).text
    assert ("0,03 → 0,07" in german, "Klassifikator</a>" in german) == (True, True)
    assert (sent.status, unknown.status, await serving(service, known)) == (422, 404, None)


async def test_a_run_is_asked_for_once_and_noted_in_the_trail(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    for _ in range(2):
        page = await send(admin, "retrain")

    async with service.open_reading() as work:
        runs = await work.training.runs(known.site.id)
    assert [(run.state, run.asked_by) for run in runs] == [(RunState.ASKED, "ada")]
    assert "Training is under way" in page.text


async def test_a_model_in_the_shadow_scores_what_comes_and_decides_nothing(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    from tests.workflows.steps import accepted

    version = await a_candidate(service, known)
    await send(admin, "shadow")
    receipts = [await accepted(service, known) for _ in range(3)]

    scored = await service.learner.shadows.follow([known.site]), await service.learner.shadows.follow([known.site])
    page = await admin.get(MODELS)
    ended = await send(admin, "shadow")

    assert scored == (3, 0)
    assert {receipt.model for receipt in receipts} == {"fake-1"}
    assert "Of the latest 3 comments" in page.text
    assert f"<strong>{version}</strong>" in page.text
    assert "End the shadow" not in ended.text


async def damage(service: Service, version: str) -> None:
    """Makes a stored version one that cannot be loaded."""
    async with service.open_work() as work:
        changed = update(model_versions).where(model_versions.c.version == version).values(artifact=b"no model")
        await work.connection.execute(changed)
        await work.commit()


@pytest.mark.parametrize("action", ["promote", "shadow"])
async def test_a_model_that_cannot_be_loaded_is_said_to_be_one(
    admin: Browser, service: Service, known: KnownSite, action: str
) -> None:
    version = await a_candidate(service, known)
    await damage(service, version)

    page = await admin.get(MODELS)
    sent = await admin.post(f"{MODELS}/{action}", [*kim_token(page), ("version", version)], **OWN_PAGE)

    assert sent.status == 422
    assert "This model cannot be loaded here." in sent.text


async def test_a_way_back_to_a_model_that_cannot_be_loaded_is_there_but_barred(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    first, second = await a_candidate(service, known, "one"), await a_candidate(service, known, "two")
    page = await admin.get(MODELS)
    for version in (first, second):
        await admin.post(f"{MODELS}/promote", [*kim_token(page), ("version", version)], **OWN_PAGE)
    await damage(service, first)

    back = await admin.post(f"{MODELS}/rollback", kim_token(page), **OWN_PAGE)

    assert (back.status, await serving(service, known)) == (422, second)
    assert "This model cannot be loaded here." in back.text
    assert "There is nothing to go back to." not in back.text


async def test_the_card_is_a_page_and_a_file_and_only_for_its_site(
    admin: Browser, service: Service, known: KnownSite
) -> None:
    version = await a_candidate(service, known)

    page, file = await admin.get(f"{MODELS}/{version}/card"), await admin.get(f"{MODELS}/{version}/card.md")
    other = await admin.get(f"{MODELS}/baseline-3/card")

    assert (page.status, file.status, other.status) == (200, 200, 404)
    assert "60 comments that people called spam" in page.text
    assert file.text.startswith(f"# {version}\n")
    assert "| good comments held | 60 | 30 |" in file.text
    assert "bold" not in file.text


async def test_labels_are_counted_by_kind(service: Service, known: KnownSite) -> None:
    async with service.open_reading() as work:
        assert await work.labels.count(known.site.id) == dict.fromkeys(Label, 0)
        assert await work.model_figures.confusion(known.site.id, since=service.now()) == {}
