from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from taihu.records.identity.models import Person
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.actions.profiles import ProfileFields
from taihu.systems.jobs.enums import EmploymentType, HideReason
from taihu.systems.jobs.forms.codes import CodesField, SuggestInput, WordsField
from taihu.systems.jobs.models import Profile
from taihu.systems.jobs.queries.seekers import resumes_of

FEN, MONTHS = 100, 12


class ExperienceWidget(forms.MultiWidget):
    """Years and months side by side."""

    template_name = "jobs/forms/experience.html"

    def __init__(self) -> None:
        numbers = [forms.NumberInput({"min": 0, "max": most, "inputmode": "numeric"}) for most in (60, 11)]
        super().__init__(numbers)

    def decompress(self, value: int | None) -> list[int | None]:
        return [None, None] if value is None else [*divmod(value, MONTHS)]


class ExperienceField(forms.MultiValueField):
    """Cleans to months."""

    def __init__(self, **kwargs: Any) -> None:
        years = forms.IntegerField(min_value=0, max_value=60)
        months = forms.IntegerField(min_value=0, max_value=MONTHS - 1, required=False)
        super().__init__((years, months), widget=ExperienceWidget(), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[int | None]) -> int:
        years, months = data_list
        return (years or 0) * MONTHS + (months or 0)


class ProfileForm(forms.Form):
    headline = forms.CharField(label=_("一句话介绍"), max_length=80, required=False)
    education_rank = forms.TypedChoiceField(label=_("最高学历"), coerce=int)
    school = forms.CharField(label=_("毕业学校"), max_length=80, required=False, widget=SuggestInput(Kind.UNIVERSITY))
    majors = WordsField(label=_("专业"), required=False)
    experience = ExperienceField(label=_("工作年限"))
    skill_codes = CodesField(Kind.SKILL, label=_("技能"), required=False)
    certificate_codes = CodesField(Kind.CERTIFICATE, label=_("证书"), required=False)
    area_code = forms.ChoiceField(label=_("居住地"), required=False)
    wanted_occupations = CodesField(Kind.OCCUPATION, label=_("想做的职业"), most=20)
    wanted_areas = forms.MultipleChoiceField(
        label=_("想去的地方"), help_text=_("不选表示全市都可以"), required=False, widget=forms.CheckboxSelectMultiple
    )
    wanted_types = forms.MultipleChoiceField(
        label=_("用工形式"), choices=EmploymentType.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    pay_floor = forms.IntegerField(label=_("月薪不低于（元）"), min_value=0, max_value=1_000_000, initial=0)
    is_looking = forms.BooleanField(label=_("正在找工作"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or taxonomy.SOURCE_LANGUAGE
        districts = taxonomy.choices("area", parent=settings.CITY_AREA, language=language)
        self.fields["education_rank"].choices = taxonomy.choices("education_rank", language=language)  # type: ignore[attr-defined]
        self.fields["area_code"].choices = [("", "—"), *districts]  # type: ignore[attr-defined]
        self.fields["wanted_areas"].choices = districts  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(profile: Profile) -> dict[str, Any]:
        return {
            "headline": profile.headline,
            "education_rank": profile.education_rank,
            "school": profile.school,
            "majors": profile.majors,
            "experience": profile.experience_months,
            "skill_codes": profile.skill_codes,
            "certificate_codes": profile.certificate_codes,
            "area_code": profile.area_code,
            "wanted_occupations": profile.wanted_occupations,
            "wanted_areas": profile.wanted_areas,
            "wanted_types": profile.wanted_types,
            "pay_floor": profile.pay_floor // FEN,
            "is_looking": profile.is_looking,
        }

    def profile_fields(self) -> ProfileFields:
        data = dict(self.cleaned_data)
        months, floor = data.pop("experience"), data.pop("pay_floor") * FEN
        return ProfileFields(**data, experience_months=months, pay_floor=floor)


class ApplyForm(forms.Form):
    resume: Any = forms.ModelChoiceField(label=_("交哪份简历"), queryset=None, empty_label=None)
    birth_date = forms.DateField(
        label=_("出生日期"),
        help_text=_("只用来核对法定就业年龄，不交给单位，也不参与推荐。"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(label=_("附言"), required=False, max_length=1000, widget=forms.Textarea({"rows": 3}))
    agrees = forms.BooleanField(label=_("我同意把这份简历交给这家单位，用于这次招聘"))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resume"].queryset = resumes_of(person)  # type: ignore[attr-defined]
        if person.birth_date is not None:
            del self.fields["birth_date"]


class HideForm(forms.Form):
    reason = forms.ChoiceField(label=_("为什么不想看到它"), choices=HideReason.choices, widget=forms.RadioSelect)


class MessageForm(forms.Form):
    body = forms.CharField(label=_("留言"), max_length=2000, widget=forms.Textarea({"rows": 3}))
