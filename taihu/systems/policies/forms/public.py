from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ObjectionForm(forms.Form):
    """A real-name objection to one place of a public list."""

    place = forms.IntegerField(label=_("名单上的序号"), min_value=1)
    name = forms.CharField(label=_("您的姓名"), max_length=80)
    contact = forms.CharField(label=_("联系方式"), max_length=80, help_text=_("只给经办人员看，用来核实异议"))
    reason = forms.CharField(label=_("异议理由和依据"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, places: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.places = places

    def clean_place(self) -> int:
        place = int(self.cleaned_data["place"])
        if place > self.places:
            raise forms.ValidationError(_("名单上没有这个序号。"))
        return place
