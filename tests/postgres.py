"""A real PostgreSQL server for the tests, on any machine, as root or as anyone else.

`postgres_programs.find_ground` says what there is; `open_server` gives it as a `PostgresServer`: a named server as it
is, or a `LocalServer` of our own that is gone afterwards.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests import postgres_guard
from tests.postgres_programs import Programs

_START_SECONDS = 60.0
_USER = "postgres"
# PGPORT, PGOPTIONS, LD_LIBRARY_PATH … of the caller are not the server's business.
_BARE = {"LC_ALL": "C", "PATH": os.defpath}

# Fast, because nothing of the tests has to survive the machine; measurements and drills run a durable server instead.
_HASTY = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # it would visit the templates, which have to be unused while they are copied
}
# synchronous_commit stays on: without it the last commits are lost when the server is ended abruptly, and the drills
# that do so would blame the service.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "synchronous_commit": "on",
    "max_connections": "200",
    # Neither UTC nor a whole number of hours, so that a time that was stored without its zone is seen to be wrong.
    "timezone": "Asia/Kathmandu",
}


class ServerDidNotStart(Exception):
    """The server ended or did not answer in time; the message holds its log."""


class PostgresServer:
    """A running server on which databases are made and dropped."""

    def __init__(self, admin_url: str) -> None:
        self._parts = urlsplit(re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", admin_url))
        self._admin: psycopg.Connection | None = None

    def _conninfo(self, database: str | None = None) -> str:
        path = self._parts.path if database is None else f"/{database}"
        return urlunsplit(self._parts._replace(path=path))

    def url(self, database: str) -> str:
        """Returns the SQLAlchemy URL of a database, which need not exist yet."""
        return self._conninfo(database).replace("postgresql://", "postgresql+psycopg://", 1)

    def connect(self, database: str | None = None) -> psycopg.Connection:
        """Opens a connection in autocommit mode, by default to the database of the administrator."""
        return psycopg.connect(self._conninfo(database), autocommit=True, connect_timeout=10)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Creates a database, empty or as a copy of a template that nobody is connected to; returns its URL."""
        copied = template or "template0"
        admin = self._administrator()
        # Copying the files takes a third of the time of writing them through the log, which newer servers prefer.
        strategy = " STRATEGY file_copy" if admin.info.server_version >= 150_000 else ""
        command = f"CREATE DATABASE {{}} TEMPLATE {{}} ENCODING 'UTF8'{strategy}"
        admin.execute(sql.SQL(command).format(sql.Identifier(name), sql.Identifier(copied)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops a database if it exists, also under the feet of those who are still connected."""
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        self._administrator().execute(command)

    def _administrator(self) -> psycopg.Connection:
        """Returns a connection that is kept: to open one takes half as long as to make and drop a database."""
        if self._admin is None:
            self._admin = self.connect()
        return self._admin

    def close(self) -> None:
        """Closes the connection that is kept, if there is one."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Gives the URL of a database with a name of its own, and drops it afterwards."""
        name = fresh_name()
        url = self.create_database(name, template)
        try:
            yield url
        finally:
            self.drop_database(name)


def fresh_name() -> str:
    """Returns a database name that no other run uses, even when several share one server."""
    return f"moderation_test_{secrets.token_hex(6)}"


def database_of(url: str) -> str:
    """Returns the name of the database in a URL."""
    return urlsplit(url).path.removeprefix("/")


class LocalServer(PostgresServer):
    """A server of our own in a folder of its own, which can also be frozen and ended for drills.

    `stop` is final and removes the folder. A guard process does the same when this process dies before it. A durable
    one waits for the disk at every commit, as in production.
    """

    def __init__(self, programs: Programs, *, durable: bool = False) -> None:
        self._settings = _SETTINGS if durable else _SETTINGS | _HASTY
        self._account = _account_of_server()
        self._uid = self._account and self._account.pw_uid
        self._gid = self._account and self._account.pw_gid
        self._groups: list[int] | None = [] if self._account else None
        self.folder = Path(tempfile.mkdtemp(prefix="moderation-pg-", dir=_base_folder(self._account is not None)))
        self._guard = _start_guard(self.folder)
        self._frozen: list[int] = []
        self._admin = None
        self._server: subprocess.Popen[bytes] | None = None
        try:
            self._make_cluster(programs)
            self._start_on_a_free_port()
            if not durable:
                self._make_logins_cheap()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The pid of the running server."""
        assert self._server is not None, "the server is stopped"
        return self._server.pid

    def _make_cluster(self, programs: Programs) -> None:
        self.folder.chmod(0o755)
        self._prefix = _readable_copy(programs, self.folder) if self._account else programs.prefix
        password = secrets.token_hex(16)
        home = self.folder / "home"
        home.mkdir(mode=0o700)
        secret = home / "password"
        secret.write_text(password, encoding="ascii")
        if self._account:
            for path in (home, secret):
                os.chown(path, self._account.pw_uid, self._account.pw_gid)
        self._run_to_end(
            "initdb", "-D", str(home / "data"), "-U", _USER, f"--pwfile={secret}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        self._password = password

    def _start_on_a_free_port(self) -> None:
        for attempt in range(5):
            self.port = _free_port()
            super().__init__(f"postgresql://{_USER}:{self._password}@127.0.0.1:{self.port}/postgres")
            try:
                self.start_server()
            except ServerDidNotStart:
                # Someone may have taken the port between our look and the server's bind.
                if attempt == 4:
                    raise
            else:
                return

    def _make_logins_cheap(self) -> None:
        """Lets the password be hashed once instead of four thousand times, which is most of what a login costs here.
        Nobody can guess it."""
        with self.connect() as connection:
            if connection.info.server_version >= 160_000:
                connection.execute("SET scram_iterations = 1")
                change = "ALTER ROLE {} PASSWORD {}"
                connection.execute(sql.SQL(change).format(sql.Identifier(_USER), sql.Literal(self._password)))

    def start_server(self) -> None:
        """Starts the server (again), on the same port, and returns when it answers."""
        options = [text for name, value in self._settings.items() for text in ("-c", f"{name}={value}")]
        log = self.folder / "log"
        with log.open("ab") as output:
            self._server = subprocess.Popen(
                [self._program("postgres"), "-D", self.folder / "home" / "data", "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                cwd=self.folder / "home", env=_BARE, user=self._uid, group=self._gid, extra_groups=self._groups,
            )  # fmt: skip
        if not _comes_true(self._answers, seconds=_START_SECONDS):
            self.stop_server()
            raise ServerDidNotStart(log.read_text(encoding="utf-8", errors="replace")[-4000:])

    def stop_server(self) -> None:
        """Ends the server at once, as a crash would; what was committed is there again after `start_server`."""
        self.resume()
        self.close()
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            try:
                self._server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None

    def pause(self) -> None:
        """Freezes the server: the network takes what is sent, nothing is answered.

        A connection that is being opened by someone else at this very moment may get through.
        """
        with self.connect() as connection:
            # First the one that makes the others, so that the list is complete; this connection was made before.
            self._frozen = [self.pid]
            os.kill(self.pid, signal.SIGSTOP)
            others = connection.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchall()
            own = connection.info.backend_pid
            for pid in [*(pid for (pid,) in others), own]:
                self._frozen.append(pid)
                os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a frozen server go on; does nothing to one that runs."""
        while self._frozen:
            try:
                os.kill(self._frozen.pop(), signal.SIGCONT)
            except ProcessLookupError:
                continue

    def stop(self) -> None:
        """Ends the server and removes its folder. The second time it does nothing."""
        self.stop_server()
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait()

    def _answers(self) -> bool | None:
        if self._server is None or self._server.poll() is not None:
            return None
        try:
            # Only our own server knows this password: another one on the same port does not pass for it.
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _program(self, name: str) -> Path:
        return self._prefix / "bin" / name

    def _run_to_end(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._program(program), *arguments], capture_output=True, text=True, check=False,
            cwd=self.folder / "home", env=_BARE, user=self._uid, group=self._gid, extra_groups=self._groups,
        )  # fmt: skip
        if done.returncode:
            raise ServerDidNotStart(
                f"{program} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-3000:]}"
            )


def _account_of_server() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; root runs it as `nobody`, everyone else as themselves (None)."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _base_folder(for_others: bool) -> Path:
    """The folder for temporary files; the system's one when another account could not enter the configured one."""
    chosen = Path(tempfile.gettempdir()).resolve()
    may_enter = all(folder.stat().st_mode & 0o001 for folder in (chosen, *chosen.parents))
    return chosen if may_enter or not for_others else Path("/tmp")


def _readable_copy(programs: Programs, folder: Path) -> Path:
    """Returns a prefix that another account can read: root's virtual environment often lies where nobody else may go.

    The programs find their libraries by a relative path, so both folders keep their places to each other.
    """
    if programs.libraries is None:
        return programs.prefix
    site = folder / "site"
    copy = site / programs.prefix.relative_to(programs.package.parent)
    shutil.copytree(programs.prefix, copy, symlinks=True)
    shutil.copytree(programs.libraries, site / programs.libraries.name, symlinks=True)
    return copy


def _start_guard(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", postgres_guard.__file__, folder], stdin=subprocess.PIPE, start_new_session=True
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _comes_true(condition: Callable[[], bool | None], *, seconds: float) -> bool:
    """Asks again and again until the answer is yes (True), never (None) or late (False)."""
    deadline = time.monotonic() + seconds
    while (answer := condition()) is False and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(answer)


@contextmanager
def open_server(ground: str | Programs, *, durable: bool = False) -> Iterator[PostgresServer]:
    """Gives the named server as it is, or a local one, durable or fast, that is gone afterwards."""
    if isinstance(ground, str):
        with closing(PostgresServer(ground)) as named:
            yield named
        return
    server = LocalServer(ground, durable=durable)
    try:
        yield server
    finally:
        server.stop()
