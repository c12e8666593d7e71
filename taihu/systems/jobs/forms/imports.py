from django import forms
from django.utils.translation import gettext_lazy as _


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
