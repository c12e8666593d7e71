"""A slice of real postings, where the folder of real data is present."""

import csv
import gzip
import io
from datetime import UTC, datetime
from itertools import islice

import pytest

from taihu.systems.jobs.actions.imports import import_file
from taihu.systems.jobs.models import Opening

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data, pytest.mark.slow]
JANUARY = datetime(2026, 1, 20, 2, tzinfo=UTC)
EVERY = 60


@pytest.fixture
def batch(shared_data, tmp_path):
    source = shared_data / "zhaopin_9cities_2026" / "postings.csv.gz"
    text = io.StringIO()
    with gzip.open(source, "rt", encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        writer = csv.writer(text)
        writer.writerow(next(rows))
        writer.writerows(islice(rows, 0, None, EVERY))
    path = tmp_path / "slice.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().encode()))
    return import_file(at=JANUARY, path=path, mapping="zhaopin", processes=1)


def test_nearly_all_real_postings_come_in_with_codes(batch):
    openings = Opening.objects.all()
    taken = batch.accepted + batch.repaired

    assert batch.rows == 533 == taken + batch.held + batch.rejected
    assert taken == openings.count() == batch.created
    assert taken / batch.rows > 0.93
    assert openings.filter(occupation_code="").count() / taken < 0.01
    assert openings.filter(occupation_confidence__gte=0.65).count() / taken > 0.75
    assert openings.exclude(skill_codes=[]).count() / taken > 0.9
    assert openings.filter(area_code="").count() == 0
    assert openings.filter(pay_min__isnull=True).exclude(pay_basis="undisclosed").count() == 0
    assert set(openings.values_list("source", flat=True)) == {"智联招聘"}
    assert openings.filter(is_listed=True).count() == taken - batch.linked


def test_the_known_phrases_of_the_real_file_are_read(batch):
    for opening in Opening.objects.exclude(pay_basis="undisclosed")[:200]:
        assert 100_000 <= opening.pay_min <= opening.pay_max <= 100_000_000
        assert 12 <= opening.pay_months <= 24
