"""Forms of everybody's own pages and of role administration."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from taihu.records.identity.actions import UnitRow
from taihu.records.identity.actions.consents import AGE_BANDS, SEXES
from taihu.records.identity.enums import IdType, PersonalScope, Role, UnitKind
from taihu.records.identity.models import Unit
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.queries import descendants, label

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


class UnitForm(forms.Form):
    """A public body; its code, once given, stays."""

    code = forms.CharField(label=_("代码"), max_length=40, help_text=_("如 320200-kjj；定了就不再改。"))
    name = forms.CharField(label=_("名称"), max_length=120)
    name_en = forms.CharField(label=_("英文名称"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("类别"), choices=UnitKind, initial=UnitKind.DEPARTMENT)
    area_code = forms.ChoiceField(label=_("区划"))
    parent = forms.ChoiceField(label=_("上级单位"), required=False)

    def __init__(self, *args: Any, unit: Unit | None = None, **options: Any) -> None:
        if unit is not None:
            known = {field: getattr(unit, field) for field in ("code", "name", "name_en", "kind", "area_code")}
            options["initial"] = {**known, "parent": unit.parent.code if unit.parent else ""}
        super().__init__(*args, **options)
        places = [settings.CITY_AREA, *descendants(Kind.AREA, settings.CITY_AREA)]
        self._choices("area_code", [(code, f"{code} {label(Kind.AREA, code)}") for code in places if len(code) == 6])
        others = Unit.objects.exclude(code=unit.code if unit else "").order_by("code")
        self._choices("parent", [("", _("没有（市本级）")), *((row.code, f"{row.code} {row.name}") for row in others)])
        if unit is not None:
            self.fields["code"].disabled = True

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def row(self) -> UnitRow:
        return UnitRow(**self.cleaned_data)


class GrantForm(forms.Form):
    email = forms.EmailField(label=_("账户邮箱"))
    unit = forms.ModelChoiceField(label=_("单位"), queryset=Unit.objects.order_by("code"))
    role = forms.ChoiceField(label=_("角色"), choices=Role)
    active_to = forms.DateField(
        label=_("到期日"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("留空为长期。")
    )


class PersonalKeyForm(forms.Form):
    label = forms.CharField(label=_("用途"), help_text=_("例如：我的记账程序。"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"),
        choices=PersonalScope.choices,
        initial=[PersonalScope.ENTITLEMENTS],
        widget=forms.CheckboxSelectMultiple,
    )
