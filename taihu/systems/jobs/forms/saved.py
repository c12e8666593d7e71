from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.systems.jobs.enums import AlertFrequency


class SavedSearchForm(forms.Form):
    title = forms.CharField(label=_("名称"), max_length=80)
    frequency = forms.ChoiceField(label=_("多久提醒一次"), choices=AlertFrequency.choices, widget=forms.RadioSelect)
