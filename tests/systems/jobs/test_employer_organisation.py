"""An employer registers, shows its papers, is verified; members and keys; and nobody else may."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from factories import make_account, make_member, make_official, make_organisation, make_person

from taihu.records.base.clock import now
from taihu.records.identity.actions import decide_verification, invite_member, suspend_organisation
from taihu.records.identity.enums import MemberRole, OrganisationState, PaperKind
from taihu.records.identity.models import AgencyLicence, ApiKey, MemberInvitation, Membership, Organisation, Paper
from taihu.records.identity.queries import employers_of

pytestmark = pytest.mark.django_db

CODE = "91110000600037341L"
PDF = b"%PDF-1.7 example"


def owner_of(client, **fields):
    organisation = make_organisation(**{"verified_until": now() + timedelta(days=120), **fields})
    owner = make_member(organisation, MemberRole.OWNER)
    client.force_login(owner)
    return owner, organisation


def upload(client, kind=PaperKind.LICENCE, content=PDF):
    file = SimpleUploadedFile("licence.pdf", content)
    return client.post(reverse("jobs:employer_organisation"), {"kind": kind, "file": file})


def test_the_whole_way_from_registration_to_the_officer_s_yes(client):
    account = make_account()
    client.force_login(account)
    client.post(reverse("jobs:employer_register"), {"credit_code": CODE, "name": "无锡示例有限公司"})
    organisation = Organisation.objects.get(credit_code=CODE)
    assert client.session["hat"] == f"employer:{organisation.pk}"

    client.post(reverse("jobs:employer_ask"))
    assert organisation.verifications.count() == 0, "papers are missing"

    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID):
        assert upload(client, kind).status_code == 302
    client.post(reverse("jobs:employer_ask"))
    verification = organisation.verifications.get()
    assert "正在核验" in client.get(reverse("jobs:employer_organisation")).content.decode()

    decide_verification(acting_user=make_official(), verification=verification, at=now(), is_approved=True)
    page = client.get(reverse("jobs:employer_organisation")).content.decode()
    assert "可以发布岗位" in page
    assert "提交续期核验" not in page, "half a year is left"


def test_a_refusal_shows_what_the_officer_said_and_lets_one_try_again(client):
    _owner, organisation = owner_of(client, verified=False, verified_until=None, credit_code=CODE)
    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID):
        upload(client, kind)
    client.post(reverse("jobs:employer_ask"))
    decide_verification(
        acting_user=make_official(),
        verification=organisation.verifications.get(),
        at=now(),
        is_approved=False,
        reason="执照上的章看不清",
    )

    page = client.get(reverse("jobs:employer_organisation")).content.decode()
    client.post(reverse("jobs:employer_ask"))

    assert "执照上的章看不清" in page
    assert "重新提交核验" in page
    assert organisation.verifications.count() == 2


@pytest.mark.parametrize(
    ("left", "title", "can_renew"), [(120, "已核验", False), (20, "核验还有 20 天到期", True), (-1, "核验已到期", True)]
)
def test_the_end_of_a_verification_is_announced_and_can_be_renewed(client, left, title, can_renew):
    _owner, _organisation = owner_of(client, credit_code=CODE, verified_until=now() + timedelta(days=left, minutes=1))
    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID):
        upload(client, kind)

    page = client.get(reverse("jobs:employer_organisation")).content.decode()

    assert title in page
    assert (reverse("jobs:employer_ask") in page) is can_renew


def test_a_suspended_employer_reads_why_and_may_ask_again(client):
    _owner, organisation = owner_of(client, credit_code=CODE)
    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID):
        upload(client, kind)
    suspend_organisation(acting_user=make_official(), organisation=organisation, at=now(), reason="发布虚假岗位")

    page = client.get(reverse("jobs:employer_organisation")).content.decode()

    assert "单位已被停用" in page
    assert "发布虚假岗位" in page
    assert reverse("jobs:employer_ask") in page


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("9111", "还差 14 位"),
        ("91110000600037341O", "没有字母“O”"),
        ("91110000600037341A", "校验码不符"),
        ("911100006000373411L", "多了 1 位"),
        ("9111000060003734!L", "不能有“!”"),
        (CODE.lower(), "代码正确"),
        ("", ""),
    ],
)
def test_the_credit_code_is_checked_while_it_is_typed(client, typed, says):
    client.force_login(make_account())

    answer = client.get(reverse("jobs:employer_check_code"), {"credit_code": typed}).content.decode()

    assert says in answer
    assert (answer.strip() == "") is (not typed)


def test_a_known_credit_code_is_said_to_be_registered_at_once_and_refused_in_the_form(client):
    make_organisation(credit_code=CODE)
    client.force_login(make_account())

    answer = client.get(reverse("jobs:employer_check_code"), {"credit_code": CODE}).content.decode()
    response = client.post(reverse("jobs:employer_register"), {"credit_code": CODE, "name": "冒名公司"})

    assert "已经登记" in answer
    assert response.context["form"].errors["credit_code"]
    assert response.context["form"]["name"].value() == "冒名公司", "nothing typed is lost"
    assert Organisation.objects.count() == 1


def test_changing_the_registered_name_ends_the_verification(client):
    _owner, organisation = owner_of(client, credit_code=CODE)

    client.post(reverse("jobs:employer_registration"), {"credit_code": CODE, "name": "新名字有限公司"})

    organisation.refresh_from_db()
    assert (organisation.name, organisation.state, organisation.verified_until) == (
        "新名字有限公司",
        OrganisationState.UNVERIFIED,
        None,
    )


def test_an_agency_shows_licence_services_and_fees_before_it_is_verified(client):
    _owner, organisation = owner_of(client, verified=False, verified_until=None, credit_code=CODE, is_agency=True)
    for kind in (PaperKind.LICENCE, PaperKind.AGENT_ID, PaperKind.HR_LICENCE):
        upload(client, kind)
    client.post(reverse("jobs:employer_ask"))
    assert organisation.verifications.count() == 0

    values = {
        "number": "320200000001", "valid_until": "2099-01-01", "services": "职业中介", "fees": "不向求职者收费",
        "supervisor": "示例区人社局", "supervisor_phone": "0510-00000000",
    }  # fmt: skip
    past = client.post(reverse("jobs:employer_agency"), values | {"valid_until": "2020-01-01"})
    assert past.context["form"].errors["valid_until"]
    client.post(reverse("jobs:employer_agency"), values)
    client.post(reverse("jobs:employer_ask"))

    assert AgencyLicence.objects.get().valid_until == date(2099, 1, 1)
    assert organisation.verifications.count() == 1
    client.logout()
    assert "320200000001" in client.get(reverse("jobs:employer", args=[organisation.pk])).content.decode()


def test_papers_open_for_members_and_not_for_others(client):
    _owner, organisation = owner_of(client)
    upload(client)
    address = reverse("jobs:employer_paper", args=[Paper.objects.get().pk])
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    assert b"".join(answer.streaming_content) == PDF
    for close in answer._resource_closers:  # closing the answer itself would close the test's connection too
        close()

    client.force_login(make_member(make_organisation(), MemberRole.OWNER))
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302
    assert organisation.papers.count() == 1


def test_a_paper_is_judged_by_what_it_is_and_the_form_says_so(client):
    owner_of(client)

    response = upload(client, content=b"MZ\x00\x00")

    assert response.context["form"].errors["file"]
    assert Paper.objects.count() == 0


def test_a_branch_is_registered_and_its_head_office_works_for_it(client):
    owner, organisation = owner_of(client)
    recruiter = make_member(organisation)

    client.post(reverse("jobs:employer_branch_new"), {"credit_code": CODE, "name": "示例公司分公司"})

    branch = Organisation.objects.get(credit_code=CODE)
    assert branch.parent == organisation
    assert [row.pk for row, _role in employers_of(recruiter)] == [organisation.pk, branch.pk]
    client.force_login(recruiter)
    client.post(reverse("jobs:employer_open", args=[branch.pk]))
    assert "示例公司分公司" in client.get(reverse("jobs:employer_home")).content.decode()
    assert owner.memberships.filter(organisation=branch, role=MemberRole.OWNER).exists()


def test_members_are_invited_by_mail_or_by_a_link_for_a_phone(client, django_capture_on_commit_callbacks):
    _owner, organisation = owner_of(client)

    with django_capture_on_commit_callbacks(execute=True):
        by_mail = client.post(reverse("jobs:employer_members"), {"contact": "new@example.test", "role": "recruiter"})
    by_phone = client.post(reverse("jobs:employer_members"), {"contact": "13800138000", "role": "viewer"})

    assert [(m.to, by_mail.context["link"] in m.body) for m in mail.outbox] == [(["new@example.test"], True)]
    assert sorted(organisation.member_invitations.values_list("email", "phone", "role")) == [
        ("", "+8613800138000", "viewer"),
        ("new@example.test", "", "recruiter"),
    ]
    joining = make_account()
    client.force_login(joining)
    link = by_phone.context["link"].removeprefix("http://127.0.0.1:8000")
    assert organisation.name in client.get(link).content.decode()
    client.post(link)
    assert "无效" in client.get(link).content.decode()
    assert Membership.objects.get(account=joining).role == MemberRole.VIEWER


def test_the_last_owner_can_neither_leave_nor_become_something_else(client):
    owner, organisation = owner_of(client)
    membership = organisation.memberships.get(account=owner)

    responses = [
        client.post(reverse("jobs:employer_member_remove", args=[membership.pk])),
        client.post(reverse("jobs:employer_member_role", args=[membership.pk]), {"role": "viewer"}),
    ]

    membership.refresh_from_db()
    assert [response.status_code for response in responses] == [409, 409]
    assert (membership.role, membership.ended_at) == (MemberRole.OWNER, None)


def test_an_owner_changes_and_removes_members_and_anybody_may_leave(client):
    _owner, organisation = owner_of(client)
    first, second = make_member(organisation), make_member(organisation)
    one, two = organisation.memberships.get(account=first), organisation.memberships.get(account=second)

    client.post(reverse("jobs:employer_member_role", args=[one.pk]), {"role": "owner"})
    client.post(reverse("jobs:employer_member_remove", args=[two.pk]))
    client.force_login(first)
    client.post(reverse("jobs:employer_member_remove", args=[one.pk]))

    one.refresh_from_db()
    two.refresh_from_db()
    assert one.role == MemberRole.OWNER
    assert one.ended_at is not None
    assert two.ended_at is not None
    assert client.get(reverse("jobs:employer_home")).url == reverse("jobs:employer_start")


def test_a_withdrawn_invitation_is_dead(client):
    owner, organisation = owner_of(client)
    invitation, link = invite_member(
        acting_user=owner, organisation=organisation, role="viewer", at=now(), accept_path="/join/{token}/", phone="13800138000"
    )  # fmt: skip

    client.post(reverse("jobs:employer_invitation_withdraw", args=[invitation.pk]))
    client.force_login(make_account())
    response = client.post(link.removeprefix("http://127.0.0.1:8000"))

    assert response.status_code == 409
    assert MemberInvitation.objects.count() == 0


def test_a_key_is_shown_once_and_can_be_revoked(client):
    _owner, organisation = owner_of(client)

    made = client.post(reverse("jobs:employer_keys"), {"label": "人事系统", "scopes": ["openings:read"]})
    key = ApiKey.objects.get(organisation=organisation)
    token = made.context["token"]
    again = client.get(reverse("jobs:employer_keys")).content.decode()
    client.post(reverse("jobs:employer_key_revoke", args=[key.pk]))

    key.refresh_from_db()
    assert token in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0")
    assert token not in again
    assert key.scopes == ["openings:read"]
    assert key.revoked_at is not None


GET_PAGES = [
    "employer_home", "employer_organisation", "employer_registration", "employer_about", "employer_branches",
    "employer_branch_new", "employer_members", "employer_keys", "employer_openings", "employer_opening_new",
]  # fmt: skip
OWNERS_ONLY = {"employer_registration", "employer_about", "employer_branch_new", "employer_keys"}


@pytest.mark.parametrize("name", GET_PAGES)
def test_every_page_opens_for_the_owner_and_leads_others_elsewhere(client, name):
    address = reverse(f"jobs:{name}")
    assert client.get(address).url.startswith(reverse("account_login"))

    client.force_login(make_person().account)
    assert client.get(address).url == reverse("jobs:employer_start")

    _owner, organisation = owner_of(client)
    assert client.get(address).status_code == 200

    client.force_login(make_member(organisation, MemberRole.VIEWER))
    wanted = 403 if name in OWNERS_ONLY or name == "employer_opening_new" else 200
    assert client.get(address).status_code == wanted


POSTS = {
    "employer_organisation": {"kind": "licence"},
    "employer_ask": {},
    "employer_registration": {"credit_code": CODE, "name": "冒名"},
    "employer_about": {"short_name": "冒名"},
    "employer_branch_new": {"credit_code": CODE, "name": "冒名"},
    "employer_members": {"contact": "x@example.test", "role": "owner"},
    "employer_keys": {"label": "x", "scopes": ["openings:write"]},
}


@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize("who", ["anonymous", "seeker", "viewer", "recruiter"])
def test_who_may_not_changes_nothing(client, name, who):
    organisation = make_organisation(name="原名", credit_code="91310000607337336X")
    people = {
        "seeker": lambda: make_person().account,
        "viewer": lambda: make_member(organisation, MemberRole.VIEWER),
        "recruiter": lambda: make_member(organisation),
    }
    if who in people:
        client.force_login(people[who]())
    members = Membership.objects.count()

    data = dict(POSTS[name])
    if name == "employer_organisation":
        data["file"] = SimpleUploadedFile("licence.pdf", PDF)
    response = client.post(reverse(f"jobs:{name}"), data)

    organisation.refresh_from_db()
    assert response.status_code in ((302,) if who == "anonymous" else (403,))
    assert (organisation.name, organisation.short_name, organisation.papers.count()) == ("原名", "", 0)
    assert (Organisation.objects.count(), MemberInvitation.objects.count(), ApiKey.objects.count()) == (1, 0, 0)
    assert Membership.objects.count() == members
    assert organisation.verifications.count() == 0


def test_the_owner_of_another_employer_reaches_no_member_key_or_invitation_of_this_one(client):
    owner, organisation = owner_of(client)
    client.post(reverse("jobs:employer_keys"), {"label": "x", "scopes": ["openings:read"]})
    client.post(reverse("jobs:employer_members"), {"contact": "x@example.test", "role": "viewer"})
    key, invitation = ApiKey.objects.get(), MemberInvitation.objects.get()
    membership = organisation.memberships.get(account=owner)

    client.force_login(make_member(make_organisation(), MemberRole.OWNER))
    responses = [
        client.post(reverse("jobs:employer_key_revoke", args=[key.pk])),
        client.post(reverse("jobs:employer_invitation_withdraw", args=[invitation.pk])),
        client.post(reverse("jobs:employer_member_role", args=[membership.pk]), {"role": "viewer"}),
        client.post(reverse("jobs:employer_member_remove", args=[membership.pk])),
        client.post(reverse("jobs:employer_open", args=[organisation.pk])),
    ]

    key.refresh_from_db()
    membership.refresh_from_db()
    assert [response.status_code for response in responses] == [404, 404, 404, 404, 403]
    assert (key.revoked_at, membership.role, membership.ended_at) == (None, MemberRole.OWNER, None)
    assert MemberInvitation.objects.count() == 1


@pytest.mark.parametrize("name", ["employer_members", "employer_branches", "employer_keys", "employer_organisation"])
def test_the_number_of_statements_does_not_grow_with_the_list(client, name):
    owner, organisation = owner_of(client)
    address = reverse(f"jobs:{name}")
    counts = []
    for _round in range(2):
        for number in range(3):
            make_member(organisation)
            make_organisation(parent=organisation)
            ApiKey.objects.create(
                organisation=organisation, label="x", prefix="th_", token_hash=f"{_round}{number}", created_by=owner,
                created_at=now(), scopes=[],
            )  # fmt: skip
            upload(client)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        counts.append(len(captured))

    assert counts[0] == counts[1]
