"""The process that `sandbox` forks its children from: `python -m catalog.documents.nursery FD`.

It does nothing but import, wait and fork. A child takes one piece of work over its link, limits
itself, answers and ends; whatever it does to itself dies with it.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import resource
import select
import signal
import socket
import sys
import traceback
from math import ceil
from typing import Any

import orjson
import yaml

from catalog.documents import official, sandbox
from catalog.documents.errors import DocumentError
from catalog.documents.guard import Guard
from catalog.documents.reading import reading
from catalog.documents.watch import EVERY, Watched

ADDRESSES = 3_000_000_000  # that orjson may reserve without filling them
SCHEMA = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/x-a"}}}
GET = {
    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
    "responses": {
        "200": {
            "description": "",
            "content": {"application/json": {"schema": SCHEMA, "example": {"a": 1}}},
        }
    },
}
INFO = {"title": "", "version": ""}
X = {"x-a": {"type": "string", "pattern": "^a$"}}
SAMPLES: list[dict[str, Any]] = [
    {"openapi": "3.0.3", "info": INFO, "paths": {"/{id}": {"get": GET}}, **X},
    {"openapi": "3.1.0", "info": INFO, "paths": {"/{id}": {"get": GET}}, **X},
    {"swagger": "2.0", "info": INFO, "paths": {}},
    {"asyncapi": "2.6.0", "info": INFO, "channels": {}},
    {"asyncapi": "3.0.0", "info": INFO},
]


def main() -> None:
    """Serves until the other side closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm()
    gc.collect()
    gc.freeze()
    gc.disable()  # a child lives too short a life to be worth collecting
    children: list[Watched] = []
    while True:
        waiting: list[Any] = [control, *children]
        ready, _, _ = select.select(waiting, [], [], EVERY if children else None)
        for child in [child for child in children if child in ready]:
            children.remove(child)
            child.bury()
        for child in children:
            child.look()
        if control not in ready:
            continue
        request, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        if not request:
            return
        with socket.socket(fileno=descriptors[0]) as link:
            memory, module = request.decode().split()
            if module not in sys.modules:
                prepare(importlib.import_module(module))  # once here, not again in each child
            pid = os.fork()
            if pid == 0:
                try:
                    control.close()
                    work(link, int(memory))
                finally:
                    os._exit(0)
            children.append(Watched(pid, int(memory)))


def warm() -> None:
    """Does once what each child would else do again: compile the schemas, run the code."""
    for kind, version in official.VERSIONS:
        official.compiled(kind, version)
    for sample in SAMPLES:
        reading(orjson.dumps(sample))
        reading(yaml.safe_dump(sample).encode())


def prepare(module: Any) -> None:
    """Lets a module that was just imported do what each child would else do again: its `warm`."""
    if hasattr(module, "warm"):
        module.warm(SAMPLES)
    gc.collect()
    gc.freeze()


def work(link: socket.socket, memory: int) -> None:
    """One piece of work, from the link and back."""
    function, args, seconds = pickle.loads(sandbox.receive(link))
    restrain(seconds, memory)
    Guard.may_fork, Guard.memory = True, memory
    sandbox.send(link, pickle.dumps(outcome(function, args), protocol=5))


def outcome(function: Any, args: Any) -> tuple[str, Any]:
    try:
        return "done", function(*args)
    except DocumentError as error:
        return "refused", (error.status, error.problems)
    except (MemoryError, RecursionError, SystemError):  # orjson says it with the last
        return "overrun", None
    except Exception:  # noqa: BLE001 - the parent raises it again with the traceback
        return "failed", traceback.format_exc()


def restrain(seconds: float, memory: int) -> None:
    """Kernel limits on this process: CPU, wall clock, addresses; no files, no core."""
    with open("/proc/self/statm") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    cpu = ceil(seconds)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds * sandbox.WALL)
    for limit, value in (
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_AS, held + memory + ADDRESSES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main()
