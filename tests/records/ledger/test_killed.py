"""Real processes on a real database file: killed in the middle, started again, racing one another."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from factories import make_person
from records.ledger.making import AT, TODAY, answer, give_account, make_exported, make_order, make_treasury

from taihu.records.ledger.actions import commit_all, recheck_due
from taihu.records.ledger.models import Payment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]
MANY = 50


@pytest.fixture(scope="module")
def worker(tmp_path_factory, django_db_setup):
    """One process that has loaded everything and forks the others."""
    folder = tmp_path_factory.mktemp("worker")
    shutil.copy(settings.DATA_FOLDER / "keys.json", folder)
    environment = {
        **os.environ,
        "TAIHU_DATA": str(folder),
        "DJANGO_SETTINGS_MODULE": "taihu.portal.settings",
        "PYTHONPATH": str(ROOT),
    }
    if connection.vendor == "postgresql":
        at = connection.settings_dict
        address = f"{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
        environment["TAIHU_DATABASE_URL"] = f"postgresql://{address}"
    script = [sys.executable, str(Path(__file__).with_name("worker.py"))]
    process = subprocess.Popen(script, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.communicate()


class City:
    """The test's database as other processes see it."""

    def __init__(self, worker, folder: Path) -> None:
        self.worker = worker
        self.file = folder / "taihu.sqlite3"

    def hand_over(self) -> None:
        if connection.vendor == "sqlite":
            with sqlite3.connect(self.file) as copy:
                connection.connection.backup(copy)
                # As `migrate` leaves it: those who switch the mode at once would not wait for one another.
                copy.execute("PRAGMA journal_mode=WAL")

    def run_at_once(self, *jobs: tuple[str, str, str]):
        database = str(self.file) if connection.vendor == "sqlite" else ""
        self.worker.stdin.write(json.dumps({"database": database, "jobs": jobs}) + "\n")
        self.worker.stdin.flush()
        return json.loads(self.worker.stdout.readline())

    def run(self, act: str, name: str):
        code, text = self.run_at_once((act, "never", name))[0]
        assert code == 0, text
        return json.loads(text)

    def kill(self, act: str, moment: str, name: str) -> None:
        code, text = self.run_at_once((act, moment, name))[0]
        assert (code, text) == (-signal.SIGKILL, "")


@pytest.fixture
def city(worker, tmp_path):
    return City(worker, tmp_path)


def make_city(amount: int = 1_000_00):
    treasury = make_treasury(amount=amount)
    treasury.maker.email = "maker@example.test"
    treasury.maker.save()
    people = [make_person(with_account=False, name=f"收款{number}") for number in range(MANY)]
    for person in people:
        give_account(person)
    return treasury, people


def commit_for(treasury, people):
    orders = [make_order(person, [treasury.line], (1_00,)) for person in people]
    commit_all(acting_user=None, at=AT, orders=orders)
    recheck_due(acting_user=None, at=AT, until=TODAY)


@pytest.mark.parametrize("moment", ["posting", "before", "after"])
def test_a_killed_commitment_is_made_once_when_asked_again(city, moment):
    make_city()
    city.hand_over()

    city.kill("commit", moment, "order")
    told = city.run("commit", "order")

    assert (told["sound"], told["commitments"], told["free"], told["events"]) == ([], MANY, 950_00, 1)


@pytest.mark.parametrize("moment", ["posting", "before", "after"])
def test_a_killed_batch_claims_every_payment_once(city, moment):
    treasury, people = make_city()
    commit_for(treasury, people)
    city.hand_over()

    city.kill("batch", moment, "first")
    told = city.run("batch", "first")

    assert (told["sound"], told["batches"], told["living"], told["in_payment"]) == ([], 1, MANY, 50_00)
    assert city.run("batch", "second")["refused"] == "nothing_to_pay"


@pytest.mark.parametrize("moment", ["posting", "before", "after"])
def test_a_killed_import_of_the_banks_answer_pays_nobody_twice(city, moment, tmp_path):
    treasury, people = make_city()
    commit_for(treasury, people)
    batch = make_exported(treasury, key="sent")
    file = tmp_path / "answer.csv"
    file.write_bytes(answer(batch, failed=[Payment.objects.order_by("pk").first().reference]))
    city.hand_over()

    city.kill("return", moment, str(file))
    told = city.run("return", str(file))

    assert (told["sound"], told["paid"], told["in_payment"], told["living"]) == ([], 49_00, 0, MANY - 1)


def test_of_processes_that_commit_at_once_only_as_many_succeed_as_the_line_holds(city):
    make_city(amount=150_00)
    city.hand_over()

    answers = city.run_at_once(*(("commit", "never", f"order{number}") for number in range(5)))

    refused = sorted(json.loads(text)["refused"] for _code, text in answers)
    assert refused == ["", "", "", "line_exceeded", "line_exceeded"]
    last = city.run("commit", "late")
    assert (last["sound"], last["refused"], last["commitments"], last["free"]) == ([], "line_exceeded", 150, 0)


def test_of_processes_that_propose_at_once_each_payment_goes_to_one(city):
    treasury, people = make_city()
    commit_for(treasury, people)
    city.hand_over()

    answers = city.run_at_once(*(("batch", "never", f"batch{number}") for number in range(4)))

    refused = sorted(json.loads(text)["refused"] for _code, text in answers)
    assert refused == ["", "nothing_to_pay", "nothing_to_pay", "nothing_to_pay"]
    last = city.run("batch", "later")
    assert (last["sound"], last["living"], last["in_payment"]) == ([], MANY, 50_00)
