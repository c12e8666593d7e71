"""Forms of the officer's desk."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from taihu.engines.rules.values import money_of
from taihu.records.base.language import language
from taihu.records.cases.enums import Answer, ConflictKind, DecisionBody, DecisionKind, Resolution
from taihu.records.cases.models import DecisionRecord, StageRun
from taihu.records.identity.models import Account, Unit

WAN = 1_000_000


def money_words(fen: Any) -> str:
    """An amount as it is typed: 300万, 50000元, 12.50元.

    >>> money_words(300_000_000), money_words(5_000_000), money_words(1250), money_words(None)
    ('300万', '50000元', '12.50元', '')
    """
    if not isinstance(fen, int):
        return ""
    if fen and fen % (10 * WAN) == 0:
        return f"{fen // WAN}万"
    return f"{fen // 100}元" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}元"


def lines_of(text: str) -> list[str]:
    parts = text.replace("、", "\n").replace("，", "\n").replace(",", "\n").splitlines()
    return [part.strip() for part in parts if part.strip()]


class StageForm(forms.Form):
    """Pass or refuse or return: the reason, and the fields that the stage fills in."""

    reason = forms.CharField(
        label=_("理由或意见"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, run: StageRun, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        catalogue = run.case.procedure.template.catalogue
        self.names = run.template.sets
        for name in self.names:
            fact = catalogue.facts[name]
            options: dict[str, Any] = {"label": fact.label.say(language()), "required": False}
            value = run.case.data.get(name)
            if fact.type.values:
                choices = zip(fact.type.values, (item.say(language()) for item in fact.value_labels), strict=True)
                self.fields[name] = forms.ChoiceField(choices=[("", "—"), *choices], initial=value, **options)
            elif fact.type.kind == "money":
                options["help_text"] = _("写成 300万 或 50000元。")
                shown = money_words(value)
                self.fields[name] = forms.CharField(max_length=30, initial=shown, **options)
            else:
                self.fields[name] = forms.CharField(max_length=60, initial=value, **options)
        self.order_fields([*self.names, "reason"])

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data.get(name) not in (None, "")}


class DecisionForm(forms.Form):
    """The record of a meeting."""

    body = forms.ChoiceField(label=_("决策主体"), choices=DecisionBody.choices)
    kind = forms.ChoiceField(label=_("办理方式"), choices=DecisionKind.choices)
    meeting = forms.CharField(label=_("会议名称"), max_length=120)
    held_on = forms.DateField(label=_("会议日期"), widget=forms.DateInput(attrs={"type": "date"}))
    minutes = forms.CharField(label=_("纪要编号"), max_length=80)
    attendees = forms.CharField(
        label=_("到会人员"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("用顿号或换行分开。"),
    )
    recusals = forms.CharField(
        label=_("回避人员"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("每行一人，写成“姓名：原因”。"),
    )
    conflicts = forms.CharField(label=_("利益关系申报"), max_length=1000, required=False)
    proposer = forms.CharField(label=_("提请人"), max_length=80, required=False)
    resolution = forms.ChoiceField(label=_("研究结果"), choices=Resolution.choices)
    grounds = forms.CharField(
        label=_("理由和依据"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("申请人会看到。")
    )
    amount = forms.CharField(label=_("支持金额"), max_length=30, required=False, help_text=_("写成 300万 或 50000元。"))
    schedule = forms.CharField(
        label=_("分期安排"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("会议另行确定分期时填写，每行一期，写成“2026-06-01 3000万”。"),
    )
    precedents = forms.ModelMultipleChoiceField(
        label=_("参照的先例"),
        queryset=DecisionRecord.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, precedents: list[DecisionRecord], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["precedents"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = DecisionRecord.objects.filter(pk__in=[row.pk for row in precedents])
        if not precedents:
            del self.fields["precedents"]

    def clean_amount(self) -> int | None:
        return money_or_error(self.cleaned_data["amount"])

    def clean_recusals(self) -> list[dict[str, str]]:
        found = []
        for line in self.cleaned_data["recusals"].splitlines():
            if not line.strip():
                continue
            name, _joint, reason = line.replace(":", "：").partition("：")
            found.append({"name": name.strip(), "reason": reason.strip()})
        return found

    def clean_attendees(self) -> list[str]:
        return lines_of(self.cleaned_data["attendees"])

    def clean_schedule(self) -> list[dict[str, Any]]:
        found = []
        for line in self.cleaned_data["schedule"].splitlines():
            if not line.strip():
                continue
            day, _space, money = line.strip().partition(" ")
            amount = money_or_error(money)
            try:
                due = date.fromisoformat(day).isoformat()
            except ValueError:
                raise forms.ValidationError(_now("“%(line)s”应写成“2026-06-01 3000万”。") % {"line": line}) from None
            found.append({"due": due, "amount": amount or 0})
        return found


def money_or_error(text: str) -> int | None:
    """Fen of `300万`, `50000元` or a plain number of yuan."""
    clean = text.strip().replace("¥", "").replace(",", "")
    if not clean:
        return None
    found = money_of(clean)
    if found is None:
        try:
            fen = Decimal(clean) * 100
        except InvalidOperation:
            fen = Decimal("0.5")
        found = int(fen) if fen == fen.to_integral_value() else None
    if found is None:
        raise forms.ValidationError(_now("“%(text)s”不是金额。请写成 300万 或 50000元。") % {"text": text})
    return found


class CheckForm(forms.Form):
    answer = forms.ChoiceField(label=_("答复"), choices=Answer.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("部门意见"), max_length=1000, required=False)


class DocumentForm(forms.Form):
    number = forms.CharField(label=_("文号"), max_length=40, help_text=_("如 锡人才办〔2026〕3号"))
    signed_on = forms.DateField(label=_("成文日期"), widget=forms.DateInput(attrs={"type": "date"}))


class AssignForm(forms.Form):
    expert = forms.ModelChoiceField(label=_("评审专家"), queryset=Account.objects.none())

    def __init__(self, experts: Any, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["expert"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = experts


class DelegateForm(forms.Form):
    unit = forms.ModelChoiceField(label=_("承办单位"), queryset=Unit.objects.order_by("code"))
    reason = forms.CharField(label=_("说明"), max_length=500, required=False)


class NoticeForm(forms.Form):
    title = forms.CharField(label=_("公示标题"), max_length=200)
    contact = forms.CharField(label=_("受理异议的联系方式"), max_length=120)
    runs = forms.ModelMultipleChoiceField(
        label=_("公示事项"), queryset=StageRun.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, runs: Any, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["runs"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = runs
        field.label_from_instance = lambda run: f"{run.case.number} · {run.case.applicant} · {run.case.category}"  # type: ignore[method-assign,assignment]


class RulingForm(forms.Form):
    """On an objection or an appeal."""

    ruling = forms.ChoiceField(label=_("结论"), widget=forms.RadioSelect)
    answer = forms.CharField(label=_("答复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, upheld: Any, dismissed: Any, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["ruling"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("upheld", upheld), ("dismissed", dismissed)]

    @property
    def is_upheld(self) -> bool:
        return bool(self.cleaned_data["ruling"] == "upheld")


class ObjectionForm(forms.Form):
    """Anybody's objection to a notice."""

    name = forms.CharField(label=_("真实姓名"), max_length=80)
    contact = forms.CharField(label=_("联系方式"), max_length=120, help_text=_("电话或邮箱，只用于核查，不对外公开。"))
    text = forms.CharField(label=_("异议理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}))
    evidence = forms.FileField(label=_("证据材料"), required=False, help_text=_("PDF 或图片。"))


class SheetForm(forms.Form):
    """An expert's opinion."""

    agrees = forms.ChoiceField(
        label=_("结论"), choices=[("yes", _("同意")), ("no", _("不同意"))], widget=forms.RadioSelect, required=False
    )
    score = forms.IntegerField(label=_("评分（0–100）"), min_value=0, max_value=100, required=False)
    comment = forms.CharField(label=_("评审意见"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}))

    def __init__(self, run: StageRun, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rule = run.template.review
        assert rule is not None
        self.fields["agrees"].required = rule.agree is not None
        self.fields["score"].required = rule.score is not None
        if rule.agree is None:
            del self.fields["agrees"]
        if rule.score is None:
            del self.fields["score"]

    @property
    def agreement(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data.get("agrees", ""))


class RecusalForm(forms.Form):
    conflict = forms.ChoiceField(label=_("回避原因"), choices=ConflictKind.choices)
    reason = forms.CharField(label=_("说明"), max_length=200, required=False)


class LeaverForm(forms.Form):
    """The last day of a member of staff."""

    left_on = forms.DateField(label=_("最后工作日"), widget=forms.DateInput(attrs={"type": "date"}))


class WithdrawNoticeForm(forms.Form):
    notice = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("撤下的原因"), max_length=300)


class BatchForm(forms.Form):
    file = forms.FileField(label=_("部门交回的文件（CSV）"))
