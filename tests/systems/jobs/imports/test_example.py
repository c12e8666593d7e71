"""The worked example of docs/systems/jobs-import.md, as it stands there."""

import re
from pathlib import Path

import pytest
from factories import AT
from import_files import write_mapping

from taihu.systems.jobs.actions.imports import import_file
from taihu.systems.jobs.imports.fields import FIELDS
from taihu.systems.jobs.models import ImportRow, Opening

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "systems" / "jobs-import.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.django_db


def part(name):
    return re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", PAGE, re.S).group(1)


@pytest.fixture
def batch(tmp_path):
    table = tmp_path / "export.csv"
    table.write_bytes(part("table").encode("gb18030"))
    return import_file(at=AT, path=table, mapping=str(write_mapping(tmp_path, part("mapping"))), processes=1)


def test_the_example_ends_as_the_page_says(batch):
    told = re.search(r"<!-- example: result -->\n(.*?)\n\n", PAGE, re.S).group(1).splitlines()[2:]
    states = {int(row): state for row, _title, state, _why in (line.strip("| ").split(" | ") for line in told)}

    kept = {row.number: row.state for row in ImportRow.objects.all()}
    assert {row: state for row, state in states.items() if state in ("held", "rejected")} == kept
    assert (batch.rows, batch.accepted, batch.repaired, batch.held, batch.rejected) == (
        6, *(list(states.values()).count(name) for name in ("accepted", "repaired", "held", "rejected")),
    )  # fmt: skip


def test_units_words_and_dates_of_the_example_are_understood(batch):
    found = {opening.source_id: opening for opening in Opening.objects.all()}

    plc, accounts, store = found["A-1"], found["A-2"], found["A-3"]
    assert (plc.pay_min, plc.pay_max, plc.headcount, plc.education_rank) == (1_200_000, 1_800_000, 3, 4)
    assert (plc.area_code, plc.experience_min, plc.experience_max) == ("320214", 36, 60)
    assert f"{plc.valid_through:%F} {plc.source_url}" == "2026-04-30 https://jobs.example.test/A-1"
    assert (accounts.pay_min, accounts.pay_max, accounts.pay_basis) == (800_000, 1_000_000, "yearly")
    assert (store.pay_min, store.pay_max, store.employment_type) == (478_500, 565_500, "part")
    assert plc.requirements == "任职要求：熟悉西门子 PLC"


def test_the_page_names_every_field():
    named = PAGE[PAGE.index("Fields: ") :]

    assert [name for name in FIELDS if not re.search(rf"\b{name}\b", named)] == []
