"""How people sign up and in: by e-mail or phone, with a second factor if wanted."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from taihu.records.base.clock import now
from taihu.records.identity.models import Account

logger = logging.getLogger(__name__)


class SignupForm(forms.Form):
    """Added to allauth's own form: how to address the person, and that the notice was read."""

    display_name = forms.CharField(label=_("怎么称呼您"), max_length=80)
    accepts_notice = forms.BooleanField(label=_("我已阅读个人信息处理说明"))

    def signup(self, request: HttpRequest, account: Account) -> None:
        account.display_name = self.cleaned_data["display_name"]
        account.save(update_fields=["display_name"])


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def new_user(self, request: HttpRequest) -> Account:
        return Account(created_at=now())

    def get_phone(self, user: Account) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Account, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: Account, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> Account | None:
        return Account.objects.filter(phone=phone).first()

    def send_verification_code_sms(self, user: Account, phone: str, code: str, **kwargs: Any) -> None:
        """Text messages go out through the city's gateway; without one they are written to the data folder."""
        outbox = settings.DATA_FOLDER / "sms"
        outbox.mkdir(exist_ok=True)
        (outbox / f"{now():%Y%m%dT%H%M%S%f}.txt").write_text(f"{phone}\n{code}\n", encoding="utf-8")

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        logger.info("a code was asked for an unknown phone number")
