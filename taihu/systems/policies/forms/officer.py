from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.systems.policies.models import PolicyVersion


class RunForm(forms.Form):
    """Which day is assumed, and which policies; all of them without a choice."""

    day = forms.DateField(
        label=_("假定在这一天申请"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    policies = forms.ModelMultipleChoiceField(
        label=_("只核算这些政策（不选就是全部）"),
        queryset=PolicyVersion.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, versions: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["policies"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = versions
        field.label_from_instance = lambda obj: f"{obj.title}（{obj.version}）"  # type: ignore[method-assign]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ConfirmForm(forms.Form):
    defer_manual = forms.BooleanField(label=_("把还要人工核实的人转到下个月的名单"), required=False)


class AnswerForm(forms.Form):
    """An answer to a person who asked for a correction."""

    decision = forms.ChoiceField(
        label=_("核实结果"),
        choices=[("accept", _("属实，更正")), ("refuse", _("不属实，不更正"))],
        widget=forms.RadioSelect,
    )
    source_name = forms.CharField(label=_("向哪个部门核实"), max_length=80, required=False)
    answer = forms.CharField(label=_("给本人的答复"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class FindPersonForm(forms.Form):
    number = forms.CharField(label=_("证件号码"), max_length=40)
    reason = forms.CharField(label=_("查看原因"), max_length=120)
