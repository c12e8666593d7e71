"""A person's own tool reads what the person may read, and nobody else's key does."""

from datetime import timedelta

import pytest
from django.urls import reverse
from factories import AT, make_account, make_person
from systems.policies.makers import make_known, publish_text

from taihu.records.audit.models import AuditEntry
from taihu.records.base.errors import Refused
from taihu.records.identity.actions import create_personal_key, revoke_personal_key, withdraw_consent
from taihu.records.identity.enums import Purpose
from taihu.records.identity.models import Disclosure, PersonalKey

pytestmark = pytest.mark.django_db
SCOPES = ["entitlements:read"]


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("taihu.systems.policies.views.person.now", lambda: AT)


def make_key(person, *, at=AT):
    return create_personal_key(acting_user=person.account, person=person, label="记账", scopes=SCOPES, at=at)


def read(client, token):
    address = reverse("policies:entitlements_json")
    return client.get(address, headers={"Authorization": f"Bearer {token}"} if token else {})


def refused(act, **fields):
    before = (AuditEntry.objects.count(), list(PersonalKey.objects.values_list("pk", "revoked_at")))
    with pytest.raises(Refused) as error:
        act(at=AT, **fields)
    assert (AuditEntry.objects.count(), list(PersonalKey.objects.values_list("pk", "revoked_at"))) == before
    return error.value.code


def test_a_key_reads_the_entitlements_of_its_person_and_that_is_noted(client):
    publish_text()
    person = make_known()
    key, token = make_key(person)

    answer = read(client, token)

    assert (answer.status_code, answer.json()["policies"][0]["payable_fen"]) == (200, 1_000_000)
    assert token not in str(PersonalKey.objects.values().get())
    assert Disclosure.objects.get(person=person).viewer_account_id == person.account_id
    key.refresh_from_db()
    assert key.last_used_at == AT


def test_a_key_that_was_revoked_or_ended_or_never_was_reads_nothing(client):
    publish_text()
    person = make_known()
    key, token = make_key(person)
    _old, late = make_key(person, at=AT - timedelta(days=366))
    revoke_personal_key(acting_user=person.account, key=key, at=AT)

    assert [read(client, item).status_code for item in (token, late, "tp_nothing", "th_nothing")] == [401] * 4
    assert read(client, "").status_code == 302
    assert not Disclosure.objects.exists()


def test_a_key_opens_nothing_else_and_ends_with_consent_and_account(client):
    publish_text()
    person = make_known()
    _key, token = make_key(person)
    header = {"Authorization": f"Bearer {token}"}

    assert client.get(reverse("policies:entitlements"), headers=header).status_code == 302
    assert client.get("/api/v1/employer/openings", headers=header).status_code == 401
    withdraw_consent(acting_user=person.account, person=person, purpose=Purpose.POLICY, at=AT)
    assert read(client, token).status_code == 409
    person.account.is_active = False
    person.account.save()
    assert read(client, token).status_code == 401


def test_only_the_person_makes_and_revokes_keys():
    person, stranger = make_person(), make_account()
    key, _token = make_key(person)
    fields = {"person": person, "label": "x", "scopes": SCOPES}

    assert refused(create_personal_key, acting_user=stranger, **fields) == "not_yours"
    assert refused(revoke_personal_key, acting_user=stranger, key=key) == "not_yours"
    assert refused(create_personal_key, acting_user=person.account, **fields | {"label": " "}) == "label"
    assert refused(create_personal_key, acting_user=person.account, **fields | {"scopes": ["x"]}) == "scopes"
    for _ in range(4):
        make_key(person)
    assert refused(create_personal_key, acting_user=person.account, **fields) == "too_many_keys"
    actions = list(AuditEntry.objects.order_by("number").values_list("action", flat=True))
    assert actions.count("identity.create_personal_key") == 5


def test_the_page_shows_a_token_once_and_revokes_only_ones_own(client):
    person, other = make_person(), make_person()
    theirs, _token = make_key(other)
    client.force_login(person.account)

    made = client.post(reverse("me:keys"), {"label": "记账", "scopes": SCOPES}).content.decode()
    again = client.get(reverse("me:keys")).content.decode()
    key = PersonalKey.objects.get(person=person)
    stranger = client.post(reverse("me:key_revoke", args=[theirs.pk]))
    client.post(reverse("me:key_revoke", args=[key.pk]))

    assert "Bearer tp_" in made
    assert "Bearer tp_" not in again
    assert stranger.status_code == 404
    key.refresh_from_db()
    theirs.refresh_from_db()
    assert (key.revoked_at is None, theirs.revoked_at) == (False, None)
