from datetime import UTC, date, datetime

import pytest
from django.db import connection

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import NotAllowed, Refused
from taihu.records.base.fields import keyed_hash
from taihu.records.identity.actions import change_contact, ensure_person, merge_people, register_person
from taihu.records.identity.enums import IdType, Purpose, Role
from taihu.records.identity.models import Consent, Person
from taihu.records.identity.queries import find_duplicates, person_by_number
from taihu.records.identity.validators import age_on
from tests.factories import make_account, make_official, make_person

pytestmark = pytest.mark.django_db

NUMBER = "11010519491231002X"


def register(at, **fields):
    return register_person(**{"acting_user": None, "at": at, "name": "测试甲", **fields})


def test_a_resident_number_is_checked_hashed_and_gives_the_birth_date(at):
    person = register(at, id_type=IdType.RESIDENT, id_number=" 11010519491231002x ")

    person.refresh_from_db()

    assert (person.id_number, person.birth_date) == (NUMBER, date(1949, 12, 31))
    assert person.id_number_hash == keyed_hash(NUMBER)
    assert person_by_number(NUMBER) == person


def test_numbers_are_not_readable_in_the_database(at):
    person = register(at, id_type=IdType.RESIDENT, id_number=NUMBER, phone="13800000000")

    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, phone FROM identity_person WHERE id = %s", [person.pk])
        stored = cursor.fetchone()

    assert all(text.startswith("gAAAA") for text in stored)


@pytest.mark.parametrize("number", ["110105194912310021", "123", "11010519491331002X", ""])
def test_a_wrong_number_is_refused_and_nobody_is_registered(at, number):
    with pytest.raises(Refused) as refused:
        register(at, id_type=IdType.RESIDENT, id_number=number or "x")

    assert (refused.value.code, refused.value.field) == ("id_number", "id_number")
    assert (Person.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_known_number_is_refused(at):
    register(at, id_type=IdType.RESIDENT, id_number=NUMBER)

    with pytest.raises(Refused, match="已经登记过"):
        register(at, name="测试乙", id_type=IdType.RESIDENT, id_number=NUMBER)

    assert Person.objects.count() == 1


def test_a_stranger_may_not_register_somebody_else(at):
    with pytest.raises(NotAllowed):
        register(at, acting_user=make_account())

    assert Person.objects.count() == 0


def test_a_caseworker_may_register_a_person_without_an_account(at):
    assert register(at, acting_user=make_official(Role.CASEWORKER)).account is None


def test_an_account_becomes_one_person_only(at):
    account = make_account(display_name="测试丙", phone="+8613800000001")

    people = [ensure_person(acting_user=account, at=at), ensure_person(acting_user=account, at=at)]

    assert people[0] == people[1]
    assert (people[0].name, people[0].phone) == ("测试丙", "+8613800000001")


def test_the_birthday_counts_by_the_city_s_calendar(at):
    assert [age_on(date(2010, 3, day), at) for day in (10, 11)] == [16, 15]
    assert age_on(date(2010, 3, 10), datetime(2026, 3, 9, 16, 0, tzinfo=UTC)) == 16


def test_a_number_once_set_is_changed_by_officers_only(at):
    person = make_person()
    contact = {"name": "甲", "phone": "", "email": "", "area_code": ""}
    change_contact(
        acting_user=person.account, person=person, at=at, id_type=IdType.RESIDENT, id_number=NUMBER, **contact
    )
    other = {"id_type": IdType.PASSPORT, "id_number": "E1234567"}

    with pytest.raises(Refused, match="不能自行更改"):
        change_contact(acting_user=person.account, person=person, at=at, **other, **contact)
    person.refresh_from_db()
    assert person.id_number == NUMBER

    change_contact(acting_user=make_official(), person=person, at=at, **other, **contact)
    person.refresh_from_db()
    assert person.id_number == "E1234567"


def test_strangers_may_not_change_a_person(at):
    person = make_person(name="原名")

    with pytest.raises(NotAllowed):
        change_contact(acting_user=make_account(), person=person, at=at, name="改", phone="", email="", area_code="")

    person.refresh_from_db()
    assert person.name == "原名"


def test_merging_moves_rows_and_leaves_what_the_kept_person_has(at):
    kept, duplicate = make_person(), make_person(with_account=False)
    for person, purpose in [(kept, Purpose.ALERTS), (duplicate, Purpose.ALERTS), (duplicate, Purpose.POLICY)]:
        Consent.objects.create(person=person, purpose=purpose, text_version="1", given_at=at)
    Person.objects.filter(pk=duplicate.pk).update(phone_hash=keyed_hash("1"), birth_date=date(2000, 1, 1))
    duplicate.refresh_from_db()

    report = merge_people(acting_user=make_official(), kept=kept, duplicate=duplicate, at=at)

    assert (report.moved, report.left) == (1, 1)
    assert sorted(kept.consents.values_list("purpose", flat=True)) == [Purpose.ALERTS, Purpose.POLICY]
    kept.refresh_from_db()
    duplicate.refresh_from_db()
    assert (kept.birth_date, kept.phone_hash) == (date(2000, 1, 1), keyed_hash("1"))
    assert (duplicate.merged_into, duplicate.phone_hash) == (kept, "")


def test_two_different_numbers_are_two_people(at):
    kept, duplicate = make_person(id_number_hash="a"), make_person(id_number_hash="b")

    with pytest.raises(Refused, match="两个人"):
        merge_people(acting_user=make_official(), kept=kept, duplicate=duplicate, at=at)

    duplicate.refresh_from_db()
    assert duplicate.merged_into is None


def test_possible_duplicates_share_a_phone_or_name_and_birth_date(at):
    person = make_person(phone_hash="p", name="李雷", birth_date=date(1990, 1, 1))
    by_phone = make_person(phone_hash="p")
    by_name = make_person(name="李雷", birth_date=date(1990, 1, 1))
    make_person(name="李雷", birth_date=date(1991, 1, 1))

    assert list(find_duplicates(person)) == [by_phone, by_name]
