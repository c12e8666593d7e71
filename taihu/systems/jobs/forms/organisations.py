"""What an employer says of itself, shows of its papers, and whom it lets work for it."""

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from taihu.records.identity.enums import ApiScope, MemberRole, PaperKind
from taihu.records.identity.models import AgencyLicence, Organisation
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.forms.codes import labelled, with_present
from taihu.systems.jobs.labels import reader_language

ABOUT = ("short_name", "kind_code", "industry_code", "size_code", "area_code", "address", "website", "description")


def industry_choices() -> list[tuple[str, Any]]:
    """Sections with their divisions (GB/T 4754, first two levels): a plain select that one can type into."""
    language = reader_language()
    return [
        (label, taxonomy.choices(Kind.INDUSTRY, parent=code, language=language))
        for code, label in taxonomy.choices(Kind.INDUSTRY, level=1, language=language)
    ]


def district_choices() -> list[tuple[str, str]]:
    return taxonomy.choices(Kind.AREA, parent=settings.CITY_AREA, language=reader_language())


class RegistrationForm(forms.Form):
    """As on the licence: what an officer compares with the papers."""

    credit_code = forms.CharField(
        label=_("统一社会信用代码"),
        help_text=_("营业执照上的 18 位代码。"),
        max_length=30,
        widget=forms.TextInput(
            {
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "characters",
                "hx-get": reverse_lazy("jobs:employer_check_code"),
                "hx-trigger": "input changed delay:300ms",
                "hx-target": "#code-answer",
                "hx-params": "credit_code",
            }
        ),
    )
    name = forms.CharField(label=_("单位全称"), help_text=_("与营业执照一致。"), max_length=120)
    is_agency = forms.BooleanField(
        label=_("我们是经营性人力资源服务机构"),
        help_text=_("为其他单位代招、派遣或中介的机构。要另外公示许可证、服务项目和收费标准。"),
        required=False,
    )


class AboutForm(forms.Form):
    """How the employer presents itself; none of it is checked by an officer."""

    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind_code = forms.ChoiceField(label=_("单位性质"), required=False)
    industry_code = forms.ChoiceField(label=_("行业"), required=False)
    size_code = forms.ChoiceField(label=_("人员规模"), required=False)
    area_code = forms.ChoiceField(label=_("所在区"), required=False)
    address = forms.CharField(label=_("办公地址"), max_length=200, required=False)
    website = forms.URLField(label=_("网站"), max_length=200, required=False, assume_scheme="https")
    description = forms.CharField(
        label=_("单位介绍"), max_length=4000, required=False, widget=forms.Textarea({"rows": 5})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = reader_language()
        choices: dict[str, list[Any]] = {
            "kind_code": taxonomy.choices(Kind.COMPANY_KIND, language=language),
            "industry_code": industry_choices(),
            "size_code": taxonomy.choices(Kind.COMPANY_SIZE, language=language),
            "area_code": district_choices(),
        }
        for name, offered in choices.items():
            self.fields[name].choices = labelled(with_present(_kind(name), self.initial.get(name), offered))  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(organisation: Organisation) -> dict[str, Any]:
        return {name: getattr(organisation, name) for name in ABOUT}


def _kind(name: str) -> Kind:
    return {
        "kind_code": Kind.COMPANY_KIND,
        "industry_code": Kind.INDUSTRY,
        "size_code": Kind.COMPANY_SIZE,
        "area_code": Kind.AREA,
    }[name]


class AgencyForm(forms.Form):
    number = forms.CharField(label=_("许可证编号"), max_length=60)
    valid_until = forms.DateField(label=_("许可证有效期至"), widget=forms.DateInput({"type": "date"}))
    services = forms.CharField(label=_("服务项目"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    fees = forms.CharField(
        label=_("收费标准"),
        help_text=_("向单位收的费用。不得向求职者收费的项目请写“不收费”。"),
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
    supervisor = forms.CharField(label=_("监督机关"), max_length=120)
    supervisor_phone = forms.CharField(label=_("监督电话"), max_length=40)

    @staticmethod
    def initial_of(licence: AgencyLicence | None) -> dict[str, Any]:
        return {name: getattr(licence, name) for name in AgencyForm.base_fields} if licence else {}


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("材料种类"), choices=PaperKind.choices)
    file = forms.FileField(
        label=_("选择文件"),
        help_text=_("PDF、JPG 或 PNG，不超过 10 MB。"),
        widget=forms.ClearableFileInput({"accept": ".pdf,.png,.jpg,.jpeg"}),
    )


class InvitationForm(forms.Form):
    contact = forms.CharField(
        label=_("邮箱或手机号"),
        help_text=_("填邮箱会发一封邀请信；填手机号会给您一个链接，由您转给对方。"),
        max_length=120,
    )
    role = forms.ChoiceField(
        label=_("角色"), choices=MemberRole.choices, initial=MemberRole.RECRUITER, widget=forms.RadioSelect
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=MemberRole.choices)


class KeyForm(forms.Form):
    label = forms.CharField(label=_("用途"), help_text=_("例如：人事系统同步岗位。"), max_length=60)
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"),
        choices=ApiScope.choices,
        initial=[ApiScope.READ, ApiScope.WRITE],
        widget=forms.CheckboxSelectMultiple,
    )
