"""The letter that a person reads when an employer says no: thanks, the reason in plain words, and what now.

It is written when it is read, in the reader's language, from the reason that the employer chose; the employer sees the
same letter before it is sent. A reason tied to a protected attribute cannot be chosen, so no letter can give one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.systems.jobs.enums import ApplicationState, RefusalReason
from taihu.systems.jobs.models import Application, ApplicationEvent

_WHY: dict[str, str | Promise] = {
    RefusalReason.SKILLS: gettext_lazy("这个岗位需要的技能与您资料中的技能还有差距。"),
    RefusalReason.EXPERIENCE: gettext_lazy("这个岗位需要的工作经验与您资料中的经验还有差距。"),
    RefusalReason.EDUCATION: gettext_lazy("这个岗位要求的学历或专业与您资料中的不一致。"),
    RefusalReason.CERTIFICATE: gettext_lazy("这个岗位必需的证书，在您的资料中没有看到。"),
    RefusalReason.PAY: gettext_lazy("双方对待遇的期望没有达成一致。"),
    RefusalReason.TIME: gettext_lazy("到岗时间与岗位的安排对不上。"),
    RefusalReason.PLACE: gettext_lazy("工作地点与您的期望对不上。"),
    RefusalReason.FILLED: gettext_lazy("这个岗位已经招满。这与您的条件无关。"),
    RefusalReason.CANCELLED: gettext_lazy("这个岗位取消了招聘。这与您的条件无关。"),
    RefusalReason.OTHER_CANDIDATE: gettext_lazy("这次有更贴近岗位要求的人选。"),
    RefusalReason.NO_SHOW: gettext_lazy("约定的面试您没有参加，也没有另约时间。"),
    RefusalReason.INCOMPLETE: gettext_lazy("您的材料不完整，无法判断是否符合要求。"),
}
_NEXT: dict[str, str | Promise] = {
    RefusalReason.SKILLS: gettext_lazy("如果您其实具备相关技能，请补充到资料里，系统会重新为您推荐。"),
    RefusalReason.CERTIFICATE: gettext_lazy("如果您持有相关证书，请补充到资料里。"),
    RefusalReason.PAY: gettext_lazy("可以在“我的资料与意向”里调整期望薪资，系统会据此推荐。"),
    RefusalReason.PLACE: gettext_lazy("可以在“我的资料与意向”里选择想去的地方，系统会据此推荐。"),
    RefusalReason.INCOMPLETE: gettext_lazy("请把简历补充完整，再投递其他岗位。"),
}


@dataclass(frozen=True)
class Letter:
    """`note` is the employer's own sentence, shown as a quotation."""

    greeting: str
    paragraphs: tuple[str, ...]
    note: str
    signature: str


def refusal_letter(*, name: str, title: str, organisation: str, reason: str, note: str = "") -> Letter:
    """The letter for one reason of the list."""
    thanks = _("感谢您投递“%(title)s”。我们认真看了您的材料，这次不能录用您。") % {"title": title}
    then = _NEXT.get(reason) or _("您的资料仍然有效，系统会继续为您推荐合适的岗位。")
    return Letter(
        greeting=_("%(name)s，您好：") % {"name": name},
        paragraphs=(thanks, _("原因：%(why)s") % {"why": _WHY[reason]}, str(then)),
        note=note.strip(),
        signature=organisation,
    )


def letter_of(application: Application, events: Iterable[ApplicationEvent]) -> Letter | None:
    """The letter of an application that was refused, with the note that came with the refusal."""
    if application.state != ApplicationState.REFUSED or application.refusal_reason not in _WHY:
        return None
    note = next((event.note for event in events if event.to_state == ApplicationState.REFUSED), "")
    return refusal_letter(
        name=str(application.person),
        title=application.opening.title,
        organisation=application.opening.organisation.name,
        reason=application.refusal_reason,
        note=note,
    )
