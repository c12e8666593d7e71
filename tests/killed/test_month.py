"""A month of allowances that is killed anywhere ends as if nothing had happened, and nobody is paid twice."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.killed.conftest import City

pytestmark = pytest.mark.once
PROGRAM = "tests.killed.month"
PEOPLE = 20
# One after the other: the evaluation, the list, its notice, the promises, the batches, the bank's answers.
MOMENTS = [4, 9, 20, 31, 44]


@pytest.fixture(scope="module")
def built_month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month") / "var"
    folder.mkdir()
    assert City(folder, PROGRAM).run("build", str(PEOPLE)) == 0
    return folder


@pytest.fixture
def city(built_month, tmp_path):
    return City(Path(shutil.copytree(built_month, tmp_path / "var")), PROGRAM)


@pytest.fixture(scope="module")
def undisturbed(built_month, tmp_path_factory):
    city = City(Path(shutil.copytree(built_month, tmp_path_factory.mktemp("whole") / "var")), PROGRAM)
    assert city.run("live", "0") == 0
    return city.tell("tell")


def test_a_month_that_nobody_disturbs_pays_everybody_once(undisturbed):
    paid = [person for _unit, person, _amount in undisturbed["paid"]]

    assert (undisturbed["blocks"], undisturbed["books"], undisturbed["chain"]) == (3, True, True)
    assert len(undisturbed["promised"]) == 16
    assert sorted(paid) == sorted(person for person, _total in undisturbed["promised"] for _unit in range(2))
    assert sum(amount for _unit, _person, amount in undisturbed["paid"]) == 16 * 1_000_000


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_month_that_is_killed_goes_on_to_the_same_end(city, undisturbed, moment):
    assert city.run("live", str(moment)) == -signal.SIGKILL
    halfway = city.tell("tell")
    assert (halfway["books"], halfway["chain"]) == (True, True)
    assert halfway["digests"] in ([], undisturbed["digests"])

    assert city.run("live", "0") == 0

    assert city.tell("tell") == undisturbed
