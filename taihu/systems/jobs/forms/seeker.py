from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from taihu.records.identity.models import Person
from taihu.records.taxonomy import queries as taxonomy
from taihu.systems.jobs.actions.profiles import ProfileFields
from taihu.systems.jobs.enums import EmploymentType, HideReason
from taihu.systems.jobs.models import Profile
from taihu.systems.jobs.queries.seekers import resumes_of

FEN = 100
WORDS = _("用顿号或逗号分开")


def split_words(text: str) -> list[str]:
    for mark in "，,;；\n":
        text = text.replace(mark, "、")
    return [word.strip() for word in text.split("、") if word.strip()]


def _codes(kind: str, text: str, name: str) -> list[str]:
    codes = []
    for word in split_words(text):
        code = taxonomy.code_of(kind, word) or next((t.code for t in taxonomy.search(kind, word, limit=1)), "")
        if not code:
            raise forms.ValidationError(_("没有找到“%(word)s”，请换一个说法。"), params={"word": word}, code=name)
        codes.append(code)
    return sorted(set(codes))


class ProfileForm(forms.Form):
    headline = forms.CharField(label=_("一句话介绍"), max_length=80, required=False)
    education_rank = forms.TypedChoiceField(label=_("最高学历"), coerce=int)
    school = forms.CharField(label=_("毕业学校"), max_length=80, required=False)
    majors = forms.CharField(label=_("专业"), help_text=WORDS, required=False)
    experience_years = forms.FloatField(label=_("工作年限（年）"), min_value=0, max_value=60)
    skills = forms.CharField(label=_("技能"), help_text=WORDS, required=False, widget=forms.Textarea({"rows": 2}))
    area_code = forms.ChoiceField(label=_("居住地"), required=False)
    occupations = forms.CharField(label=_("想做的职业"), help_text=WORDS)
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
        language = get_language() or taxonomy.SOURCE_LANGUAGE

        def words(kind: str, codes: list[str]) -> str:
            return "、".join(taxonomy.label(kind, code, language) for code in codes)

        return {
            "headline": profile.headline,
            "education_rank": profile.education_rank,
            "school": profile.school,
            "majors": "、".join(profile.majors),
            "experience_years": round(profile.experience_months / 12, 2),
            "skills": words("skill", profile.skill_codes),
            "area_code": profile.area_code,
            "occupations": words("occupation", profile.wanted_occupations),
            "wanted_areas": profile.wanted_areas,
            "wanted_types": profile.wanted_types,
            "pay_floor": profile.pay_floor // FEN,
            "is_looking": profile.is_looking,
        }

    def clean_skills(self) -> list[str]:
        return _codes("skill", self.cleaned_data["skills"], "skills")

    def clean_occupations(self) -> list[str]:
        return _codes("occupation", self.cleaned_data["occupations"], "occupations")

    def profile_fields(self) -> ProfileFields:
        data = self.cleaned_data
        return ProfileFields(
            headline=data["headline"],
            education_rank=data["education_rank"],
            school=data["school"],
            majors=split_words(data["majors"]),
            experience_months=round(data["experience_years"] * 12),
            skill_codes=data["skills"],
            area_code=data["area_code"],
            wanted_occupations=data["occupations"],
            wanted_areas=data["wanted_areas"],
            wanted_types=data["wanted_types"],
            pay_floor=data["pay_floor"] * FEN,
            is_looking=data["is_looking"],
        )


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
