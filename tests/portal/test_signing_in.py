import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.urls import reverse

from taihu.portal.accounts import create_ready_account
from taihu.records.base.clock import now
from taihu.records.base.limits import TooMany, consume, give_back
from taihu.records.identity.models import Account
from tests.factories import make_official

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-for-this"


def sign_up(client, **fields):
    data = {"display_name": "小测", "password1": PASSWORD, "password2": PASSWORD, "accepts_notice": "on", **fields}
    return client.post(reverse("account_signup"), data)


def make_ready(**fields):
    return create_ready_account(
        **{"email": "ready@example.test", "password": PASSWORD, "display_name": "老测", "at": now(), **fields}
    )


def sign_in(client, login="ready@example.test", password=PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


@pytest.fixture
def sms(settings, tmp_path):
    settings.DATA_FOLDER = tmp_path
    return lambda: [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "sms").glob("*.txt"))]


def test_sign_up_by_mail_asks_for_the_code_that_was_mailed(client):
    response = sign_up(client, email="New@Example.test")
    assert response.url == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session
    code = re.search(r"^\d{6}$", mail.outbox[0].body, re.M).group()

    client.post(response.url, {"action": "verify", "code": code})

    account = Account.objects.get()
    assert (account.email, account.phone, account.display_name) == ("new@example.test", None, "小测")
    assert EmailAddress.objects.get().verified
    assert client.session["_auth_user_id"] == str(account.pk)


def test_sign_up_by_phone_asks_for_the_code_that_was_texted(client, sms):
    response = sign_up(client, phone="138 0000 0000")
    assert response.url == reverse("account_verify_phone")
    phone, text = sms()[0].splitlines()
    code = re.search(r"\d{6}", text).group()

    client.post(response.url, {"action": "verify", "code": code})

    account = Account.objects.get()
    assert (phone, account.phone, account.phone_verified, account.email) == (
        "+8613800000000",
        "+8613800000000",
        True,
        None,
    )
    assert client.session["_auth_user_id"] == str(account.pk)


def test_a_phone_number_signs_in_with_its_password(client, sms):
    account = make_ready()
    Account.objects.filter(pk=account.pk).update(phone="+8613800000000", phone_verified=True)

    sign_in(client, "13800000000")

    assert client.session["_auth_user_id"] == str(account.pk)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"phone": "12"},
        {"email": "x"},
        {"email": "a@b.test", "accepts_notice": ""},
        {"email": "a@b.test", "password1": "short"},
    ],
)
def test_an_incomplete_sign_up_makes_no_account(client, fields):
    response = sign_up(client, **fields)

    assert (response.status_code, Account.objects.count(), len(mail.outbox)) == (200, 0, 0)


def test_a_known_phone_number_is_not_told_to_strangers(client, sms):
    account = make_ready()
    Account.objects.filter(pk=account.pk).update(phone="+8613800000000", phone_verified=True)

    response = sign_up(client, phone="13800000000")

    assert (response.url, Account.objects.count()) == (reverse("account_verify_phone"), 1)
    assert "已经注册过" in sms()[0]


def test_five_wrong_passwords_lock_the_login_even_for_the_right_one(client):
    make_ready()
    for _ in range(5):
        sign_in(client, password="wrong")

    sign_in(client)

    assert "_auth_user_id" not in client.session


def test_four_wrong_passwords_do_not_lock_and_successes_are_not_counted(client):
    make_ready()
    for _ in range(4):
        sign_in(client, password="wrong")
    for _ in range(3):
        sign_in(client)
        assert "_auth_user_id" in client.session
        client.logout()


def test_an_allowance_is_renewed_after_its_window_and_says_when(at):
    for _ in range(3):
        consume("apply", "account:1", amount=3, seconds=60, at=at)

    with pytest.raises(TooMany) as refused:
        consume("apply", "account:1", amount=3, seconds=60, at=at + timedelta(seconds=20))
    assert 40 <= refused.value.retry_after <= 41

    consume("apply", "account:2", amount=3, seconds=60, at=at)
    give_back("apply", "account:1")
    consume("apply", "account:1", amount=3, seconds=60, at=at + timedelta(seconds=20))
    consume("apply", "account:1", amount=3, seconds=60, at=at + timedelta(seconds=60))


def test_too_many_requests_are_answered_with_a_page_that_says_when_to_return(client):
    for _ in range(20):
        sign_up(client, email="x")

    response = sign_up(client, email="x@example.test")

    assert (response.status_code, Account.objects.count()) == (429, 0)
    assert 3000 < int(response["Retry-After"]) <= 3601


def test_officials_set_up_a_second_factor_before_anything_else(client, settings):
    settings.REQUIRE_MFA_FOR_OFFICIALS = True
    official = make_official()
    official.grants.update(active_from=now())
    client.force_login(official)

    response = client.get(reverse("me:inbox"))
    assert response.url == reverse("mfa_activate_totp")

    Authenticator.objects.create(user=official, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get(reverse("me:inbox")).status_code == 200


def test_everybody_else_may_do_without_a_second_factor(client, settings):
    settings.REQUIRE_MFA_FOR_OFFICIALS = True
    client.force_login(make_ready())

    assert client.get(reverse("me:inbox")).status_code == 200


@pytest.mark.parametrize("name", ["account_login", "account_signup", "privacy", "health", "account_reset_password"])
def test_every_page_carries_the_security_headers(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert response["Referrer-Policy"] == "same-origin"
