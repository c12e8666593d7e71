"""What an employer fills in while hiring. No question about sex, age, marriage, birth, ethnicity or household exists here."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from taihu.records.base.clock import CITY_ZONE
from taihu.systems.jobs.actions.invitations import MESSAGE_LIMIT
from taihu.systems.jobs.enums import InterviewMode, Origin, RefusalReason
from taihu.systems.jobs.models import Interview, Opening
from taihu.systems.jobs.queries.hiring import Filter

FEN = 100
SLOTS = 4
LENGTHS = [
    (15, _("15 分钟")),
    (30, _("30 分钟")),
    (45, _("45 分钟")),
    (60, _("1 小时")),
    (90, _("1 个半小时")),
    (120, _("2 小时")),
]
_LOCAL = "%Y-%m-%dT%H:%M"
_AREA = forms.Textarea({"rows": 3})


class BoardFilterForm(forms.Form):
    opening = forms.TypedChoiceField(label=_("岗位"), required=False, coerce=int, empty_value=None)
    origin = forms.ChoiceField(label=_("来源"), required=False, choices=[("", _("全部来源")), *Origin.choices])
    name = forms.CharField(label=_("姓名"), required=False, max_length=40)
    due = forms.BooleanField(label=_("只看七天内要答复的"), required=False)

    def __init__(self, openings: Iterable[Opening], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("全部岗位")), *((opening.pk, opening.title) for opening in openings)]
        self.fields["opening"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> Filter:
        """What was asked; an answer that is no choice is as good as none."""
        data = self.cleaned_data if self.is_valid() else {}
        return Filter(
            opening=data.get("opening"),
            origin=data.get("origin") or "",
            due=bool(data.get("due")),
            name=(data.get("name") or "").strip(),
        )


class RefusalForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("原因"), choices=RefusalReason.choices, widget=forms.RadioSelect, help_text=_("会如实写进答复信。")
    )
    note = forms.CharField(
        label=_("再说几句"), required=False, max_length=500, widget=_AREA, help_text=_("可以不填。会原样写进答复信。")
    )


class InvitationForm(forms.Form):
    message = forms.CharField(
        label=_("邀请的话"),
        max_length=MESSAGE_LIMIT,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("说明岗位好在哪里、为什么想认识对方。"),
    )


class HidePersonForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("为什么不考虑"),
        choices=[
            (reason.value, reason.label)
            for reason in RefusalReason
            if reason
            not in (RefusalReason.NO_SHOW, RefusalReason.INCOMPLETE, RefusalReason.FILLED, RefusalReason.CANCELLED)
        ],
        widget=forms.RadioSelect,
        help_text=_("只用来不再显示，不告诉本人。"),
    )


class InterviewForm(forms.Form):
    mode = forms.ChoiceField(label=_("方式"), choices=InterviewMode.choices, widget=forms.RadioSelect)
    place = forms.CharField(label=_("地点、会议链接或电话"), max_length=200)
    minutes = forms.TypedChoiceField(label=_("每场时长"), choices=LENGTHS, coerce=int, initial=30)
    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=500,
        widget=_AREA,
        help_text=_("例如需要带什么。不能询问婚育等与工作无关的情况。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, SLOTS + 1):
            self.fields[f"start_{number}"] = forms.DateTimeField(
                label=_("可选时间 %(n)d") % {"n": number},
                required=number == 1,
                input_formats=[_LOCAL, "%Y-%m-%d %H:%M"],
                widget=forms.DateTimeInput({"type": "datetime-local"}, format=_LOCAL),
            )
        self.order_fields(["mode", "place", "minutes", *(f"start_{n}" for n in range(1, SLOTS + 1)), "note"])

    @staticmethod
    def initial_of(interview: Interview | None) -> dict[str, Any]:
        return {"mode": interview.mode, "place": interview.place, "note": interview.note} if interview else {}

    def arrangement(self) -> dict[str, Any]:
        data = self.cleaned_data
        length = timedelta(minutes=data["minutes"])
        starts = sorted(data[f"start_{n}"] for n in range(1, SLOTS + 1) if data.get(f"start_{n}"))
        times = [(start, start + length) for start in starts]
        return {"mode": data["mode"], "place": data["place"], "note": data["note"], "times": times}


class OfferForm(forms.Form):
    pay = forms.DecimalField(label=_("月薪（元）"), min_value=1, max_value=1_000_000, max_digits=9, decimal_places=2)
    pay_months = forms.IntegerField(label=_("每年发几个月"), min_value=12, max_value=24, initial=12)
    start_date = forms.DateField(label=_("到岗日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    answer_by = forms.DateField(
        label=_("请对方在哪天前答复"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("到当天 24 点为止；逾期自动失效。"),
    )
    text = forms.CharField(
        label=_("其他约定"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("例如试用期、工作地点、福利。"),
    )

    def offer(self) -> dict[str, Any]:
        data = self.cleaned_data
        end = datetime.combine(data["answer_by"] + timedelta(days=1), time(), tzinfo=CITY_ZONE)
        return {
            "pay": int(data["pay"] * FEN),
            "pay_months": data["pay_months"],
            "start_date": data["start_date"],
            "expires_at": end,
            "text": data["text"],
        }


class HireForm(forms.Form):
    start_date = forms.DateField(label=_("实际入职日期"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class AnswerAllForm(forms.Form):
    """Why everybody still waiting at an opening that ended is told no."""

    reason = forms.ChoiceField(
        label=_("统一答复的原因"),
        choices=[(reason.value, reason.label) for reason in (RefusalReason.FILLED, RefusalReason.CANCELLED)],
        widget=forms.RadioSelect,
    )
