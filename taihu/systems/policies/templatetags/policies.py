"""Words of the policy pages."""

from datetime import date

from django import template
from django.utils.translation import gettext as _

from taihu.engines.rules.results import ClauseFinding, Reading, Status
from taihu.records.base.language import said
from taihu.systems.policies import words
from taihu.systems.policies.enums import Group, VersionState
from taihu.systems.policies.models import PolicyVersion
from taihu.systems.policies.pages import CaseLine
from taihu.systems.policies.queries.entitlements import Entitlement, Standing

register = template.Library()
KINDS = {
    Group.ENTITLED: "good",
    Group.DECISION: "wait",
    Group.CHECK: "wait",
    Group.NEAR: "info",
    Group.SCARCE: "off",
    Group.NO: "off",
    Group.ELSEWHERE: "off",
}
MARKS = {"holds": "check", "exempt": "check", "unknown": "question", "fails": "close"}


@register.filter
def group_kind(group: str) -> str:
    """The kind of badge of a group."""
    return KINDS.get(Group(group), "off")


@register.filter
def group_label(group: str) -> str:
    return str(Group(group).label)


@register.filter
def clause_icon(state: str) -> str:
    return MARKS.get(state, "minus")


@register.filter
def clause_state(clause: ClauseFinding) -> str:
    """The state of a clause for those who do not see the mark; of what must not be: whether it is."""
    if clause.is_unwanted and clause.state in ("holds", "fails"):
        return _("有这种情况") if clause.state == "holds" else _("没有这种情况")
    words = {"holds": _("符合"), "exempt": _("可以不看这一项"), "unknown": _("未知"), "fails": _("不符合")}
    return words[clause.state]


@register.filter
def requires_sentence(clause: ClauseFinding) -> str:
    """What is asked, as a sentence of its own."""
    text = clause.requires
    return said(f"{text}。", f"{text[:1].upper()}{text[1:]}.")


@register.filter
def reading_sentence(reading: Reading) -> str:
    """What the city knows under one name: value, source, day."""
    names = {"label": reading.label, "value": reading.value, "source": reading.source, "day": reading.fetched_at}
    if not reading.is_known and not reading.fetched_at:
        return (
            _("%(label)s：还没有查到（%(source)s）") % names if reading.source else _("%(label)s：还没有查到") % names
        )
    if reading.source and reading.fetched_at:
        return _("%(label)s：%(value)s（%(source)s，%(day)s 核对）") % names
    return _("%(label)s：%(value)s（%(source)s）") % names if reading.source else _("%(label)s：%(value)s") % names


@register.filter
def payer(name: str) -> str:
    return words.payer_name(name)


@register.filter
def level(name: str) -> str:
    return words.level_name(name)


@register.simple_tag
def failing_words(clause: ClauseFinding) -> str:
    """A condition that fails, with what stands in the way and the day on which it will not."""
    later = _("，%(day)s 起符合") % {"day": clause.becomes_true_on} if clause.becomes_true_on else ""
    condition = f"{clause.text}{later}"
    return _("%(condition)s：%(gap)s") % {"condition": condition, "gap": clause.gap} if clause.gap else condition


@register.simple_tag
def lost_words(item: Entitlement, standing: Standing) -> str:
    """Why something that a person qualifies for is not paid, or not in full."""
    lost = item.explanation.lost_to
    if lost == "household":
        return _("同一家庭只能由一人享受，已由家人享受。")
    if lost == "choice":
        return _("几项政策只能选一项，选定后再拨付。")
    other = standing.of(lost)
    if other is not None:
        return _("与“%(other)s”只能享受一项，按后者拨付。") % {"other": other.explanation.title}
    return _("与其他政策合计的上限已用完。")


@register.simple_tag
def policy_title(version: PolicyVersion) -> str:
    """The title in the reader's language."""
    return said(version.title, version.title_en)


@register.inclusion_tag("policies/public/badge.html")
def version_badge(version: PolicyVersion, today: date) -> dict[str, str]:
    """Whether a version holds on a day."""
    if version.state == VersionState.WITHDRAWN:
        return {"kind": "off", "text": str(VersionState.WITHDRAWN.label)}
    if version.state == VersionState.DRAFT:
        return {"kind": "wait", "text": str(VersionState.DRAFT.label)}
    if version.effective_from and version.effective_from > today:
        return {"kind": "info", "text": _("尚未生效")}
    if version.effective_to and version.effective_to <= today:
        return {"kind": "off", "text": _("已失效")}
    return {"kind": "good", "text": _("有效")}


@register.inclusion_tag("policies/public/badge.html")
def case_badge(case: CaseLine) -> dict[str, str]:
    """What a worked case comes to."""
    kinds = {Status.YES: "good", Status.NO: "off", Status.UNKNOWN: "wait", Status.NEEDS_DECISION: "wait"}
    texts = {
        Status.YES: case.talent_class or _("符合"),
        Status.NO: _("不符合"),
        Status.UNKNOWN: _("需要核实"),
        Status.NEEDS_DECISION: _("等待决策"),
        Status.NOT_APPLICABLE: _("适用其他版本"),
    }
    return {"kind": kinds.get(case.status, "off"), "text": texts[case.status]}


@register.filter
def stopping_words(item: Entitlement) -> str:
    """What keeps a person from a policy: the conditions that fail or are open, or what the amount still needs."""
    found = item.explanation
    stopping = {*found.failing, *found.unknown}
    return "；".join([*(clause.text for clause in found.clauses if clause.id in stopping), *item.amount_needs])
