"""Employers that only an import knows: taken over by who registers, joined by officers, open to nobody else."""

import pytest
from factories import AT, make_account, make_member, make_official, make_opening, make_organisation, make_seeker
from stdnum.cn import uscc

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.identity.actions import merge_organisations, register_organisation
from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Membership, Organisation
from taihu.records.identity.queries import likely_duplicates

pytestmark = pytest.mark.django_db
CODE = "91320200MA1MABCD0"
CODE += uscc.calc_check_digit(CODE)


def cited(**fields):
    return make_organisation(verified=False, source="示例人才网", **fields)


def test_registering_takes_over_the_record_of_an_import_with_the_same_code():
    record, account = cited(credit_code=CODE, name="旧名"), make_account()

    organisation = register_organisation(acting_user=account, at=AT, credit_code=CODE, name="无锡示例有限公司")

    assert (organisation.pk, organisation.source, organisation.name) == (record.pk, "", "无锡示例有限公司")
    assert organisation.state == OrganisationState.UNVERIFIED
    assert list(Membership.objects.values_list("account", "role")) == [(account.pk, "owner")]


def test_a_registered_employer_can_not_be_taken_over():
    known = make_organisation(credit_code=CODE)

    with pytest.raises(Refused) as refused:
        register_organisation(acting_user=make_account(), at=AT, credit_code=CODE, name="无锡示例有限公司")

    known.refresh_from_db()
    assert (refused.value.code, Membership.objects.count()) == ("credit_code_known", 0)


def test_an_officer_joins_the_record_of_an_import_with_the_employer():
    kept, duplicate = make_organisation(credit_code=CODE), cited()
    opening = make_opening(organisation=duplicate, source="示例人才网", source_id="1")

    report = merge_organisations(acting_user=make_official(), kept=kept, duplicate=duplicate, reason="执照一致", at=AT)

    opening.refresh_from_db()
    assert (opening.organisation, report.moved) == (kept, 1)
    assert not Organisation.objects.filter(pk=duplicate.pk).exists()
    entry = AuditEntry.objects.get(action="identity.merge_organisations")
    assert (entry.data["rows"], entry.data["reason"]) == ({"jobs.opening": 1}, "执照一致")


def test_whoever_does_not_want_to_see_the_record_does_not_see_the_employer_either():
    kept, duplicate = make_organisation(credit_code=CODE), cited()
    profile = make_seeker()
    profile.never_organisations.add(duplicate)

    merge_organisations(acting_user=make_official(), kept=kept, duplicate=duplicate, reason="执照一致", at=AT)

    assert list(profile.never_organisations.all()) == [kept]


def test_without_a_reason_nothing_is_joined():
    kept, duplicate = make_organisation(credit_code=CODE), cited()

    with pytest.raises(Refused) as refused:
        merge_organisations(acting_user=make_official(), kept=kept, duplicate=duplicate, reason=" ", at=AT)

    assert refused.value.code == "reason_needed"
    assert Organisation.objects.filter(pk=duplicate.pk).exists()


def test_nearly_the_same_names_are_found_and_the_registered_employer_stays():
    kept = make_organisation(credit_code=CODE, name="无锡示例自动化有限公司")
    first, second = cited(name="示例自动化(无锡)有限责任公司"), cited(name="江苏省无锡市示例自动化股份有限公司")
    cited(name="无锡另一家有限公司")

    assert {(pair.duplicate, pair.kept) for pair in likely_duplicates()} == {(first, kept), (second, kept)}


@pytest.mark.parametrize("kind", ["registered", "with a member", "itself", "by a stranger"])
def test_nothing_else_is_joined(kind):
    kept, duplicate, account = make_organisation(credit_code=CODE), cited(), make_official()
    if kind == "registered":
        duplicate = make_organisation()
    if kind == "with a member":
        make_member(duplicate)
    if kind == "itself":
        duplicate = kept
    if kind == "by a stranger":
        account = make_member(kept)

    with pytest.raises(Refused):
        merge_organisations(acting_user=account, kept=kept, duplicate=duplicate, reason="执照一致", at=AT)

    assert Organisation.objects.filter(pk__in=[kept.pk, duplicate.pk]).count() == (1 if kind == "itself" else 2)
