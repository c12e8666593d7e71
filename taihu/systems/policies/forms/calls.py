"""The small forms around a call: begin one, say in public what changes, take it into another year."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.records.identity.models import Unit
from taihu.systems.policies.actions.calls import MAX_REASON
from taihu.systems.policies.forms.editor import NULLS, TextForm

_DAY = {"type": "date"}


class CallTextForm(TextForm):
    text = forms.CharField(label=_("申报文本（YAML）"), strip=False, error_messages=NULLS)


def _code(label: Any) -> forms.RegexField:
    return forms.RegexField(
        r"^[a-z][a-z0-9_-]{0,39}$",
        label=label,
        max_length=40,
        help_text=_("小写字母、数字和连字符，如 taihu-plan-2027；以后会出现在网址里。"),
    )


class StartCallForm(forms.Form):
    """What the smallest call needs; everything else is written in the form that follows."""

    title = forms.CharField(label=_("标题"), max_length=160)
    programme = forms.CharField(
        label=_("计划名称"), max_length=120, help_text=_("如 太湖人才计划；付款的预算项目也按这个名称找。")
    )
    document = forms.CharField(label=_("文号"), max_length=120, required=False)
    code = _code(_("编号"))
    opens_on = forms.DateField(label=_("从"), widget=forms.DateInput(_DAY, format="%Y-%m-%d"))
    closes_on = forms.DateField(label=_("到（当天有效）"), widget=forms.DateInput(_DAY, format="%Y-%m-%d"))
    procedure = forms.ChoiceField(label=_("办理流程"), help_text=_("第一个类别按它办理，以后可以改。"))
    office = forms.ModelChoiceField(label=_("牵头单位"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, offices: Any, procedures: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        office, procedure = self.fields["office"], self.fields["procedure"]
        assert isinstance(office, forms.ModelChoiceField)
        assert isinstance(procedure, forms.ChoiceField)
        office.queryset = offices
        procedure.choices = procedures


def _reason(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MAX_REASON,
        help_text=_("会在申报页面上公布。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CloseForm(forms.Form):
    reason = _reason(_("截止原因"))


class ExtendForm(forms.Form):
    closes_on = forms.DateField(label=_("延长到（当天有效）"), widget=forms.DateInput(_DAY))
    reason = _reason(_("延长原因"))


class CorrectForm(forms.Form):
    reason = _reason(_("更正说明"))


class CopyForm(forms.Form):
    code = _code(_("新编号"))
