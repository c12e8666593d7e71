from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from taihu.records.audit.models import AuditEntry
from taihu.records.base.events import publish
from taihu.records.base.models import OutboxEvent
from taihu.records.base.retention import apply_retention
from taihu.records.identity.actions import disclose
from taihu.records.identity.enums import Ground, Purpose, Role
from taihu.records.identity.events import PersonErased
from taihu.records.identity.models import Account, Disclosure, RoleGrant
from taihu.records.identity.permissions import has_role
from tests.factories import make_person, make_unit

pytestmark = pytest.mark.django_db


def test_who_saw_my_data_is_kept_three_years_and_not_longer(at):
    person = make_person()
    for years in (2, 4):
        moment = at - timedelta(days=366 * years)
        disclose(person=person, at=moment, viewer=None, purpose=Purpose.POLICY, ground=Ground.DUTY, what=str(years))

    assert apply_retention(at=at, is_trial=True)["disclosures"] == 1
    assert Disclosure.objects.count() == 2
    apply_retention(at=at)

    assert Disclosure.objects.get().what == "2"


def test_delivered_events_are_kept_six_months(at):
    for days in (10, 200):
        with transaction.atomic():
            publish(PersonErased(person_id=days), at=at - timedelta(days=days))

    apply_retention(at=at)

    assert [event.payload["person_id"] for event in OutboxEvent.objects.all()] == [10]


def test_the_command_writes_down_what_it_deleted_and_a_trial_writes_nothing(capsys):
    call_command("retention", "--trial")
    assert AuditEntry.objects.count() == 0

    call_command("retention")
    assert AuditEntry.objects.get().action == "retention.apply"


def test_the_first_administrator_is_made_at_the_console(capsys, monkeypatch):
    monkeypatch.setenv("TAIHU_PASSWORD", "long-enough-for-this")
    call_command("account", "create", "root@example.test", "管理员")
    grant = ["account", "grant", "root@example.test"]
    with pytest.raises(SystemExit):
        call_command(*grant, Role.ADMINISTRATOR, "320200-it")
    make_unit("320200-it")

    call_command(*grant, Role.ADMINISTRATOR, "320200-it")
    with pytest.raises(SystemExit):
        call_command(*grant, Role.AUDITOR, "320200-it")

    account = Account.objects.get()
    assert account.check_password("long-enough-for-this")
    assert RoleGrant.objects.get().unit.code == "320200-it"
    assert has_role(account, Role.ADMINISTRATOR, at=RoleGrant.objects.get().active_from)
