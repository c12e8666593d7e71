"""Forms of everybody's own pages and of role administration."""

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.records.identity.actions.consents import AGE_BANDS, SEXES
from taihu.records.identity.enums import IdType, Role
from taihu.records.identity.models import Unit

SEX_WORDS = {"female": _("女"), "male": _("男"), "other": _("其他")}


class ContactForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=80)
    phone = forms.CharField(label=_("联系电话"), max_length=24, required=False)
    email = forms.EmailField(label=_("联系邮箱"), required=False)
    id_type = forms.ChoiceField(label=_("证件类型"), choices=IdType, required=False)
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=24,
        required=False,
        help_text=_("加密保存，只用来确认您是您本人和核对年龄。登记后不能自行更改。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DemographicsForm(forms.Form):
    sex = forms.ChoiceField(
        label=_("性别"), choices=[("", _("不填写")), *((code, SEX_WORDS[code]) for code in SEXES)], required=False
    )
    age_band = forms.ChoiceField(
        label=_("年龄段"), choices=[("", _("不填写")), *((code, code) for code in AGE_BANDS)], required=False
    )


class GrantForm(forms.Form):
    email = forms.EmailField(label=_("账户邮箱"))
    unit = forms.ModelChoiceField(label=_("单位"), queryset=Unit.objects.order_by("code"))
    role = forms.ChoiceField(label=_("角色"), choices=Role)
    active_to = forms.DateField(
        label=_("到期日"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("留空为长期。")
    )
