"""Forms of applicants; the fields of a track are data."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.records.base.language import said
from taihu.systems.policies.known import Known
from taihu.systems.policies.models import Track

LINE, LONG, MANY = 200, 2000, 10**9


def build_field(field: dict[str, Any]) -> forms.Field:
    """A form field of a track. Nothing is required while one fills in: handing in checks it."""
    options: dict[str, Any] = {"label": said(field["zh"], field["en"]), "required": False}
    options["help_text"] = said(field["help_zh"], field["help_en"])
    kind, limit = field["type"], field.get("limit") or None
    if kind == "long":
        return forms.CharField(max_length=limit or LONG, widget=forms.Textarea(attrs={"rows": 6}), **options)
    if kind == "integer":
        return forms.IntegerField(min_value=0, max_value=limit or MANY, **options)
    if kind == "money":
        return forms.DecimalField(min_value=0, max_value=limit, max_digits=13, decimal_places=2, **options)
    if kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)
    if kind == "bool":
        return forms.BooleanField(**options)
    if kind == "choice":
        choices = [(row[0], said(row[1], row[2])) for row in field["choices"]]
        return forms.ChoiceField(choices=[("", "—"), *choices], **options)
    return forms.CharField(max_length=limit or LINE, **options)


class TrackForm(forms.Form):
    """Only what the city does not know yet."""

    def __init__(self, track: Track, known: dict[str, Known], *args: Any, data_of_case: dict[str, Any], **kwargs: Any):
        self.asked = [field for field in track.fields if not (field.get("fact") and field["fact"] in known)]
        initial = {field["name"]: shown_value(field, data_of_case.get(field["name"])) for field in self.asked}
        super().__init__(*args, **kwargs)
        self.initial = initial
        for field in self.asked:
            self.fields[field["name"]] = build_field(field)
            self.fields[field["name"]].required = bool(field["required"])

    use_required_attribute = False

    def full_clean(self) -> None:
        """What is marked as required may still be saved empty: handing in asks for it."""
        marked = {name: item.required for name, item in self.fields.items()}
        for item in self.fields.values():
            item.required = False
        super().full_clean()
        for name, item in self.fields.items():
            item.required = marked[name]

    @property
    def values(self) -> dict[str, Any]:
        """As the case keeps them: whole fen, ISO dates, codes."""
        return {field["name"]: stored_value(field, self.cleaned_data.get(field["name"])) for field in self.asked}


def shown_value(field: dict[str, Any], value: Any) -> Any:
    return value / 100 if field["type"] == "money" and isinstance(value, int) else value


def stored_value(field: dict[str, Any], value: Any) -> Any:
    if value in (None, ""):
        return None
    if field["type"] == "money":
        return int(value * 100)
    if field["type"] == "date":
        return value.isoformat()
    return value


class StartForm(forms.Form):
    """With which employer somebody applies; known from social insurance where it can be."""

    credit_code = forms.CharField(
        label=_("用人单位的统一社会信用代码"),
        max_length=18,
        required=False,
        help_text=_("系统能从社保查到时会自动填好。没有用人单位的（如自主创业）可以不填。"),
    )


class StaffForm(forms.Form):
    """For whom an employer applies."""

    name = forms.CharField(label=_("员工姓名"), max_length=80)
    number = forms.CharField(label=_("员工证件号码"), max_length=30)


class SubmitForm(forms.Form):
    agrees = forms.BooleanField(
        label=_("我承诺：所填内容和材料真实有效；如有虚假，退回已领取的资金并接受处理。"), required=False
    )


class GroundsForm(forms.Form):
    grounds = forms.CharField(
        label=_("复核理由"),
        max_length=LONG,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("请写明对哪一条理由有异议，以及依据。"),
    )
