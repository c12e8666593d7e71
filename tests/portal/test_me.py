import io
import json
import zipfile

import pytest
from django.urls import reverse

from taihu.portal.accounts import create_ready_account
from taihu.records.base.clock import now
from taihu.records.identity.actions import (
    create_personal_key,
    disclose,
    ensure_person,
    give_consent,
    notify,
    request_mandate,
)
from taihu.records.identity.enums import Ground, MandateState, MemberRole, Purpose, Role
from taihu.records.identity.models import Consent, Membership, Notification, Person
from taihu.records.identity.queries import export_own_record, has_consent
from tests.factories import make_account, make_member, make_official, make_organisation, make_unit

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-for-this"
PAGES = ["home", "contact", "inbox", "seen", "consents", "mandates", "data"]


@pytest.fixture
def owner(client):
    account = create_ready_account(email="owner@example.test", password=PASSWORD, display_name="本人", at=now())
    client.post(reverse("account_login"), {"login": account.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return account


@pytest.fixture
def person(owner):
    return ensure_person(acting_user=owner, at=now())


def make_caseworker():
    caseworker = make_official(Role.CASEWORKER)
    caseworker.grants.update(active_from=now())
    return caseworker


@pytest.mark.parametrize("page", [*PAGES, "erase", "offices"])
def test_strangers_are_sent_to_sign_in(client, page):
    response = client.get(reverse(f"me:{page}"))

    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("page", [*PAGES, "erase"])
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_every_own_page_opens(client, owner, page, language):
    response = client.get(reverse(f"me:{page}"), {"lang": language})

    assert response.status_code == 200
    assert "style=" not in response.content.decode()


def test_the_inbox_shows_own_messages_only_and_marks_them_read(client, owner, at):
    kind, data = "identity.mandate_ended", {"person": "甲", "caseworker": "乙"}
    mine = notify(account=owner, kind=kind, key="1", at=at, data=data, path="/me/seen/")
    other = notify(account=make_account(), kind=kind, key="2", at=at, data={**data, "person": "丙"})

    page = client.get(reverse("me:inbox")).content.decode()
    assert "甲 与专员 乙" in page
    assert "丙" not in page
    assert client.post(reverse("me:message", args=[mine.pk])).url == "/me/seen/"
    assert client.post(reverse("me:message", args=[other.pk])).status_code == 404

    assert list(Notification.objects.filter(read_at__isnull=False)) == [mine]


def test_a_message_is_written_once_per_key(at):
    account = make_account()
    for _ in range(2):
        notify(
            account=account, kind="identity.mandate_ended", key="k", at=at, data={"person": "甲", "caseworker": "乙"}
        )

    assert Notification.objects.count() == 1


def test_consent_is_given_and_withdrawn_per_purpose(client, person):
    client.post(reverse("me:consents"), {"what": "give", "purpose": Purpose.MATCHING})
    assert has_consent(person, Purpose.MATCHING)
    assert not has_consent(person, Purpose.RECOMMEND)

    client.post(reverse("me:consents"), {"what": "withdraw", "purpose": Purpose.MATCHING})
    assert not has_consent(person, Purpose.MATCHING)


def test_consent_to_hand_over_a_resume_names_its_recipient(client, person, at):
    first, second = make_organisation(), make_organisation()
    for organisation in (first, second):
        give_consent(
            acting_user=person.account, person=person, purpose=Purpose.SHARE_RESUME, recipient=organisation, at=at
        )

    client.post(reverse("me:consents"), {"what": "withdraw", "purpose": Purpose.SHARE_RESUME, "recipient": first.pk})

    assert [has_consent(person, Purpose.SHARE_RESUME, recipient=item) for item in (first, second)] == [False, True]
    assert client.post(reverse("me:consents"), {"what": "give", "purpose": Purpose.SHARE_RESUME}).status_code == 409


def test_nothing_is_disclosed_without_the_consent_it_rests_on(client, person, at):
    organisation = make_organisation()
    fields = {
        "person": person, "at": at, "viewer": make_member(organisation), "organisation": organisation,
        "purpose": Purpose.SHARE_RESUME, "ground": Ground.CONSENT, "what": "简历",
    }  # fmt: skip
    with pytest.raises(Exception, match="没有同意"):
        disclose(**fields)
    assert person.disclosures.count() == 0

    give_consent(acting_user=person.account, person=person, purpose=Purpose.SHARE_RESUME, recipient=organisation, at=at)
    disclose(**fields)

    assert organisation.name in client.get(reverse("me:seen")).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_viewers_takes_the_same_number_of_statements(client, person, at, rows, django_assert_num_queries):
    for _ in range(rows):
        disclose(person=person, at=at, viewer=None, purpose=Purpose.POLICY, ground=Ground.DUTY, what="社保")
    client.get(reverse("me:seen"))

    with django_assert_num_queries(8):
        client.get(reverse("me:seen"))


def test_a_caseworker_acts_only_after_the_person_accepts_and_until_they_end_it(client, person, at):
    caseworker = make_caseworker()
    mandate = request_mandate(acting_user=caseworker, person=person, at=now(), note="窗口")

    client.post(reverse("me:mandates"), {"mandate": mandate.pk, "what": "accept"})
    mandate.refresh_from_db()
    assert (mandate.state, has_consent(person, Purpose.CASEWORKER)) == (MandateState.ACTIVE, True)

    client.post(reverse("me:mandates"), {"mandate": mandate.pk, "what": "end"})
    mandate.refresh_from_db()
    assert (mandate.state, has_consent(person, Purpose.CASEWORKER)) == (MandateState.ENDED, False)
    assert caseworker.notifications.count() == 2


def test_nobody_else_accepts_a_mandate(client, person):
    mandate = request_mandate(acting_user=make_caseworker(), person=person, at=now())
    client.force_login(make_account())

    response = client.post(reverse("me:mandates"), {"mandate": mandate.pk, "what": "accept"})

    mandate.refresh_from_db()
    assert (response.status_code, mandate.state) == (403, MandateState.REQUESTED)


def test_my_data_come_as_one_archive(client, person):
    response = client.post(reverse("me:download"))

    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        data = json.loads(archive.read("data.json"))
    assert (data["person"]["name"], data["account"]["email"]) == ("本人", "owner@example.test")


def test_the_persons_keys_are_among_the_data_without_their_secret_and_go_with_them(client, person, owner):
    key, token = create_personal_key(
        acting_user=owner, person=person, label="记账", scopes=["entitlements:read"], at=now()
    )

    found = export_own_record(person)["keys"]

    assert [(row["label"], row["prefix"], row["revoked_at"]) for row in found] == [("记账", key.prefix, None)]
    assert set(found[0]) == {
        "label", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"
    }  # fmt: skip
    assert token not in str(found)
    client.post(reverse("me:erase"))
    assert not person.keys.exists()


def test_erasing_unnames_the_person_closes_the_account_and_ends_its_session(client, person, owner):
    give_consent(acting_user=owner, person=person, purpose=Purpose.ALERTS, at=now())

    response = client.post(reverse("me:erase"))

    person.refresh_from_db()
    owner.refresh_from_db()
    assert response.status_code == 200
    assert (person.name, person.phone, person.account, owner.email, owner.is_active) == ("", "", None, None, False)
    assert not Consent.objects.filter(withdrawn_at__isnull=True).exists()
    assert client.get(reverse("me:home")).status_code == 302
    assert (
        client.post(reverse("account_login"), {"login": "owner@example.test", "password": PASSWORD}).status_code == 200
    )


def test_the_only_owner_of_an_employer_hands_over_first(client, person, owner):
    organisation = make_organisation()
    Membership.objects.create(organisation=organisation, account=owner, role=MemberRole.OWNER, created_at=now())

    assert organisation.name in client.get(reverse("me:erase")).content.decode()
    response = client.post(reverse("me:erase"))

    person.refresh_from_db()
    assert (response.status_code, person.name) == (409, "本人")


def test_download_and_erasure_ask_for_the_password_again(client, person):
    client.logout()
    client.force_login(person.account)

    for page in ("erase", "download"):
        response = client.post(reverse(f"me:{page}"))
        assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_reauthenticate"))

    assert Person.objects.get().name == "本人"


def test_a_hat_is_changed_only_for_one_s_own(client, owner):
    mine, foreign = make_organisation(), make_organisation()
    Membership.objects.create(organisation=mine, account=owner, role=MemberRole.VIEWER, created_at=now())

    assert client.post(reverse("me:hat"), {"hat": f"employer:{foreign.pk}"}).status_code == 403
    assert client.post(reverse("me:hat"), {"hat": f"employer:{mine.pk}"}).status_code == 302
    assert client.get(reverse("me:inbox")).context["workspace_name"] == mine.name


def test_offices_are_given_by_administrators_and_kept_apart(client, owner):
    assert client.get(reverse("me:offices")).status_code == 403
    administrator = make_official(Role.ADMINISTRATOR)
    administrator.grants.update(active_from=now())
    client.force_login(administrator)
    data = {"email": owner.email, "unit": make_unit().pk, "role": Role.OFFICER}

    client.post(reverse("me:offices"), data)
    client.post(reverse("me:offices"), {**data, "role": Role.AUDITOR})
    client.post(reverse("me:offices"), {**data, "email": administrator.email})

    assert list(owner.grants.values_list("role", flat=True)) == [Role.OFFICER]
    assert list(administrator.grants.values_list("role", flat=True)) == [Role.ADMINISTRATOR]
    client.post(reverse("me:offices"), {"end": owner.grants.get().pk})
    assert owner.grants.get().active_to is not None
