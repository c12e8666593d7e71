"""A CV as a form: the same fields for what was read from a file and for what is written by hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.systems.jobs.forms.codes import WORDS, split_words

SPAN = _("例如 2019-07；至今请留空")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("选择文件"),
        help_text=_("PDF、DOCX 或 JSON Resume。扫描件里没有文字，无法读取。"),
        widget=forms.ClearableFileInput({"accept": ".pdf,.docx,.json"}),
    )


class BasicsForm(forms.Form):
    title = forms.CharField(label=_("这份简历的名字"), max_length=80)
    name = forms.CharField(label=_("姓名"), max_length=80)
    phone = forms.CharField(label=_("电话"), max_length=30, required=False)
    email = forms.EmailField(label=_("邮箱"), required=False)
    summary = forms.CharField(label=_("自我介绍"), max_length=2000, required=False, widget=forms.Textarea({"rows": 4}))
    skills = forms.CharField(label=_("技能"), help_text=WORDS, required=False, widget=forms.Textarea({"rows": 2}))


class WorkForm(forms.Form):
    name = forms.CharField(label=_("单位"), max_length=120)
    position = forms.CharField(label=_("职务"), max_length=120, required=False)
    startDate = forms.CharField(label=_("开始"), help_text=SPAN, max_length=10, required=False)  # noqa: N815 - JSON Resume
    endDate = forms.CharField(label=_("结束"), max_length=10, required=False)  # noqa: N815
    summary = forms.CharField(label=_("做了什么"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))


class EducationForm(forms.Form):
    institution = forms.CharField(label=_("学校"), max_length=120)
    area = forms.CharField(label=_("专业"), max_length=120, required=False)
    studyType = forms.CharField(label=_("学历"), max_length=40, required=False)  # noqa: N815
    startDate = forms.CharField(label=_("开始"), help_text=SPAN, max_length=10, required=False)  # noqa: N815
    endDate = forms.CharField(label=_("结束"), max_length=10, required=False)  # noqa: N815


WorkFormSet = forms.formset_factory(WorkForm, extra=1, can_delete=True, max_num=40, absolute_max=60)
EducationFormSet = forms.formset_factory(EducationForm, extra=1, can_delete=True, max_num=20, absolute_max=30)


class ResumeForms:
    """The three parts of a CV's page; `data` is the JSON Resume document that they say."""

    def __init__(self, title: str, document: dict[str, Any], sources: dict[str, str], post: Any = None) -> None:
        self.document = document
        basics = document.get("basics") or {}
        skills = "、".join(skill.get("name", "") for skill in document.get("skills", []))
        self.basics = BasicsForm(post, initial={**basics, "title": title, "skills": skills})
        self.work = WorkFormSet(post, initial=document.get("work") or [], prefix="work")
        self.education = EducationFormSet(post, initial=document.get("education") or [], prefix="education")
        self.sources = [
            (self.basics.fields[name].label, sources[name]) for name in ("name", "phone", "email") if name in sources
        ]
        for kind, forms_ in (("work", self.work.forms), ("education", self.education.forms)):
            for number, form in enumerate(forms_):
                form.source = sources.get(f"{kind}-{number}", "")  # type: ignore[attr-defined]

    def is_valid(self) -> bool:
        return all([self.basics.is_valid(), self.work.is_valid(), self.education.is_valid()])

    @property
    def data(self) -> dict[str, Any]:
        said = self.basics.cleaned_data
        asked = ("name", "phone", "email", "summary")
        others = {key: value for key, value in (self.document.get("basics") or {}).items() if key not in asked}
        basics = {key: said[key] for key in asked if said[key]} | others
        return {
            **self.document,
            "basics": basics,
            "work": _rows(self.work),
            "education": _rows(self.education),
            "skills": [{"name": word} for word in split_words(said["skills"])],
        }


def _rows(formset: Any) -> list[dict[str, str]]:
    kept = [form.cleaned_data for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    return [{key: value for key, value in row.items() if key != "DELETE" and value} for row in kept]
