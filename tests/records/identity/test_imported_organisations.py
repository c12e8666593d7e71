"""Employers that only an import knows: taken over by who registers, joined by officers, open to nobody else."""

import pytest
from factories import AT, make_account, make_member, make_official, make_opening, make_organisation
from stdnum.cn import uscc

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.identity.actions import merge_organisations, register_organisation
from taihu.records.identity.enums import OrganisationState
from taihu.records.identity.models import Membership, Organisation

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

    report = merge_organisations(acting_user=make_official(), kept=kept, duplicate=duplicate, at=AT)

    opening.refresh_from_db()
    assert (opening.organisation, report.moved) == (kept, 1)
    assert not Organisation.objects.filter(pk=duplicate.pk).exists()
    assert AuditEntry.objects.filter(action="identity.merge_organisations").count() == 1


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
        merge_organisations(acting_user=account, kept=kept, duplicate=duplicate, at=AT)

    assert Organisation.objects.filter(pk__in=[kept.pk, duplicate.pk]).count() == (1 if kind == "itself" else 2)
