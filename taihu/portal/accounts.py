"""How people sign up and in: by e-mail or phone, with a second factor if wanted (officials: always)."""

import logging
from datetime import datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.fields import PhoneField
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.limits import TooMany, client_address, consume, give_back
from taihu.records.identity.models import Account
from taihu.records.identity.validators import check_phone

logger = logging.getLogger(__name__)
LOCK_SECONDS = 600
ATTEMPTS_PER_LOGIN, ATTEMPTS_PER_ADDRESS = 5, 30


@transaction.atomic
def create_ready_account(*, email: str, password: str, display_name: str, at: datetime) -> Account:
    """An account whose address counts as confirmed: for the console and the demo city."""
    account = Account.objects.create_user(email, password, display_name=display_name, created_at=at)
    EmailAddress.objects.create(user=account, email=email.lower(), verified=True, primary=True)
    return account


class SignupForm(forms.Form):
    """Added to allauth's own form: how to address the person, and that the notice was read."""

    display_name = forms.CharField(label=_("怎么称呼您"), max_length=80)
    accepts_notice = forms.BooleanField(label=_("我已阅读个人信息处理说明"))

    def signup(self, request: HttpRequest, account: Account) -> None:
        account.display_name = self.cleaned_data["display_name"]
        account.save(update_fields=["display_name"])


class MainlandPhoneField(PhoneField):  # type: ignore[misc]
    """A bare mainland mobile number is enough; the country code is added."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"})
        super().__init__(validators=[], widget=widget, **{**kwargs, "label": _("手机号")})


class ConfirmedByPhoneOrMail(EmailVerificationStage):  # type: ignore[misc]
    """A code by mail, unless the account was confirmed by phone and has no address."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        account = self.login.user
        if account is not None and account.phone_verified and not account.email:
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def new_user(self, request: HttpRequest) -> Account:
        return Account(created_at=now())

    def save_user(self, request: HttpRequest, user: Account, form: forms.Form, commit: bool = True) -> Account:
        user.email = form.cleaned_data.get("email") or None
        user.phone = form.cleaned_data.get("phone") or None
        user.set_password(form.cleaned_data["password1"])
        if commit:
            user.save()
        return user

    def get_login_stages(self) -> list[str]:
        own = {
            "allauth.account.stages.EmailVerificationStage": f"{__name__}.ConfirmedByPhoneOrMail",
        }
        return [own.get(stage, stage) for stage in super().get_login_stages()]

    def clean_phone(self, phone: str) -> str:
        try:
            return check_phone(phone)
        except Refused as refused:
            raise forms.ValidationError(str(refused), code=refused.code) from refused

    def phone_form_field(self, **kwargs: Any) -> MainlandPhoneField:
        return MainlandPhoneField(**kwargs)

    def get_phone(self, user: Account) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Account, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: Account, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> Account | None:
        try:
            return Account.objects.filter(phone=check_phone(phone)).first()
        except Refused:
            return None

    def generate_phone_verification_code(self, *, user: Account, phone: str) -> str:
        return str(self.generate_email_verification_code())

    def send_verification_code_sms(self, user: Account, phone: str, code: str, **kwargs: Any) -> None:
        _write_sms(phone, gettext("您的验证码是 %(code)s，15 分钟内有效。请勿告诉他人。") % {"code": code})

    def send_account_already_exists_sms(self, phone: str) -> None:
        _write_sms(phone, gettext("这个手机号已经注册过，请直接登录。"))

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        logger.info("a code was asked for an unknown phone number")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Five wrong passwords lock a login for ten minutes, thirty lock an address, in every process at once."""
        try:
            for name, who, amount in _attempt_keys(request, credentials):
                consume(name, who, amount=amount, seconds=LOCK_SECONDS, at=now())
        except TooMany as error:
            raise self.validation_error("too_many_login_attempts") from error
        self._attempt = (request, credentials)

    def _rollback_login_failed_rl_usage(self) -> None:
        request, credentials = self._attempt
        for name, who, _amount in _attempt_keys(request, credentials):
            give_back(name, who)


def _attempt_keys(request: HttpRequest, credentials: dict[str, Any]) -> list[tuple[str, str, int]]:
    login = credentials.get("email") or credentials.get("phone") or credentials.get("username") or ""
    return [
        ("login", f"login:{login.strip().lower()}", ATTEMPTS_PER_LOGIN),
        ("login", f"address:{client_address(request)}", ATTEMPTS_PER_ADDRESS),
    ]


def _write_sms(phone: str, text: str) -> None:
    """Text messages go out through the city's gateway, which empties this folder."""
    outbox = settings.DATA_FOLDER / "sms"
    outbox.mkdir(exist_ok=True)
    (outbox / f"{now():%Y%m%dT%H%M%S%f}.txt").write_text(f"{phone}\n{text}\n", encoding="utf-8")
