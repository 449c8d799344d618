"""Reading in a process that can be killed."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import orjson
import pytest

from catalog.documents import sandbox
from catalog.documents.errors import DocumentError, Problem
from catalog.documents.guard import attempt
from catalog.documents.limits import LIMITS

SMALL = orjson.dumps({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": {}})


def spin(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def hold(size: int) -> int:
    return len(bytearray(size))


def hold_for_a_while(size: int) -> int:
    held = bytearray(b"x") * size
    time.sleep(5)
    return len(held)


def guarded(work: Any, argument: Any) -> Any:
    return attempt(lambda: work(argument), 1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ValueError("as it should not")


def recurse() -> None:
    recurse()


def environment() -> dict[str, str]:
    return dict(os.environ)


def write_file(path: str) -> None:
    with open(path, "w") as file:
        file.write("x" * 10)


def refuse() -> None:
    raise DocumentError(422, [Problem("/a", 1, 2, "so")])


def titled(document: Any, operations: Any, suffix: str) -> dict[str, Any]:
    return {"title": document.tree["info"]["title"] + suffix, "count": len(operations)}


def die_with(_: Any) -> None:
    die()


def fail_with(_: Any) -> None:
    fail()


def pid() -> int:
    return os.getpid()


def parent() -> int:
    return os.getppid()


def test_a_reading_comes_back_whole() -> None:
    found = sandbox.read(SMALL)

    assert (found.kind, found.version, found.media) == ("openapi", "3.0.3", "json")
    assert (found.title, found.api_version) == ("T", "1")
    assert orjson.loads(found.compact) == orjson.loads(SMALL)
    assert (found.operations, found.findings, found.examples, found.extra) == ([], [], {}, None)


def test_the_caller_may_compute_more_while_the_tree_is_at_hand() -> None:
    found = sandbox.read(SMALL, then=titled, args=("!",))

    assert found.extra == {"title": "T!", "count": 0}


def test_a_refusal_comes_back_with_its_problems() -> None:
    with pytest.raises(DocumentError) as refused:
        sandbox.run(refuse)

    assert refused.value.status == 422
    assert refused.value.problems == [Problem("/a", 1, 2, "so")]


def test_each_piece_of_work_has_a_process_of_its_own() -> None:
    pids = {sandbox.run(pid) for _ in range(3)}

    assert len(pids | {os.getpid()}) == 4


@pytest.mark.parametrize("work", [spin, sleep])
def test_h46_work_that_takes_too_long_is_killed(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()

    with pytest.raises(sandbox.Overrun):
        sandbox.run(work, 60, seconds=0.5)
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("size", [10**9, 10**15])
def test_h46_work_that_takes_too_much_memory_is_stopped(size: int) -> None:
    with pytest.raises(sandbox.Overrun):
        sandbox.run(hold, size, memory=100_000_000)


def test_h46_what_a_child_really_holds_is_watched() -> None:
    with pytest.raises(sandbox.Overrun):
        sandbox.run(hold_for_a_while, 200_000_000, memory=100_000_000)
    assert sandbox.run(hold, 200_000_000, memory=400_000_000) == 200_000_000


@pytest.mark.parametrize(
    ("work", "argument"), [(spin, 60), (die_with, 0), (hold_for_a_while, 300_000_000)]
)
def test_work_that_is_guarded_costs_only_itself(work: Any, argument: Any) -> None:
    assert sandbox.run(guarded, work, argument, memory=100_000_000) is None


def test_guarded_work_gives_its_result_and_hides_no_fault() -> None:
    assert sandbox.run(guarded, hold, 1_000) == 1_000
    assert guarded(hold, 1_000) == 1_000
    with pytest.raises(sandbox.Failed, match="as it should not"):
        sandbox.run(guarded, fail_with, 0)


def test_h45_a_schema_that_takes_for_ever_to_judge_leaves_its_example_unjudged() -> None:
    at = "#/components/schemas/A"
    schemas: dict[str, Any] = {
        f"A{n}": {"allOf": [{"$ref": f"{at}{n + 1}"}, {"$ref": f"{at}{n + 1}"}]} for n in range(60)
    }
    media = {"schema": {"$ref": f"{at}0"}, "example": "x"}
    answer = {"description": "ok", "content": {"application/json": media}}
    tree = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"responses": {"200": answer}}}},
        "components": {"schemas": schemas | {"A60": {"type": "string"}}},
    }

    assert list(sandbox.read(orjson.dumps(tree)).examples.values()) == ["unjudged"]


def test_a_document_with_too_many_errors_to_list_tells_the_first() -> None:
    tree = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}

    with pytest.raises(DocumentError) as refused:
        sandbox.read(orjson.dumps(tree | {"tags": [1] * 1_000_000}))
    assert refused.value.status == 422
    assert refused.value.problems[0].pointer == "/tags/0"


def test_a_killed_child_and_endless_recursion_are_overruns() -> None:
    for work in (die, recurse):
        with pytest.raises(sandbox.Overrun):
            sandbox.run(work)


def test_h46_an_overrun_while_reading_is_too_large_a_document() -> None:
    data = orjson.dumps({"openapi": "3.0.3", "x-a": [[{}] * 500] * 500})

    with pytest.raises(DocumentError) as refused:
        sandbox.read(data, memory=1_000_000)
    assert refused.value.status == 413


def test_h46_too_many_bytes_are_refused_without_a_process() -> None:
    start = time.monotonic()

    with pytest.raises(DocumentError) as refused:
        sandbox.read(b" " * (LIMITS.size + 1))
    assert refused.value.status == 413
    assert time.monotonic() - start < 1


def test_what_the_work_should_not_raise_is_raised_with_its_traceback() -> None:
    with pytest.raises(sandbox.Failed, match="as it should not"):
        sandbox.run(fail)


def test_the_child_sees_no_secret_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    sandbox.NURSERY.stop()

    assert "do-not-tell" not in str(sandbox.run(environment))


def test_the_child_writes_no_files(tmp_path: Any) -> None:
    with pytest.raises((sandbox.Failed, sandbox.Overrun)):
        sandbox.run(write_file, str(tmp_path / "x"))


class Payload:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


def test_an_answer_may_hold_plain_values_only() -> None:
    for value in (Payload(), os.system, subprocess.run, pickle.loads):
        with pytest.raises(pickle.UnpicklingError):
            sandbox.Plain(BytesIO(pickle.dumps(value))).load()
    found = [{"a": (1, 2.5, None)}, Problem("", 1, 1, "x")]
    assert sandbox.Plain(BytesIO(pickle.dumps(found))).load() == found


def test_many_threads_may_read_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        titles = list(pool.map(lambda _: sandbox.read(SMALL).title, range(40)))

    assert titles == ["T"] * 40


def test_a_nursery_that_died_is_started_again() -> None:
    assert sandbox.run(hold, 5) == 5
    assert sandbox.NURSERY.process is not None
    sandbox.NURSERY.process.kill()
    sandbox.NURSERY.process.wait()

    assert sandbox.run(hold, 6) == 6


def test_a_forked_copy_of_the_server_starts_a_nursery_of_its_own() -> None:
    ours = sandbox.run(parent)
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            os.write(writer, str(sandbox.run(parent)).encode())
            sandbox.NURSERY.stop()
        finally:
            os._exit(0)
    os.close(writer)
    theirs = int(os.read(reader, 20))
    os.close(reader)
    os.wait()

    assert theirs != ours
    assert sandbox.run(parent) == ours


SERVER = """
import os, sys
from catalog.documents import sandbox
print(sandbox.run({function}), flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_killed_server_leaves_no_process_behind() -> None:
    script = SERVER.format(function="os.getppid")
    server = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=sandbox.ROOT, timeout=60
    )
    nursery = int(server.stdout)
    end = time.monotonic() + 10
    while os.path.exists(f"/proc/{nursery}") and time.monotonic() < end:
        time.sleep(0.05)

    assert server.returncode == -signal.SIGKILL
    assert not os.path.exists(f"/proc/{nursery}")


def test_two_hundred_readings_do_not_grow_the_server() -> None:
    sandbox.read(SMALL)
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))

    for _ in range(200):
        sandbox.read(SMALL)

    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == before


@pytest.mark.parametrize(
    "data",
    [
        b"a: &a ["
        + b"x, " * 20
        + b"]\n"
        + b"".join(b"k%d: [%s]\n" % (n, b"*a, " * 20) for n in range(9)),
        b"openapi: 3.0.3\nx-a: " + b"[" * 100_000,
        b'{"openapi": "3.0.3", "x-a": ' + b'{"a":' * 100_000,
        b"openapi: 3.0.3\nx-a: !!python/object/apply:os.system ['true']",
        b"openapi: 3.0.3\nx-a: " + b"'" * 100_001,
        b"{" * 1_000_000,
        b"%" * 1_000_000,
        b"\0" * 1_000_000,
        b"- " * 500_000,
        b"? " * 100_000,
        b'{"openapi": "3.0.3", "x-a": "' + b"a" * 5_000_000 + b'", "x-a": 1}',
    ],
)
def test_h46_hostile_text_is_refused_in_a_moment(data: bytes) -> None:
    sandbox.read(SMALL)
    start = time.monotonic()

    with pytest.raises(DocumentError) as refused:
        sandbox.read(data)
    assert refused.value.status in (413, 422)
    assert time.monotonic() - start < 10
