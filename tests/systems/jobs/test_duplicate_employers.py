"""An officer joins the record that an import made with the employer it means."""

import pytest
from django.urls import reverse
from factories import make_account, make_member, make_official, make_opening, make_organisation
from stdnum.cn import uscc

from taihu.records.audit.models import AuditEntry
from taihu.records.identity.models import Organisation

pytestmark = pytest.mark.django_db
CODE = "91320200MA1MABCD0"
CODE += uscc.calc_check_digit(CODE)


@pytest.fixture
def kept():
    return make_organisation(credit_code=CODE, name="无锡示例自动化有限公司")


@pytest.fixture
def duplicate():
    record = make_organisation(verified=False, source="示例人才网", name="示例自动化（无锡）有限公司")
    make_opening(organisation=record, source="示例人才网", source_id="1")
    return record


def merge_page(duplicate, kept) -> str:
    return reverse("jobs:office_merge", args=[duplicate.pk, kept.pk])


def test_the_list_names_the_pair_and_the_page_says_what_moves_before_it_moves(client, kept, duplicate):
    client.force_login(make_official())

    listed = client.get(reverse("jobs:office_duplicates")).content.decode()
    page = client.get(merge_page(duplicate, kept)).content.decode()

    assert merge_page(duplicate, kept) in listed
    assert "岗位 1" in page
    assert Organisation.objects.filter(pk=duplicate.pk).exists()


def test_merging_needs_a_reason_and_leaves_it_in_the_log(client, kept, duplicate):
    client.force_login(make_official())

    client.post(merge_page(duplicate, kept), {"is_sure": "on"})
    assert Organisation.objects.filter(pk=duplicate.pk).exists()

    client.post(merge_page(duplicate, kept), {"is_sure": "on", "reason": "核对了营业执照"})
    assert kept.openings.count() == 1
    assert not Organisation.objects.filter(pk=duplicate.pk).exists()
    assert AuditEntry.objects.get(action="identity.merge_organisations").data["reason"] == "核对了营业执照"


def test_two_registered_employers_are_shown_as_not_mergeable_and_stay(client, kept):
    other = make_organisation(name="无锡示例自动化有限公司")
    client.force_login(make_official())

    page = client.get(merge_page(other, kept)).content.decode()
    client.post(merge_page(other, kept), {"is_sure": "on", "reason": "名称相同"})

    assert "两家已登记的单位不能合并" in page
    assert "<textarea" not in page
    assert Organisation.objects.filter(pk__in=[kept.pk, other.pk]).count() == 2


def test_another_employer_is_found_by_words_of_its_name(client, kept, duplicate):
    client.force_login(make_official())

    page = client.get(reverse("jobs:office_duplicate", args=[duplicate.pk]), {"q": "自动化"}).content.decode()

    assert merge_page(duplicate, kept) in page
    assert merge_page(duplicate, duplicate) not in page


@pytest.mark.parametrize("who", ["member", "stranger", "anonymous"])
def test_nobody_else_compares_or_merges(client, kept, duplicate, who):
    account = {"member": lambda: make_member(kept), "stranger": make_account, "anonymous": lambda: None}[who]()
    if account:
        client.force_login(account)

    for address in (merge_page(duplicate, kept), reverse("jobs:office_duplicates")):
        assert client.get(address).status_code == (403 if account else 302)
    assert client.post(merge_page(duplicate, kept), {"is_sure": "on", "reason": "x"}).status_code in (302, 403)
    assert Organisation.objects.filter(pk=duplicate.pk).exists()


def test_the_list_takes_the_same_number_of_statements_for_one_pair_and_three(
    client, kept, duplicate, django_assert_num_queries
):
    client.force_login(make_official())
    address = reverse("jobs:office_duplicates")
    client.get(address)

    with django_assert_num_queries(9):
        client.get(address)
    for number in range(2):
        make_organisation(verified=False, source=f"来源{number}", name="无锡示例自动化有限公司")
    with django_assert_num_queries(9):
        client.get(address)
