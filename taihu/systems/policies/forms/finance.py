"""Forms of the finance pages. Amounts are typed in yuan and handed on in fen."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.identity.models import Unit
from taihu.records.ledger.enums import Level, RecoveryReason
from taihu.records.ledger.queries.lines import LineBalance

SUM_DIGITS = 15


class YuanField(forms.DecimalField):
    """Yuan with two decimals on the page, whole fen inside."""

    def __init__(self, *, is_signed: bool = False, **fields: Any) -> None:
        fields = {"max_digits": SUM_DIGITS, "decimal_places": 2, **fields}
        if not is_signed:
            fields.setdefault("min_value", Decimal("0.01"))
        super().__init__(**fields)
        self.widget.attrs |= {"inputmode": "decimal", "step": "0.01"}

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return None if found is None else int(found * 100)


def day_field(label: Any, **fields: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **fields)


class LineForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("年度"), min_value=2000, max_value=2100)
    level = forms.ChoiceField(label=gettext_lazy("资金层级"), choices=Level)
    programme = forms.CharField(label=gettext_lazy("项目"), max_length=120, help_text=gettext_lazy("如：太湖人才计划"))
    document = forms.CharField(
        label=gettext_lazy("预算文号"), max_length=80, help_text=gettext_lazy("如：锡财教〔2026〕3号")
    )
    unit = forms.ModelChoiceField(label=gettext_lazy("拨付单位"), queryset=Unit.objects.none())
    amount = YuanField(label=gettext_lazy("金额（元）"))

    def __init__(self, *args: Any, units: Iterable[int], **fields: Any) -> None:
        super().__init__(*args, **fields)
        chosen = self.fields["unit"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = Unit.objects.filter(pk__in=list(units)).order_by("code")


class ChangeForm(forms.Form):
    amount = YuanField(
        label=gettext_lazy("增减金额（元）"), is_signed=True, help_text=gettext_lazy("追加填正数，调减填负数。")
    )
    document = forms.CharField(label=gettext_lazy("文号"), max_length=80)
    reason = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)


class OverrideForm(forms.Form):
    amount = YuanField(label=gettext_lazy("准许超出的金额（元）"))
    document = forms.CharField(label=gettext_lazy("批准文号或会议纪要"), max_length=80)
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class DocumentForm(forms.Form):
    document = forms.CharField(label=gettext_lazy("文号"), max_length=80)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class UnpaidForm(ReasonForm):
    document = forms.CharField(label=gettext_lazy("银行书面答复的文号"), max_length=80)


class HeldForm(forms.Form):
    verdict = forms.ChoiceField(
        label=gettext_lazy("决定"),
        choices=[
            ("clear", gettext_lazy("继续支付")),
            ("postpone", gettext_lazy("延后再复核")),
            ("cancel", gettext_lazy("不再支付")),
        ],
        widget=forms.RadioSelect,
    )
    due_date = day_field(gettext_lazy("延后到"), required=False)
    document = forms.CharField(label=gettext_lazy("决定文号"), max_length=80, required=False)
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("收款人会看到。"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("verdict") == "postpone" and not data.get("due_date") and "due_date" not in self.errors:
            self.add_error("due_date", _("请选择延后到哪一天。"))
        return data


class ProposeForm(forms.Form):
    unit = forms.ModelChoiceField(label=gettext_lazy("拨付单位"), queryset=Unit.objects.none())
    until = day_field(gettext_lazy("到期日不晚于"))
    key = forms.CharField(widget=forms.HiddenInput, max_length=120)

    def __init__(self, *args: Any, units: Iterable[int], **fields: Any) -> None:
        super().__init__(*args, **fields)
        chosen = self.fields["unit"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = (
            Unit.objects.filter(pk__in=list(units), budget_lines__isnull=False).distinct().order_by("code")
        )


class ReturnForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("银行回单"),
        help_text=gettext_lazy("CSV 或 XLSX，需要“流水号”“金额”“结果”三列。"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )


class RecoverForm(forms.Form):
    amount = YuanField(label=gettext_lazy("要求退回的金额（元）"))
    ground = forms.ChoiceField(label=gettext_lazy("追回事由"), choices=RecoveryReason)
    document = forms.CharField(label=gettext_lazy("决定文号"), max_length=80)
    due_date = day_field(gettext_lazy("退回期限"))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    key = forms.CharField(widget=forms.HiddenInput, max_length=120)


class ReceiptForm(forms.Form):
    amount = YuanField(label=gettext_lazy("收到的金额（元）"))
    note = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=120)


class WaiveForm(forms.Form):
    amount = YuanField(label=gettext_lazy("免予追回的金额（元）"))
    document = forms.CharField(label=gettext_lazy("决定文号"), max_length=80)
    note = forms.CharField(label=gettext_lazy("理由"), max_length=300)
    key = forms.CharField(widget=forms.HiddenInput, max_length=120)


class AccountForm(forms.Form):
    holder = forms.CharField(label=gettext_lazy("户名"), max_length=120)
    bank = forms.CharField(
        label=gettext_lazy("开户银行"), max_length=120, help_text=gettext_lazy("写到支行，如：中国银行无锡分行")
    )
    number = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=40,
        help_text=gettext_lazy("加密保存，只在送银行支付时使用。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class DirectPayForm(forms.Form):
    """Which budget line pays the part of each payer; districts choose one line each."""

    def __init__(self, *args: Any, places: Iterable[tuple[str, str, list[LineBalance]]], **fields: Any) -> None:
        super().__init__(*args, **fields)
        for name, label, lines in places:
            choices = [(str(row.line.pk), _line_label(row)) for row in lines]
            self.fields[name] = forms.ChoiceField(label=label, choices=choices)

    def lines(self) -> dict[str, int]:
        return {name: int(value) for name, value in self.cleaned_data.items()}


def _line_label(row: LineBalance) -> str:
    free = f"{row.free / 1_000_000:,.2f}"
    return _("%(programme)s · %(document)s（可用 %(free)s 万元）") % {
        "programme": row.line.programme,
        "document": row.line.document,
        "free": free,
    }


def month_of(text: str | None, today: date) -> date:
    """The first day of a month written `2026-03`; this month for anything else."""
    try:
        year, month = (int(part) for part in (text or "").split("-"))
        return date(year, month, 1)
    except ValueError:
        return today.replace(day=1)
