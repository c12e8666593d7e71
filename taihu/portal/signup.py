"""The sign-up form: an e-mail address or a phone number, whichever the person has."""

from typing import Any

from allauth.account.forms import SignupForm as BaseForm
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class AddressOrPhoneForm(BaseForm):  # type: ignore[misc]
    field_order = ["display_name", "email", "phone", "password1", "password2", "accepts_notice"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        email.required = email.widget.is_required = False
        email.label, email.help_text = gettext_lazy("邮箱"), gettext_lazy("邮箱和手机号填一个就可以。")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("email") and not data.get("phone") and not {"email", "phone"} & self.errors.keys():
            self.add_error("email", _("请填写邮箱或手机号。"))
        return data
