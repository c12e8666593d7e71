from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.engines.rules.people import Record
from taihu.records.base.uploads import PAPERS, picker
from taihu.systems.policies.forms.facts import RecordForm


class CorrectionForm(forms.Form):
    """What goes with every correction, beside the value itself."""

    valid_from = forms.DateField(
        label=_("从哪一天起是这样"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("哪里不对、依据是什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    file = forms.FileField(
        label=_("证明材料"),
        required=False,
        help_text=_("PDF、JPG 或 PNG"),
        widget=forms.FileInput({"accept": picker(PAPERS)}),
    )


class RecordsForm(RecordForm):
    """The records that are known, of which wrong ones may be struck out, and one to add."""

    def __init__(self, *args: Any, known: list[tuple[Record, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = known
        if known:
            wrong = forms.MultipleChoiceField(
                label=_("下面哪些记录不对？"),
                choices=[(str(place), words) for place, (_record, words) in enumerate(known)],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            self.fields = {"wrong": wrong, **self.fields}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("wrong") and not self.record:
            raise forms.ValidationError(_("请勾选不对的记录，或填写要补充的记录。"))
        return data

    @property
    def record(self) -> dict[str, Any]:
        found = super().record
        found.pop("wrong", None)
        return found
