from collections.abc import Iterator

import pytest

from tests.edge_process import EdgeProcess
from tests.edge_world import World, migrated_url


@pytest.fixture(scope="module")
def world(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The tables, one API behind the enforcement point `front` at /payments."""
    with World.copied_from(migrated_url(), tmp_path_factory.mktemp("home")) as world:
        world.point("front", {"/payments": world.api()})
        yield world


@pytest.fixture(scope="module")
def edge(world: World) -> Iterator[EdgeProcess]:
    """One real verifier over that world."""
    with EdgeProcess(world) as process:
        yield process.ready()
