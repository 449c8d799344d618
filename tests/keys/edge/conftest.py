import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge_world import EdgeProcess, World, database


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The tables, one API behind the enforcement point `front` at /payments."""
    home: Path = tmp_path_factory.mktemp("home")
    with database(os.environ["DATABASE_URL"]) as url:
        world = World(url, home)
        world.point("front", {"/payments": world.api()})
        yield world
        world.connection.close()


@pytest.fixture(scope="module")
def edge(world: World) -> Iterator[EdgeProcess]:
    """One real verifier over that world."""
    with EdgeProcess(world) as process:
        yield process.ready()
