from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.systems.jobs.actions.runs import DEFAULTS

APPROVE, REFUSE = "approve", "refuse"


class DecisionForm(forms.Form):
    """Yes or no, with the reason that the other side will read."""

    decision = forms.ChoiceField(
        label=_("决定"), choices=[(APPROVE, _("通过")), (REFUSE, _("不通过"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("理由"), help_text=_("单位会看到这段话。"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )

    @property
    def is_approved(self) -> bool:
        return bool(self.cleaned_data["decision"] == APPROVE)


class ComplaintDecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("核查结果"), choices=[(APPROVE, _("属实，下架岗位")), (REFUSE, _("不属实"))], widget=forms.RadioSelect
    )
    answer = forms.CharField(
        label=_("答复"), help_text=_("投诉人会看到这段话。"), max_length=2000, widget=forms.Textarea({"rows": 4})
    )
    article = forms.CharField(
        label=_("依据的条款"), help_text=_("属实时必填，例如：就业促进法第二十七条。"), required=False, max_length=120
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == APPROVE and not data.get("article"):
            self.add_error("article", _("下架岗位必须写明依据的条款。"))
        return data


class TakedownForm(forms.Form):
    article = forms.CharField(label=_("依据的条款"), max_length=120)
    reason = forms.CharField(label=_("理由"), max_length=1000, widget=forms.Textarea({"rows": 3}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=1000, widget=forms.Textarea({"rows": 3}))


class MergeForm(forms.Form):
    reason = forms.CharField(
        label=_("依据"),
        help_text=_("怎样确认这是同一家单位，例如核对了营业执照和地址。会记入操作日志。"),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )
    is_sure = forms.BooleanField(label=_("我已核对，这两条记录是同一家单位"))


class MatchForm(forms.Form):
    mu = forms.FloatField(
        label=_("兴趣权重 μ"),
        min_value=0,
        max_value=1,
        initial=DEFAULTS["mu"],
        help_text=_("0 只求填满岗位；越大越照顾每个人自己的喜好。"),
    )
    sweeps = forms.IntegerField(label=_("迭代次数"), min_value=1, max_value=20, initial=DEFAULTS["sweeps"])
