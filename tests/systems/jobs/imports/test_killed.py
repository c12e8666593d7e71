"""An import that is killed at any moment is finished by running it again, exactly as if nothing had happened."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from import_files import posting, write, write_mapping

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[4]
ROWS = 800
#: Run in the process that is killed: chunks are small and told of on standard output.
SCRIPT = """
import sys
import django
django.setup()
from taihu.systems.jobs.imports import workers
workers.CHUNK, workers.WORTH_SHARING = 50, 100
from django.core.management import execute_from_command_line
import taihu.systems.jobs.actions.imports as actions
keep = actions._keep_counts
def told(batch, tally):
    keep(batch, tally)
    print(tally.rows, flush=True)
actions._keep_counts = told
if __name__ == "__main__":
    execute_from_command_line(["taihu", "import", "postings", sys.argv[1], "--map", sys.argv[2], "-v0", "--no-index",
        "--processes", sys.argv[3], "--report", sys.argv[4], "--rejects", sys.argv[5]])
"""


def rows():
    kinds = [{}, {"薪资": "薪酬优厚"}, {"职位": ""}, {"描述": "<p>负责装配</p>"}, {"编号": "7"}]
    return [posting(n, **(kinds[n % 40] if n % 40 < len(kinds) else {})) for n in range(ROWS)]


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A function that starts an import in a data folder of its own."""
    folder = tmp_path_factory.mktemp("killed")
    path, mapping = write(folder, rows()), write_mapping(folder)
    script, template = folder / "run.py", folder / "template"
    script.write_text(SCRIPT, encoding="utf-8")

    def begin(data, processes="1"):
        settings = {"TAIHU_DATA": str(data), "DJANGO_SETTINGS_MODULE": "taihu.portal.settings", "PYTHONPATH": str(ROOT)}
        environment = {k: v for k, v in os.environ.items() if k != "TAIHU_DATABASE_URL"} | settings
        if not template.exists():
            template.mkdir()
            made = environment | {"TAIHU_DATA": str(template)}
            subprocess.run([sys.executable, "-m", "taihu", "migrate", "-v0"], env=made, cwd=ROOT, check=True)
        if not data.exists():
            shutil.copytree(template, data)
        arguments = [str(path), str(mapping), processes, str(data / "report.json"), str(data / "rejects.csv")]
        return subprocess.Popen(
            [sys.executable, str(script), *arguments], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )

    return begin


def state(data):
    """Everything that an import leaves, without numbers and times of the batch itself."""
    with sqlite3.connect(data / "taihu.sqlite3") as database:
        database.row_factory = sqlite3.Row
        openings = [dict(row) for row in database.execute("SELECT * FROM jobs_opening ORDER BY source_id")]
        kept = [
            tuple(row)
            for row in database.execute("SELECT number, state, reasons, cells FROM jobs_importrow ORDER BY number")
        ]
        looks = database.execute("SELECT count(*) FROM jobs_openingsignature").fetchone()[0]
        employers = database.execute("SELECT count(*) FROM identity_organisation").fetchone()[0]
    times = {"published_at", "valid_through", "refreshed_at", "created_at", "updated_at"}
    openings = [
        {k: v for k, v in row.items() if k not in times | {"id", "organisation_id", "duplicate_of_id"}}
        for row in openings
    ]
    report = json.loads((data / "report.json").read_text(encoding="utf-8"))
    counted = {
        k: report[k] for k in ("rows", "accepted", "repaired", "held", "rejected", "created", "duplicates", "reasons")
    }
    return openings, kept, looks, employers, counted, (data / "rejects.csv").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(start, tmp_path_factory):
    data = tmp_path_factory.mktemp("whole") / "var"
    process = start(data)
    assert process.wait() == 0
    process.stdout.close()
    return state(data)


def test_the_counts_of_an_undisturbed_import_add_up(undisturbed):
    counted = undisturbed[4]

    assert counted["rows"] == ROWS == sum(counted[name] for name in ("accepted", "repaired", "held", "rejected"))
    assert (counted["held"], counted["rejected"], counted["repaired"]) == (20, 20, 20)
    assert len(undisturbed[0]) == counted["created"] == ROWS - 20 * 3


@pytest.mark.slow
@pytest.mark.parametrize(("moments", "processes"), [([50, 450], "1"), ([0.04, 0.2], "1"), ([300], "2")])
def test_a_killed_import_is_finished_by_running_it_again(start, undisturbed, tmp_path, moments, processes):
    data = tmp_path / "var"
    for moment in moments:
        process = start(data, processes)
        _kill_at(process, moment)

    process = start(data, processes)
    assert process.wait() == 0
    process.stdout.close()

    assert state(data) == undisturbed
    with sqlite3.connect(data / "taihu.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM jobs_importbatch").fetchone()[0] == 1


def _kill_at(process, moment):
    """Kill after so many rows (int), or so many seconds after the first chunk (float): in the middle of a transaction."""
    for line in process.stdout:
        if isinstance(moment, float):
            time.sleep(moment)
            break
        if int(line) >= moment:
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, "processes outlive the import that started them"
        time.sleep(0.1)
