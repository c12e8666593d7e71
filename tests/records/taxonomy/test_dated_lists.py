"""Lists that hold for a time: the shortage catalogue of a year, a group of universities."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.management import call_command

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.taxonomy import queries
from taihu.records.taxonomy.actions import adopt_list, end_list, load_taxonomy
from taihu.records.taxonomy.adopted import Entry, ListText, check_shipped, shipped_lists
from taihu.records.taxonomy.models import DatedList, DatedListEntry

pytestmark = pytest.mark.django_db

CATALOGUE = ListText(
    kind="shortage",
    version="2025",
    name="紧缺职业目录",
    active_from=date(2025, 3, 1),
    active_to=date(2026, 3, 1),
    code_kind="occupation",
    entries=(Entry("芯片工程师", "2-02-38-09"), Entry("护理人员", "2-05-08"), Entry("新岗位")),
)


def test_shipped_lists_have_no_fault():
    assert check_shipped() == []


def test_loading_adopts_each_shipped_list_once(at):
    first = load_taxonomy(at=at)
    second = load_taxonomy(at=at)

    assert (len(first.adopted), first.unchanged) == (len(list(shipped_lists())), 0)
    assert (second.adopted, second.unchanged) == ((), len(first.adopted))
    assert AuditEntry.objects.filter(action="taxonomy.list_adopted").count() == len(first.adopted)


def test_the_double_first_class_list_has_147_universities(at):
    load_taxonomy(at=at)

    row = DatedList.objects.get(kind="university_group", version="2022")
    assert queries.list_entries(row).count() == 147
    assert queries.is_listed("university_group", "4132010295", on=date(2026, 1, 1))
    assert not queries.is_listed("university_group", "4132010848", on=date(2026, 1, 1))


def test_the_shipped_shortage_list_says_that_it_is_an_example(at):
    load_taxonomy(at=at)

    assert DatedList.objects.get(kind="shortage").is_example


@pytest.mark.parametrize(
    ("day", "listed"),
    [
        (date(2025, 2, 28), False),
        (date(2025, 3, 1), True),
        (date(2026, 2, 28), True),
        (date(2026, 3, 1), False),
    ],
)
def test_membership_is_asked_as_of_a_day(at, day, listed):
    adopt_list(text=CATALOGUE, at=at)

    assert queries.is_listed("shortage", "2-02-38-09", on=day) is listed


def test_an_entry_for_a_group_covers_the_occupations_below_it(at):
    adopt_list(text=CATALOGUE, at=at)

    assert queries.is_listed("shortage", "2-05-08-01", on=date(2025, 6, 1))
    assert not queries.is_listed("shortage", "2-05-07-01", on=date(2025, 6, 1))


def test_a_policy_that_names_a_year_means_the_list_of_that_year(at):
    adopt_list(text=CATALOGUE, at=at)
    adopt_list(text=replace(CATALOGUE, version="2025-2", entries=(Entry("会计", "2-06-03-00"),)), at=at)

    assert queries.is_listed("shortage", "2-06-03-00", on=date(2025, 6, 1))
    assert not queries.is_listed("shortage", "2-06-03-00", on=date(2025, 6, 1), version="2025")


def test_membership_costs_two_statements_whatever_the_length(at, django_assert_num_queries):
    adopt_list(text=CATALOGUE, at=at)

    with django_assert_num_queries(2):
        queries.is_listed("shortage", "2-02-38-09", on=date(2025, 6, 1))


def test_an_adopted_version_cannot_be_replaced(at):
    adopt_list(text=CATALOGUE, at=at)

    with pytest.raises(Refused) as refusal:
        adopt_list(text=replace(CATALOGUE, entries=(Entry("别的岗位"),)), at=at)

    assert refusal.value.code == "list_version_exists"
    assert DatedListEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (replace(CATALOGUE, entries=()), "list_empty"),
        (replace(CATALOGUE, entries=(Entry("厨师", "9-99"),)), "list_entry_faulty"),
        (replace(CATALOGUE, entries=(Entry("厨师"), Entry("厨师"))), "list_entry_faulty"),
        (replace(CATALOGUE, active_to=date(2025, 3, 1)), "list_ends_before_it_begins"),
    ],
)
def test_a_faulty_list_is_refused_and_nothing_is_kept(at, text, code):
    with pytest.raises(Refused) as refusal:
        adopt_list(text=text, at=at)

    assert refusal.value.code == code
    assert not DatedList.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_list_can_be_ended(at):
    row = adopt_list(text=CATALOGUE, at=at)

    end_list(dated_list=row, active_to=date(2025, 9, 1), at=at)

    assert not queries.is_listed("shortage", "2-02-38-09", on=date(2025, 9, 1))
    assert AuditEntry.objects.filter(action="taxonomy.list_ended").count() == 1


def test_a_list_cannot_end_before_it_begins(at):
    row = adopt_list(text=CATALOGUE, at=at)

    with pytest.raises(Refused):
        end_list(dated_list=row, active_to=date(2025, 3, 1), at=at)

    row.refresh_from_db()
    assert row.active_to == CATALOGUE.active_to


def test_the_command_checks_and_loads(capsys):
    call_command("taxonomy", "check")
    call_command("taxonomy", "load")
    call_command("taxonomy", "load")

    lines = capsys.readouterr().out.splitlines()
    assert any("GB/T 4754—2017" in line for line in lines)
    assert lines[-1] == "0 adopted, 2 there already"
