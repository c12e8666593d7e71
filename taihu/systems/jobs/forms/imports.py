from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.systems.jobs.imports.fields import FIELDS, LIST
from taihu.systems.jobs.imports.mapping import shipped_mappings

OWN = "own"
LONG = {"description": 8, "requirements": 6, "benefits": 3}
#: Always there to fill in, whether or not the file had them.
ALWAYS = ("title", "employer", "area", "pay", "degree", "experience", "description", "requirements")
#: What says where a row came from is no matter of opinion.
FIXED = frozenset({"source", "source_id", "source_url"})


class ImportForm(forms.Form):
    """A table and what its columns mean."""

    file = forms.FileField(label=_("表格文件"), help_text=_("CSV 或 XLSX，可以用 gzip 压缩；编码自动识别。"))
    mapping = forms.ChoiceField(label=_("列的含义"))
    own_mapping = forms.FileField(
        label=_("自己的映射"), help_text=_("TOML 文件；选择“自己的映射”时必填。"), required=False
    )
    source = forms.CharField(
        label=_("岗位来源"), help_text=_("转载必须标明来源；映射里写了的可以不填。"), max_length=60, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shipped = [(mapping.name, mapping.title) for mapping in shipped_mappings()]
        self.fields["mapping"].choices = [*shipped, (OWN, _("自己的映射"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        upload = data.get("own_mapping")
        data["own_mapping"] = ""
        if data.get("mapping") == OWN:
            if upload is None:
                self.add_error("own_mapping", _("请选择映射文件。"))
            elif upload.size > 100_000:
                self.add_error("own_mapping", _("映射文件太大。"))
            else:
                data["own_mapping"] = upload.read().decode("utf-8-sig", "replace")
        return data


class HeldRowForm(forms.Form):
    """The texts of a held row, to correct."""

    def __init__(self, data: Any = None, *, texts: dict[str, str]) -> None:
        super().__init__(data, initial=texts)
        names = [*ALWAYS, *(name for name in FIELDS if name in texts and name not in ALWAYS and name not in FIXED)]
        if {"pay_min", "pay_max"} & set(texts):
            names.remove("pay")
        for name in names:
            widget = forms.Textarea({"rows": LONG[name]}) if name in LONG else forms.TextInput()
            self.fields[name] = forms.CharField(
                label=str(FIELDS[name].label),
                required=name == "title",
                widget=widget,
                max_length=20_000,
                help_text=_("用顿号分开") if FIELDS[name].kind == LIST else "",
            )
        self._fixed = {name: text for name, text in texts.items() if name in FIXED}

    def texts(self) -> dict[str, str]:
        return {**self.cleaned_data, **self._fixed}


class RefuseRowForm(forms.Form):
    note = forms.CharField(label=_("退回的原因"), max_length=500)


class TableForm(forms.Form):
    organisation = forms.TypedChoiceField(label=_("为谁招人"), coerce=int)
    file = forms.FileField(
        label=_("岗位表"),
        help_text=_("CSV 或 XLSX，可以用 gzip 压缩，不超过 10 MB。"),
        widget=forms.ClearableFileInput({"accept": ".csv,.xlsx,.gz"}),
    )


class StartForm(forms.Form):
    publishes = forms.BooleanField(
        label=_("完整、没有问题的岗位直接发布"),
        help_text=_("不选则全部存为草稿。有需要审核的表述时，等经办人员答复。"),
        required=False,
    )
