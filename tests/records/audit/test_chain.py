import pytest
from django.db import connection, transaction

from taihu.records.audit.actions import record, verify
from taihu.records.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def write_three(at):
    for number in range(3):
        record(at=at, action="test.done", subject=("thing", str(number)), data={"number": number})


def test_an_untouched_chain_is_intact(at):
    write_three(at)

    report = verify()

    assert (report.is_intact, report.entries) == (True, 3)


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        (lambda rows: rows.filter(number=2).update(actor="somebody else"), 2),
        (lambda rows: rows.filter(number=2).delete(), 2),
        (lambda rows: rows.filter(number=3).delete(), 4 - 1),
    ],
    ids=["changed row", "removed row", "cut-off end"],
)
def test_tampering_is_found_at_its_row(at, change, broken_at):
    write_three(at)

    change(AuditEntry.objects)

    assert verify().broken_at == broken_at


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused(at):
    assert not connection.in_atomic_block

    with pytest.raises(RuntimeError):
        record(at=at, action="test.done", subject=("thing", "1"))

    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_failed_change_leaves_no_row(at):
    def record_and_fail():
        with transaction.atomic():
            record(at=at, action="test.done", subject=("thing", "1"))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        record_and_fail()

    assert (AuditEntry.objects.count(), verify().is_intact) == (0, True)
