"""Starts every process of the product, keeps them running, and stops them all again.

Each child leads its own process group and asks the kernel to be ended with us, so that not even
`kill -9` of the supervisor leaves one behind; what a crash of the machine leaves is written down
in `run/pids.json` and cleared by the next start.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from marketplace.env import EnvironmentProblem
from marketplace.processes.parts import Part

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 10.0
START_SECONDS = 90.0
ANSWERS_IN_A_ROW = 5
RESTART_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)


class Supervisor:
    """The running product on this machine, under one data folder."""

    def __init__(self, home: Path, say: Callable[[str], None]) -> None:
        self.home = home
        self.say = say
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.crashes: dict[str, int] = {}
        self.stopping = False

    # --- what others see of us ------------------------------------------------------------------

    @property
    def note(self) -> Path:
        return self.home / "run" / "pids.json"

    def write_note(self) -> None:
        pids = {name: process.pid for name, process in self.running.items()}
        self.note.write_text(json.dumps({"supervisor": os.getpid(), "parts": pids}))

    # --- starting -------------------------------------------------------------------------------

    def clear_leftovers(self) -> None:
        """End what an earlier run left. Raises EnvironmentProblem where one still runs."""
        supervisor = supervisor_of(self.home)
        if supervisor is not None and supervisor.pid != os.getpid():
            raise EnvironmentProblem(
                f"It runs already (pid {supervisor.pid}). `python manage.py status` tells where,"
                " `python manage.py down` stops it."
            )
        for pid in _read_note(self.note).get("parts", {}).values():
            _end_group(pid, GRACE_SECONDS)
        (self.home / "run" / "worker.pid").unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def start(self, part: Part) -> None:
        """Start one process; its output goes to `logs/<name>.log`."""
        log = (self.home / "logs" / f"{part.name}.log").open("ab")
        with log:
            self.running[part.name] = subprocess.Popen(
                part.command,
                env=os.environ | part.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent(os.getpid()),
            )
        self.write_note()

    def wait_until_well(self, parts: list[Part]) -> None:
        """Wait for every part's health, several times in a row: processes that share a port do
        not come up at the same moment. Raises EnvironmentProblem with the log's end where one
        does not come up."""
        deadline = time.monotonic() + START_SECONDS
        answers = {part.name: 0 for part in parts}
        while waiting := [part for part in parts if answers[part.name] < ANSWERS_IN_A_ROW]:
            for part in waiting:
                process = self.running[part.name]
                if process.poll() is not None or time.monotonic() > deadline:
                    raise EnvironmentProblem(
                        f"{part.name} did not come up. The end of its log"
                        f" ({self.home / 'logs' / part.name}.log):\n{self.end_of_log(part.name)}"
                    )
                answers[part.name] = answers[part.name] + 1 if part.is_well() else 0
            time.sleep(0.1)

    def end_of_log(self, name: str, lines: int = 15) -> str:
        path = self.home / "logs" / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

    # --- keeping and stopping -------------------------------------------------------------------

    def keep(self, parts: list[Part]) -> None:
        """Restart what ends, until a signal asks us to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        by_name = {part.name: part for part in parts}
        while not self.stopping:
            for name, process in list(self.running.items()):
                if process.poll() is not None and not self.stopping:
                    tries = self.crashes.get(name, 0)
                    self.crashes[name] = tries + 1
                    self.say(f"{name} ended (status {process.returncode}); starting it again")
                    _end_group(process.pid, 1.0)
                    time.sleep(RESTART_SECONDS[min(tries, len(RESTART_SECONDS) - 1)])
                    self.start(by_name[name])
            time.sleep(0.25)

    def stop(self) -> None:
        """End every process, politely first; none is left when this returns."""
        self.stopping = True
        for process in reversed(list(self.running.values())):
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()
        self.note.unlink(missing_ok=True)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def supervisor_of(home: Path) -> psutil.Process | None:
    """The live supervisor of a data folder, or None."""
    pid = _read_note(home / "run" / "pids.json").get("supervisor")
    try:
        process = psutil.Process(pid) if pid else None
        alive = process is not None and "up" in process.cmdline()
    except psutil.Error:
        return None
    return process if alive else None


def running_parts(home: Path) -> dict[str, bool]:
    """Each part of the noted run, and whether its process lives."""
    parts = _read_note(home / "run" / "pids.json").get("parts", {})
    return {name: psutil.pid_exists(pid) for name, pid in parts.items()}


def run_step(name: str, arguments: list[str]) -> None:
    """Run a management command in its own process. Raises EnvironmentProblem with its output."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        env=os.environ | {"LOG_LEVEL": "WARNING"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise EnvironmentProblem(f"{name} failed:\n{done.stdout.decode(errors='replace')[-4000:]}")


def _read_note(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _end_with_parent(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        os.setsid()
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _end_group(pid: int, grace: float) -> None:
    """End a process group that one of our parts led; a pid that is someone else's by now is not
    a group leader of our commands and is left alone."""
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        command = "granian"  # the leader is gone; its group may not be
    if not any(word in command for word in ("granian", "celery", "envoy")):
        return
    _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline:
        try:
            os.killpg(pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.05)
    _signal_group(pid, signal.SIGKILL)
