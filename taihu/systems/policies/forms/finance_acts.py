"""Forms of what finance does to a commitment, a recovery or a receipt. Amounts are typed in yuan and handed on in fen."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.ledger.journal import yuan
from taihu.records.ledger.models import Instalment
from taihu.systems.policies.forms.finance import ReasonForm, YuanField


class PartsForm(ReasonForm):
    """Instalments to choose from, all of them chosen at first."""

    numbers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("期次"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    field_order: Sequence[str] = ("numbers",)

    def __init__(self, *args: Any, parts: Iterable[Instalment], **fields: Any) -> None:
        super().__init__(*args, **fields)
        choices = [(row.number, part_label(row)) for row in parts]
        chosen = self.fields["numbers"]
        assert isinstance(chosen, forms.TypedMultipleChoiceField)
        chosen.choices = choices
        chosen.initial = [number for number, _label in choices]


class CancelForm(PartsForm):
    document = forms.CharField(label=gettext_lazy("决定文号"), max_length=80, required=False)
    field_order = ("numbers", "document", "reason")


class RaiseForm(ReasonForm):
    gross = YuanField(
        label=gettext_lazy("新标准的总额（元）"),
        help_text=gettext_lazy("按新标准一共应享受的金额。已享受的会自动扣除，只付差额。"),
    )
    document = forms.CharField(label=gettext_lazy("认定或决定文号"), max_length=80)
    purpose = forms.CharField(label=gettext_lazy("用途"), max_length=200)
    key = forms.CharField(widget=forms.HiddenInput, max_length=120)
    field_order = ("gross", "document", "purpose", "reason")


class OffsetForm(forms.Form):
    instalment = forms.TypedChoiceField(label=gettext_lazy("从哪一期抵扣"), coerce=int, widget=forms.RadioSelect)
    amount = YuanField(label=gettext_lazy("抵扣金额（元）"))
    note = forms.CharField(label=gettext_lazy("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    key = forms.CharField(widget=forms.HiddenInput, max_length=120)

    def __init__(self, *args: Any, parts: Iterable[Instalment], **fields: Any) -> None:
        super().__init__(*args, **fields)
        chosen = self.fields["instalment"]
        assert isinstance(chosen, forms.TypedChoiceField)
        chosen.choices = [(row.pk, f"{row.commitment.purpose} · {_offset_label(row)}") for row in parts]


class MissingForm(forms.Form):
    """A decider lets lines promise what they lack."""

    document = forms.CharField(label=gettext_lazy("批准文号或会议纪要"), max_length=80)
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


def _offset_label(row: Instalment) -> str:
    """Without a state: only what its unit has cleared is listed, whatever other payers have done with their shares."""
    words = {"number": row.number, "day": row.due_date.isoformat(), "sum": yuan(row.payable)}  # type: ignore[attr-defined]
    return _("第 %(number)s 期 · %(day)s · %(sum)s 元") % words


def part_label(row: Instalment) -> str:
    """Number, due day, what is still to be paid and where it stands; needs `payable` from `queries.open_parts`."""
    return _("第 %(number)s 期 · %(day)s · %(sum)s 元 · %(state)s") % {
        "number": row.number,
        "day": row.due_date.isoformat(),
        "sum": yuan(row.payable),  # type: ignore[attr-defined]
        "state": row.get_state_display(),
    }
