"""A match that is killed shows nobody anything half done, and the next one ends where the first would have."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.killed.conftest import City


@pytest.fixture(scope="module")
def undisturbed(built, tmp_path_factory):
    """What people see after a match that nobody killed."""
    city = City(Path(shutil.copytree(built, tmp_path_factory.mktemp("undisturbed") / "var")))
    assert city.run("match", "never", "0") == 0
    return city.tell("tell-match")


@pytest.mark.parametrize(("stage", "share"), [("slates", 0.3), ("store", 0.5)])
def test_a_killed_match_shows_nothing_and_goes_on_to_the_same_end(city, undisturbed, stage, share):
    assert city.run("match", stage, str(share)) == -signal.SIGKILL
    halfway = city.tell("tell-match")
    assert (halfway["state"], halfway["people"], halfway["openings"]) == ("running", [], [])

    assert city.run("match", "never", "0") == 0

    assert undisturbed["valid"]
    assert city.tell("tell-match") == undisturbed
