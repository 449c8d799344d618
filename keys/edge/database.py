"""The verifier's connections to Postgres: few, quick to fail, and back as soon as it is.

A connection that broke is dropped and the work tried once more on a fresh one, so that a restart
of the server costs no call. While the server does not answer, work fails at once instead of
queueing behind timeouts; one attempt every RETRY_AFTER seconds finds out when it is back.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import psycopg

Result = TypeVar("Result")
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

SIZE = 6
CONNECT_SECONDS = 1.5
STATEMENT_SECONDS = 1.5
RETRY_AFTER = 0.25

# The server answers, and says that others were in the way.
CONFLICTS = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
)
OPTIONS = "-c statement_timeout=2000 -c lock_timeout=1500 -c idle_in_transaction_session_timeout=5s"


class Unreachable(Exception):
    """Postgres does not answer; what depends on it is undecidable for now."""


async def within(seconds: float, connection: Connection, work: Awaitable[Result]) -> Result:
    """What `work` gives; after `seconds` its connection is hung up, so that it fails.

    Cancelling would make psycopg ask the server to stop, and wait for a peer that is not there.
    """
    timer = asyncio.get_running_loop().call_later(seconds, hang_up, connection)
    try:
        return await work
    finally:
        timer.cancel()


def hang_up(connection: Connection) -> None:
    """End the connection under whoever waits for it: the wait fails with OperationalError."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


class Database:
    """A small pool. `reachable` tells whether the last word from the server was an answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reachable = True
        self.queries = 0
        self.failures = 0
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(SIZE)
        self._not_before = 0.0
        self._closed = False

    async def connect(self) -> Connection:
        """A connection of one's own, in autocommit. Raises Unreachable."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await psycopg.AsyncConnection.connect(
                    self.url,
                    autocommit=True,
                    options=OPTIONS,
                    application_name="edge",
                    keepalives_idle=5,
                    keepalives_interval=1,
                    keepalives_count=3,
                    tcp_user_timeout=3000,
                )
        except (psycopg.Error, OSError, TimeoutError) as error:
            self._failed()
            raise Unreachable(type(error).__name__) from error
        self._answered()
        return connection

    async def rows(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        """The rows of one statement. Raises Unreachable; other database errors are mistakes."""

        async def read(connection: Connection) -> list[tuple[Any, ...]]:
            cursor = await connection.execute(sql, parameters or None)
            return await cursor.fetchall() if cursor.description else []

        return await self.run(read)

    async def run(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Do `work` on a connection; once more on a fresh one where the first had broken.

        `work` must be safe to repeat. Raises Unreachable.
        """
        for last in (False, True):
            try:
                async with self._connection() as connection:
                    self.queries += 1
                    result = await within(STATEMENT_SECONDS, connection, work(connection))
            except CONFLICTS as error:
                if last:
                    raise Unreachable(type(error).__name__) from error
            except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
                self._discard_idle()
                if last:
                    self._failed()
                    raise Unreachable(type(error).__name__) from error
            else:
                self._answered()
                return result
        raise AssertionError("the loop returns or raises")

    async def close(self) -> None:
        """Close all that is idle; what is at work closes when it is done."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        if not self.reachable and time.monotonic() < self._not_before:
            raise Unreachable("down")
        async with self._room:
            connection = self._idle.pop() if self._idle else await self.connect()
            whole = False
            try:
                yield connection
                whole = True
            finally:
                if whole and not connection.closed and not self._closed:
                    self._idle.append(connection)
                else:
                    # An interrupted statement may still run: the connection is not used again.
                    await connection.close()

    def _discard_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.pgconn.finish()

    def _failed(self) -> None:
        self.failures += 1
        self.reachable = False
        self._not_before = time.monotonic() + RETRY_AFTER

    def _answered(self) -> None:
        self.reachable = True
