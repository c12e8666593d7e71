from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.systems.jobs.enums import ComplaintKind


class ComplaintForm(forms.Form):
    kind = forms.ChoiceField(label=_("问题类型"), choices=ComplaintKind.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("情况说明"), max_length=4000, widget=forms.Textarea({"rows": 5}))
    contact = forms.CharField(
        label=_("联系方式"), help_text=_("可以不填；只用于核实这件事。"), required=False, max_length=120
    )
