"""The verifier while Postgres is down, cut off, lagging, or takes no records."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import psycopg
import pytest

from tests.database_line import DatabaseLine
from tests.edge_process import Answer, EdgeProcess, until
from tests.edge_world import Issued, World, migrated_url

pytestmark = pytest.mark.django_db  # so that pytest-django migrates a database

CLASSES = ("low", "medium", "high")


@dataclass
class Setting:
    world: World
    line: DatabaseLine
    edge: EdgeProcess
    keys: dict[str, Issued]

    def ask(self, name: str) -> Answer:
        return self.edge.ask(self.keys[name].text)

    def outcome(self, name: str) -> tuple[int, str]:
        """Status, and what an allow is marked with or a refusal says."""
        answer = self.ask(name)
        if answer.status == 200:
            return 200, answer.headers.get("x-mkt-degraded", "")
        return answer.status, str(orjson.loads(answer.body)["detail"]).split(" for ")[0]


@pytest.fixture(scope="module")
def world(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World.copied_from(migrated_url(), tmp_path_factory.mktemp("home")) as world:
        world.point("front", {"/payments": world.api()})
        yield world


@pytest.fixture(scope="module")
def shared(world: World) -> Iterator[Setting]:
    """One edge behind a line to its database."""
    line = DatabaseLine(world.url)
    api = world.value("SELECT id FROM catalog_api")
    keys = {risk: world.key(api, grant={"risk": risk}) for risk in CLASSES}
    # Restricted data takes tokens only; a key that the mock answers shows what else holds for it.
    keys["restricted"] = world.key(api, grant={"data_class": "restricted"}, environment="sandbox")
    with EdgeProcess(world, url=line.url) as edge:
        yield Setting(world, line, edge.ready(), keys)
        line.cut()


@pytest.fixture
def setting(shared: Setting) -> Iterator[Setting]:
    """All well, every key known to the edge; mended afterwards."""
    for name in shared.keys:
        assert shared.outcome(name) == (200, "")
    yield shared
    shared.line.mend()
    until(lambda: all(shared.outcome(name) == (200, "") for name in shared.keys), 8)


def test_h38_a_restart_of_postgres_costs_no_call_and_no_event(setting: Setting) -> None:
    statuses: Counter[int] = Counter()
    decisions: set[str] = set()
    done = threading.Event()

    def call_on() -> None:
        while not done.is_set():
            answer = setting.ask("low")
            statuses[answer.status] += 1
            if answer.status == 200:
                decisions.add(answer.headers["x-mkt-decision-id"])

    callers = [threading.Thread(target=call_on) for _ in range(4)]
    for caller in callers:
        caller.start()
    for _ in range(2):
        time.sleep(0.3)
        setting.line.cut()
        time.sleep(0.5)
        setting.line.mend()
    time.sleep(0.3)
    done.set()
    for caller in callers:
        caller.join()
    assert set(statuses) == {200}
    public_id = setting.keys["low"].key.public_id
    recorded = "SELECT DISTINCT event_id FROM billing_usage_intake WHERE key_public_id = %s"
    until(lambda: decisions <= {row[0] for row in setting.world.rows(recorded, public_id)})


def test_h38_while_postgres_is_down_each_class_is_served_as_the_table_says(
    setting: Setting,
) -> None:
    stranger = setting.world.key(setting.keys["low"].api_id)
    quota = setting.world.key(setting.keys["low"].api_id)
    setting.world.quota("key", quota.key_id, 100)
    assert setting.edge.ask(quota.text).status == 200
    setting.line.cut()
    until(lambda: setting.outcome("low") == (200, "database-down"), 4)
    assert setting.outcome("medium") == (200, "database-down")
    assert setting.outcome("high") == (200, "database-down")
    assert setting.outcome("restricted") == (503, "database-down")
    # Unknown keys are never admitted, and a quota is spent from what is held alone.
    assert setting.edge.ask(stranger.text).status == 503
    assert setting.edge.ask(quota.text).status == 503
    assert setting.edge.metric("degraded_allows_total") >= 3
    down_since = time.monotonic()
    until(lambda: setting.outcome("high") == (503, "database-down"), 12, 0.25)
    assert time.monotonic() - down_since > 6
    assert setting.outcome("low") == (200, "database-down")
    assert setting.outcome("medium") == (200, "database-down")


def test_h33_a_verifier_cut_off_for_eleven_seconds_refuses_the_high_class(
    setting: Setting,
) -> None:
    setting.line.hold()
    began = time.monotonic()
    slowest = 0.0
    while time.monotonic() - began < 11.5:
        asked = time.monotonic()
        assert setting.ask("low").status == 200
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.1)
    assert setting.outcome("high")[0] == 503
    assert setting.outcome("restricted")[0] == 503
    assert setting.outcome("medium")[0] == 200
    assert slowest < 0.5  # nobody waits for a peer that is not there


def test_h32_a_cut_listener_and_a_dropped_notification_heal_by_polling(setting: Setting) -> None:
    for tell in (True, False):
        issued = setting.world.key(setting.keys["low"].api_id)
        assert setting.edge.ask(issued.text).status == 200
        setting.world.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'edge' AND datname = current_database()"
        )
        setting.world.revoke(issued, tell=tell)
        until(lambda issued=issued: setting.edge.ask(issued.text).status == 401, 2)


def test_h39_a_lagging_server_revives_no_revoked_key(setting: Setting) -> None:
    world = setting.world
    issued = world.key(setting.keys["low"].api_id)
    assert setting.edge.ask(issued.text).status == 200
    world.revoke(issued)
    until(lambda: setting.edge.ask(issued.text).status == 401, 2)
    (top,) = world.rows("SELECT * FROM keys_revocation ORDER BY seq DESC LIMIT 1")
    # As a copy does that has not heard of the revocation: the key is active, the feed is shorter.
    world.rows("DELETE FROM keys_revocation WHERE seq = %s", top[0])
    world.rows("UPDATE keys_key SET state = 'active' WHERE id = %s", issued.key_id)
    try:
        until(lambda: setting.outcome("low") == (200, "feed-stale"), 5)
        newcomer = world.key(setting.keys["low"].api_id)
        for _ in range(5):
            assert setting.edge.ask(issued.text).status in {401, 503}
            # What such a server says of other keys is not believed either.
            assert setting.edge.ask(newcomer.text).status == 503
        assert setting.outcome("restricted")[0] == 503
    finally:
        world.rows("INSERT INTO keys_revocation (seq, kind, key_id) VALUES (%s, %s, %s)", *top[:3])
        world.rows("UPDATE keys_key SET state = 'revoked' WHERE id = %s", issued.key_id)


def test_when_records_are_not_taken_the_high_class_stops_and_no_call_is_lost(
    setting: Setting,
) -> None:
    world = setting.world
    world.rows("ALTER TABLE billing_usage_intake RENAME TO billing_usage_intake_away")
    try:
        until(lambda: setting.outcome("low") == (200, "audit-unwritable"), 3)
        assert setting.outcome("medium") == (200, "audit-unwritable")
        assert setting.outcome("high") == (503, "audit-unwritable")
        decision = setting.ask("low").headers["x-mkt-decision-id"]
    finally:
        world.rows("ALTER TABLE billing_usage_intake_away RENAME TO billing_usage_intake")
    recorded = "SELECT data->>'degraded' FROM billing_usage_intake WHERE event_id = %s"
    assert until(lambda: world.rows(recorded, decision)) == [("audit-unwritable",)]


def test_an_edge_that_starts_without_its_database_admits_nobody_until_it_is_there(
    world: World,
) -> None:
    line = DatabaseLine(world.url)
    line.cut()
    issued = world.key(world.value("SELECT id FROM catalog_api"))
    with EdgeProcess(world, url=line.url) as edge:
        until(lambda: _answers(edge), 15)
        assert edge.ask(issued.text).status == 503
        line.mend()
        edge.ready()
        assert edge.ask(issued.text).status == 200
        line.cut()


def _answers(edge: EdgeProcess) -> bool:
    try:
        edge.ask(None)
    except OSError:
        return False
    return True


def test_every_admitted_call_is_counted_though_the_edge_is_killed(world: World) -> None:
    issued = world.key(world.value("SELECT id FROM catalog_api"))
    decisions: set[str] = set()
    with EdgeProcess(world) as edge:
        edge.ready()
        done = threading.Event()

        def call_on() -> None:
            while not done.is_set():
                try:
                    answer = edge.ask(issued.text)
                except OSError:
                    return
                if answer.status == 200:
                    decisions.add(answer.headers["x-mkt-decision-id"])

        callers = [threading.Thread(target=call_on) for _ in range(4)]
        for caller in callers:
            caller.start()
        time.sleep(1.0)
        edge.kill()
        done.set()
        for caller in callers:
            caller.join()
    recorded = "SELECT DISTINCT event_id FROM billing_usage_intake WHERE key_public_id = %s"
    with EdgeProcess(world) as heir:  # adopts what the dead left
        heir.ready()
        until(lambda: decisions <= {row[0] for row in world.rows(recorded, issued.key.public_id)})


def test_h58_where_nothing_can_be_recorded_nobody_is_admitted(world: World) -> None:
    issued = world.key(world.value("SELECT id FROM catalog_api"))
    # No file may grow beyond a megabyte: the journal finds no room, as on a full disk.
    with EdgeProcess(world, prefix=("prlimit", "--fsize=1000000")) as edge:
        edge.ready()
        answer = edge.ask(issued.text)
        assert (answer.status, "could not be recorded" in answer.body.decode()) == (503, True)


def test_the_line_of_these_tests_really_cuts(world: World) -> None:
    line = DatabaseLine(world.url)
    with psycopg.connect(line.url) as connection:
        connection.execute("SELECT 1")
        line.cut()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(line.url, connect_timeout=2)
