"""An opening as a form: people write words, yuan and years; `OpeningFields` takes codes, fen and months."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.engines.text.pay import Basis, monthly_fen
from taihu.records.identity.models import Organisation
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.enums import CloseReason, EmploymentType, PayBasis
from taihu.systems.jobs.forms.codes import CodeField, CodesField, WordsField, labelled, with_present
from taihu.systems.jobs.forms.organisations import district_choices, industry_choices
from taihu.systems.jobs.labels import reader_language
from taihu.systems.jobs.models import Opening
from taihu.systems.jobs.validators import OpeningFields

FEN, MONTHS = 100, 12
NEEDED_TO_PUBLISH = ("occupation_code", "requirements", "pay_min", "pay_max", "address")
LONG = 6000
# How many periods a month has, for showing a monthly amount in the unit in which it was written.
PER_MONTH = {
    PayBasis.MONTHLY: Decimal(1),
    PayBasis.DAILY: Decimal("21.75"),
    PayBasis.HOURLY: Decimal(174),
}


def quoted_yuan(fen: int | None, basis: str, months: int) -> Decimal | None:
    """A monthly amount in the unit in which it was written: whole yuan, or cents for an hour's pay."""
    if fen is None:
        return None
    yuan = Decimal(fen) / FEN
    if basis == PayBasis.YEARLY:
        return (yuan * months).quantize(Decimal(1))
    quoted = yuan / PER_MONTH.get(PayBasis(basis), Decimal(1))
    rounded = quoted.quantize(Decimal("0.01"))
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded


def monthly(yuan: Decimal | None, basis: str, months: int) -> int | None:
    return None if yuan is None else monthly_fen(int(yuan * FEN), Basis(basis), months)


class OpeningForm(forms.Form):
    """Only the title, the area and the duties are needed for a draft; the rest is asked for before publishing."""

    organisation = forms.TypedChoiceField(label=_("为谁招人"), coerce=int)
    title = forms.CharField(label=_("岗位名称"), help_text=_("写职业本身，例如“数控车工”，不写口号。"), max_length=120)
    occupation_code = CodeField(
        Kind.OCCUPATION,
        label=_("职业类别"),
        help_text=_("输入几个字，从提示里选，例如“车工”。"),
        required=False,
    )
    industry_code = forms.ChoiceField(label=_("行业"), required=False)
    employment_type = forms.ChoiceField(
        label=_("用工形式"), choices=EmploymentType.choices, initial=EmploymentType.FULL_TIME
    )
    headcount = forms.IntegerField(label=_("招聘人数"), min_value=1, max_value=10_000, initial=1)
    description = forms.CharField(
        label=_("工作内容"),
        help_text=_("每天做什么、对谁负责、班次和条件。"),
        max_length=LONG,
        widget=forms.Textarea({"rows": 6}),
    )
    requirements = forms.CharField(
        label=_("招聘条件"),
        help_text=_("只写做好这份工作需要的能力和证书，不写性别、年龄、婚育、民族、户籍和健康。"),
        max_length=LONG,
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )
    education_rank = forms.TypedChoiceField(label=_("学历要求（至少）"), coerce=int, initial=0)
    experience_min = forms.DecimalField(
        label=_("经验至少（年）"), min_value=0, max_value=50, max_digits=4, decimal_places=1, required=False
    )
    experience_max = forms.DecimalField(
        label=_("经验至多（年）"), min_value=0, max_value=50, max_digits=4, decimal_places=1, required=False
    )
    skill_codes = CodesField(Kind.SKILL, label=_("技能"), required=False)
    certificate_codes = CodesField(Kind.CERTIFICATE, label=_("必须持有的证书"), required=False, most=10)
    majors = WordsField(label=_("相关专业"), required=False, most=10)
    pay_basis = forms.ChoiceField(label=_("怎样计薪"), initial=PayBasis.MONTHLY)
    pay_min = forms.DecimalField(
        label=_("最低（元）"), min_value=0, max_value=100_000_000, max_digits=11, decimal_places=2, required=False
    )
    pay_max = forms.DecimalField(
        label=_("最高（元）"), min_value=0, max_value=100_000_000, max_digits=11, decimal_places=2, required=False
    )
    pay_months = forms.IntegerField(
        label=_("一年发几个月"), min_value=1, max_value=24, initial=MONTHS, help_text=_("一般填 12。")
    )
    benefits = forms.CharField(label=_("福利"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    area_code = forms.ChoiceField(label=_("工作所在区"))
    address = forms.CharField(label=_("详细地址"), max_length=200, required=False)
    contact_name = forms.CharField(label=_("联系人"), max_length=40, required=False)
    contact_phone = forms.CharField(label=_("联系电话"), max_length=40, required=False)

    def __init__(self, organisations: Sequence[Organisation], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = reader_language()
        choices: dict[str, Any] = {
            "organisation": [(organisation.pk, organisation.name) for organisation in organisations],
            "education_rank": taxonomy.choices(Kind.EDUCATION_RANK, language=language),
            "area_code": with_present(Kind.AREA, self.initial.get("area_code"), list(district_choices())),
            "industry_code": labelled(
                with_present(Kind.INDUSTRY, self.initial.get("industry_code"), industry_choices())
            ),
            "pay_basis": self._bases(),
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        for name in NEEDED_TO_PUBLISH:
            self.fields[name].mark = _("发布必填")  # type: ignore[attr-defined]
        if len(organisations) == 1:
            self.fields["organisation"].widget = forms.HiddenInput()
            self.fields["organisation"].initial = organisations[0].pk

    def _bases(self) -> list[tuple[str, Any]]:
        """The law wants pay to be stated: 面议 is only shown where an older draft has it."""
        is_old = self.initial.get("pay_basis") == PayBasis.UNDISCLOSED
        return [(code, label) for code, label in PayBasis.choices if code != PayBasis.UNDISCLOSED or is_old]

    @staticmethod
    def initial_of(opening: Opening) -> dict[str, Any]:
        names = [name for name in OpeningForm.base_fields if name != "organisation"]
        values = {name: getattr(opening, name) for name in names}
        quoted = (opening.pay_basis, opening.pay_months)
        return values | {
            "organisation": opening.organisation_id,
            "pay_min": quoted_yuan(opening.pay_min, *quoted),
            "pay_max": quoted_yuan(opening.pay_max, *quoted),
            "experience_min": _years(opening.experience_min) or None,
            "experience_max": _years(opening.experience_max),
        }

    def opening_fields(self) -> OpeningFields:
        data = {name: value for name, value in self.cleaned_data.items() if name != "organisation"}
        basis, months = data["pay_basis"], data["pay_months"]
        data |= {
            "pay_min": monthly(data["pay_min"], basis, months),
            "pay_max": monthly(data["pay_max"], basis, months),
            "experience_min": round((data["experience_min"] or 0) * MONTHS),
            "experience_max": None if data["experience_max"] is None else round(data["experience_max"] * MONTHS),
        }
        return OpeningFields(**data)


def _years(months: int | None) -> Decimal | None:
    if months is None:
        return None
    years = Decimal(months) / MONTHS
    return years.quantize(Decimal(1)) if months % MONTHS == 0 else years.quantize(Decimal("0.1"))


class PublishForm(forms.Form):
    valid_through = forms.DateField(
        label=_("有效期至"),
        help_text=_("到这一天结束时自动停止招聘，最长 180 天。"),
        widget=forms.DateInput({"type": "date"}),
    )


class CloseForm(forms.Form):
    reason = forms.ChoiceField(label=_("为什么结束"), choices=CloseReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("给投递人的话"),
        help_text=_("还在等答复的人会收到统一答复，可以附一句话。"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
