"""The line between a process and its Postgres, which a test can cut, hold up or mend."""

import contextlib
import os
import socket
import threading
from urllib.parse import parse_qs, urlsplit

from tests.edge_process import free_port


class DatabaseLine:
    """A TCP port that leads to the server at a URL.

    `cut` ends all connections and refuses new ones, as a server that is down does; `hold` keeps
    them and lets nothing through, as a partition does; `mend` is as before.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        folder = parse_qs(parts.query).get("host", [parts.hostname or "localhost"])[0]
        self._target = folder, parts.port or 5432
        self.port = free_port()
        self.url = f"postgresql://{parts.username or 'postgres'}@127.0.0.1:{self.port}{parts.path}"
        self._held = threading.Event()
        self._lines: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        self._held.clear()
        if self._listener is None:
            listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
            self._listener = listener
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def hold(self) -> None:
        self._held.set()

    def cut(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for line in list(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = self._connect()
            threading.Thread(target=self._carry_both, args=(client, server), daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = self._target
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(os.path.join(host, f".s.PGSQL.{port}"))
            return server
        return socket.create_connection((host, port))

    def _carry_both(self, client: socket.socket, server: socket.socket) -> None:
        self._lines |= {client, server}
        with client, server:
            back = threading.Thread(target=self._carry, args=(server, client), daemon=True)
            back.start()
            self._carry(client, server)
            back.join()
        self._lines -= {client, server}

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := one.recv(65536):
                while self._held.is_set():
                    threading.Event().wait(0.02)
                other.sendall(part)
        for line in (one, other):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
