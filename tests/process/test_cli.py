"""The command: its words, its exit status, and that it may be used beside a running service."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.cli import COMMANDS
from tests.process.commands import Serving, environment, eventually, obeyed, refused, run
from tests.process.places import Place, on_sqlite
from tests.process.sending import Answer

pytestmark = pytest.mark.slow

SUBCOMMANDS = {
    "site": ["add", "list", "set", "rotate"],
    "moderator": ["add", "token", "disable"],
    "models": ["list", "show", "promote", "rollback", "build-baseline"],
    "keys": ["new", "rotate"],
}
CALLS = [[], *([name, *sub] for name in COMMANDS for sub in [[], *([each] for each in SUBCOMMANDS.get(name, []))])]
HEAVY = [
    "sqlalchemy",
    "alembic",
    "numpy",
    "scipy",
    "sklearn",
    "aiohttp",
    "cryptography",
    "pydantic",
    "moderation.wiring",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place on SQLite where a service runs while the commands are used."""
    with on_sqlite(tmp_path_factory.mktemp("cli")) as place:
        yield place


@pytest.fixture(scope="module")
def serving(place: Place) -> Serving:
    """The running service."""
    serving = place.serve(AUDIT_SAMPLE="0")
    serving.until_ready()
    return serving


@pytest.fixture
def environ(place: Place, serving: Serving) -> Iterator[dict[str, str]]:
    """The settings of the running service, which is no worse afterwards."""
    yield place.environ
    assert serving.get("/readyz")[0] == 200


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_help_needs_neither_database_nor_classifier_nor_server(call: list[str]) -> None:
    script = (
        "import sys\n"
        "from moderation.cli import main\n"
        "try: main()\n"
        f"finally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, *call, "--help"], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stdout.startswith("Usage: ")
    assert (done.returncode, done.stderr.strip()) == (0, "[]")


@pytest.mark.parametrize(
    "call",
    [
        ["nonsense"],
        ["--nonsense"],
        ["site", "nonsense"],
        ["site", "list", "--nonsense"],
        ["site", "add"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
        ["moderator", "add", "ana", "--role", "king"],
        ["site", "set", "first-site", "no-equals-sign"],
        ["evaluate", "no-such-file.jsonl"],
        ["evaluate", "."],
        ["score", "--explian"],
        ["score", "-5 points", "and a second text"],
    ],
)
def test_wrong_usage_exits_with_2(call: list[str], tmp_path: Path) -> None:
    done = run(*call, environ=environment(tmp_path))

    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_a_site_that_is_added_can_send_at_once(environ: dict[str, str], place: Place, serving: Serving) -> None:
    printed = obeyed("site", "add", "planet-2", "--url", "https://two.example", "--json", environ=environ)
    made = json.loads(printed)

    assert list(made) == ["site", "api_key", "webhook_secret"]
    assert made["webhook_secret"].startswith("whsec_")
    assert post(serving, made["site"], made["api_key"], "c-1").status == 201
    assert "There is a site planet-2 already" in refused(
        "site", "add", "planet-2", "--url", "https://two.example", environ=environ
    )


def test_the_keys_of_a_rotation_and_those_before_are_good(
    environ: dict[str, str], place: Place, serving: Serving
) -> None:
    before = place.add_site("planet-3")
    made = json.loads(obeyed("site", "rotate", "planet-3", "--json", environ=environ))

    assert list(made) == ["site", "api_key", "webhook_secret"]
    assert made["api_key"] != before.api_key
    eventually(lambda: post(serving, "planet-3", made["api_key"], "c-1").status < 300, what="the new key")
    assert post(serving, "planet-3", before.api_key, "c-2").status == 201


def test_sites_are_listed_with_what_they_have_set(environ: dict[str, str], place: Place) -> None:
    place.add_site("planet-4")
    obeyed("site", "set", "planet-4", "max_links=7", "moderation=pre", environ=environ)

    listed = [json.loads(line) for line in obeyed("site", "list", "--json", environ=environ).splitlines()]

    assert [site for site in listed if site["site"] == "planet-4"] == [
        {"site": "planet-4", "url": "https://planet.example", "set": {"max_links": 7, "moderation": "pre"}}
    ]
    assert "planet-4  https://planet.example" in obeyed("site", "list", environ=environ).splitlines()


@pytest.mark.alone
def test_a_setting_reaches_the_running_service(environ: dict[str, str], place: Place, serving: Serving) -> None:
    keys = place.add_site("planet-5")
    assert post(serving, keys.site, keys.api_key, "c-0").body["status"] == "approved"
    shown = json.loads(obeyed("site", "set", keys.site, "blocked_words=thank you", "--json", environ=environ))
    numbers = iter(range(1, 1000))

    def is_blocked() -> bool:
        return post(serving, keys.site, keys.api_key, f"c-{next(numbers)}").body["reason"] == "blocked_word"

    assert shown["blocked_words"] == ["thank you"]
    assert eventually(is_blocked, what="the new setting") < 5


def test_all_wrong_settings_are_named_in_one_line_and_none_is_taken(environ: dict[str, str], place: Place) -> None:
    place.add_site("planet-6")
    wrong = ["moderation=maybe", "approve_below=2", "nonsense=1", "max_links=many", "flood_count=-1"]

    line = refused("site", "set", "planet-6", "min_fill_ms=5", *wrong, environ=environ)

    assert [each for each in wrong if f"{each.split('=')[0]}: " not in line] == []
    assert line.startswith("moderation: setting moderation: Must be auto or pre; approve_below: ")
    assert json.loads(obeyed("site", "set", "planet-6", "--json", environ=environ))["min_fill_ms"] == 2000


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (["site", "set", "first-site", "approve_below=0.9", "reject_above=0.1"], "moderation: setting approve_below: "),
        (["site", "set", "nowhere", "max_links=1"], "There is no site 'nowhere'"),
        (["site", "set", "first-site", "blocked_words=@/no/such/file"], "/no/such/file"),
        (["site", "rotate", "nowhere"], "There is no site 'nowhere'"),
        (["site", "add", "Not A Slug", "--url", "https://x.example"], "A site's name has"),
        (["site", "add", "slug", "--url", "ftp://x.example"], "A site's URL begins with"),
        (["moderator", "token", "nobody"], "There is no active moderator"),
        (["moderator", "disable", "nobody"], "There is no active moderator"),
        (["moderator", "add", "ana", "--role", "moderator", "--site", "nowhere"], "There is no site 'nowhere'"),
        (["models", "show", "nothing"], "There is no such model"),
        (["models", "promote", "nothing"], "There is no such model"),
        (["models", "rollback"], "there is nothing to go back to"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_clear_line(call: list[str], part: str, environ: dict[str, str]) -> None:
    assert part in refused(*call, environ=environ)


def test_a_moderator_is_added_gets_a_token_and_is_disabled(environ: dict[str, str], place: Place) -> None:
    call = ["moderator", "add", "ana", "--role", "moderator", "--site", "first-site", "--password-stdin", "--json"]

    added = json.loads(obeyed(*call, environ=environ, stdin="a long password\n"))
    token = json.loads(obeyed("moderator", "token", "ana", "--json", environ=environ))
    obeyed("moderator", "disable", "ana", environ=environ)

    assert added == {"name": "ana", "role": "moderator"}
    assert list(token) == ["token"]
    assert len(token["token"]) > 40
    assert "There is no active moderator" in refused("moderator", "token", "ana", environ=environ)
    (stored,) = place.query("SELECT password_hash FROM moderators WHERE name = 'ana'")
    assert stored[0].startswith("$argon2id$")
    assert "a long password" not in stored[0]


def test_an_account_is_given_another_role_and_a_link_that_the_running_service_knows(
    environ: dict[str, str], place: Place, serving: Serving
) -> None:
    obeyed("moderator", "add", "bo", "--role", "moderator", environ=environ)

    changed = json.loads(obeyed("moderator", "set", "bo", "--role", "admin", "--json", environ=environ))
    link = json.loads(obeyed("moderator", "reset", "bo", "--second-factor", "--json", environ=environ))["path"]

    assert changed == {"name": "bo", "role": "admin"}
    with urllib.request.urlopen(serving.address + link, timeout=10) as page:
        assert b"For the account bo." in page.read()
    assert "There is no active moderator" in refused("moderator", "reset", "nobody", environ=environ)
    assert "at least 8 characters" in refused_password("moderator", "add", "cy", "--role", "admin", environ=environ)


def refused_password(*call: str, environ: dict[str, str]) -> str:
    done = run(*call, "--password-stdin", environ=environ, stdin="short\n")
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_addresses_get_a_new_key_while_the_service_runs(
    environ: dict[str, str], place: Place, serving: Serving
) -> None:
    keys = place.add_site("planet-7")
    first = post(serving, keys.site, keys.api_key, "before")
    sealed = "SELECT email_sealed FROM authors JOIN sites ON sites.id = site_id WHERE slug = 'planet-7'"
    before = place.query(sealed)

    ((stored,),) = place.query("SELECT count(*) FROM authors")
    secrets = place.query("SELECT webhook_secret_sealed FROM site_keys")

    printed = obeyed("keys", "rotate", environ=environ)

    addresses = "1 address" if stored == 1 else f"{stored} addresses"
    assert printed == f"{addresses} and all webhook secrets were sealed again; 0 old keys were removed.\n"
    assert not set(secrets) & set(place.query("SELECT webhook_secret_sealed FROM site_keys"))
    assert place.query(sealed) != before
    assert post(serving, keys.site, keys.api_key, "after").status == 201
    assert post(serving, keys.site, keys.api_key, "before") == Answer(200, first.body)
    # The same author is known again, though everything of theirs is sealed anew.
    assert post(serving, keys.site, keys.api_key, "again", email="before@example.org").status == 409


def test_one_address_is_no_addresses(tmp_path: Path) -> None:
    with on_sqlite(tmp_path) as place:
        place.add_site("daily-planet")
        file = tmp_path / "one.jsonl"
        file.write_text('{"text": "Thank you."}\n', encoding="utf-8")
        obeyed("replay", file, "--site", "daily-planet", environ=place.environ)

        printed = obeyed("keys", "rotate", environ=place.environ)

    assert printed == "1 address and all webhook secrets were sealed again; 0 old keys were removed.\n"


def test_a_new_secret_key_is_as_long_as_the_settings_want_it(environ: dict[str, str]) -> None:
    first, second = (obeyed("keys", "new", environ=environ).strip() for _ in range(2))

    assert first != second
    assert obeyed("site", "list", environ=environ) != ""
    moved = {**environ, "MODERATION_SECRET_KEYS": first}
    assert "not among SECRET_KEYS" in refused("site", "list", environ=moved)


def test_machines_get_one_json_object(environ: dict[str, str], serving: Serving) -> None:
    serves = serving.get("/readyz")[1]["checks"]["model"]["detail"]
    obeyed("moderator", "add", "bob", "--role", "moderator", environ=environ)

    def answer(*call: str) -> dict[str, object]:
        (line,) = obeyed(*call, "--json", environ=environ).splitlines()
        return dict(json.loads(line))

    assert answer("moderator", "disable", "bob") == {"name": "bob", "disabled": True}
    assert answer("models", "promote", serves) == {"version": serves}
    assert answer("migrate") == {"schema_before": "current"}
    assert list(answer("keys", "new")) == ["key"]
    assert list(answer("keys", "rotate")) == ["resealed", "removed"]


@pytest.mark.parametrize("command", ["site", "models"])
def test_a_list_says_that_it_is_one_object_a_line(command: str, tmp_path: Path) -> None:
    assert "one JSON object a line" in obeyed(command, "list", "--help", environ=environment(tmp_path))


def test_migrating_again_changes_nothing(environ: dict[str, str], place: Place) -> None:
    before = place.query("SELECT sql FROM sqlite_master ORDER BY name")

    assert obeyed("migrate", environ=environ) == "The tables are up to date (they were current).\n"
    assert place.query("SELECT sql FROM sqlite_master ORDER BY name") == before


def test_the_model_that_serves_is_listed_and_shown(environ: dict[str, str], serving: Serving) -> None:
    serves = serving.get("/readyz")[1]["checks"]["model"]["detail"]

    (listed,) = [json.loads(line) for line in obeyed("models", "list", "--json", environ=environ).splitlines()]
    card = json.loads(obeyed("models", "show", serves, environ=environ))

    assert listed == {"version": serves, "serving": True, "bundled": True, "site": None, "state": None}
    assert len(card["sha256"]) == 64
    assert obeyed("models", "promote", serves, environ=environ) == f"{serves} serves.\n"


def test_a_text_is_scored_without_storing_it(environ: dict[str, str], place: Place) -> None:
    before = place.stored()

    harmless = json.loads(obeyed("score", "--json", "Thank you, this explains a lot.", environ=environ))
    spam = json.loads(
        obeyed("score", "--json", "-", environ=environ, stdin="Buy cheap watches at http://w.example now")
    )

    assert 0 <= harmless["score"] < spam["score"] <= 1
    assert place.stored() == before


@pytest.mark.parametrize(
    "call",
    [["-5 points for this"], ["-hello there"], ["--json is a format"], ["--", "-5 points"], ["--", "-5"]],
    ids=" ".join,
)
def test_a_text_may_begin_with_a_dash(call: list[str], environ: dict[str, str]) -> None:
    read = obeyed("score", "--json", environ=environ, stdin=call[-1])

    assert obeyed("score", "--json", *call, environ=environ) == read


def test_an_option_that_is_none_may_have_been_meant_as_a_text(tmp_path: Path) -> None:
    assert "moderation score -- TEXT" in run("score", "-5", environ=environment(tmp_path)).stderr


def test_figures_are_printed_for_labelled_comments(environ: dict[str, str], tmp_path: Path) -> None:
    labelled = [
        {"text": "Thank you, this explains a lot.", "label": "ham"},
        {"text": "I do not agree with the mayor.", "label": "ham"},
        {"text": "Buy cheap watches at http://w.example now", "label": "spam"},
        {"text": "cheap watches cheap watches http://w.example", "label": "spam"},
    ]
    file, scores = tmp_path / "labelled.jsonl", tmp_path / "scores"
    file.write_text("".join(json.dumps(line) + "\n" for line in labelled), encoding="utf-8")

    figures = json.loads(obeyed("evaluate", file, "--json", "--scores", scores, environ=environ))

    assert set(figures) == {"n", "accuracy", "f1", "mcc", "auc", "recall_at_fpr", "brier", "ece"}
    assert set(figures["recall_at_fpr"]) == {"0.001", "0.005", "0.01"}
    assert (figures["n"], figures["auc"]) == (4, 1.0)
    assert len(scores.read_text(encoding="utf-8").splitlines()) == 4


def post(serving: Serving, site: str, key: str, external_id: str, *, email: str | None = None) -> Answer:
    """Posts a comment with a key; a body of an author of its own unless told otherwise."""
    body = {
        "external_id": external_id,
        "article": {"id": "a-1"},
        "author": {"name": "Ana", "email": email or f"{external_id}@example.org"},
        "text": "Thank you, this explains a lot.",
    }
    return Answer(*serving.post(f"/v1/sites/{site}/comments", body, authorization=f"Bearer {key}"))
