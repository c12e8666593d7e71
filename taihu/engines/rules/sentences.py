"""The sentences of a notice: what somebody is told first, before the details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from .results import ClauseFinding, Explanation, Status
from .sets import PolicySet
from .tree import Layer, Step
from .values import show_money
from .words import Wording

_STEPS = {
    "cap": ("不超过", "at most"),
    "floor": ("不少于", "at least"),
    "add": ("加", "plus"),
    "deduct": ("扣除", "less"),
    "uplift": ("上浮", "raised by"),
    "share": ("乘以比例", "times"),
    "times": ("乘以", "times"),
    "limit": ("累计上限", "overall limit"),
    "round_down": ("向下取整到", "rounded down to"),
    "round_up": ("向上取整到", "rounded up to"),
    "round_half_up": ("四舍五入到", "rounded to"),
}

#: What a group of alternatives without words of its own is called.
ANY_OF = ("符合下列任一项", "any of the following")
_PER = {"year": ("每年上限", "limit for the year"), "project": ("项目上限", "limit for the project")}


def step_text(layer: Layer | None, step: Step | None, wording: Wording) -> str:
    """What a line of the calculation does."""
    if step is None:
        assert layer is not None
        label = layer.text.say(wording.language) if layer.text else wording.pick("标准", "standard")
        return f"{label}：{wording.say(layer.base)}" if wording.is_chinese else f"{label}: {wording.say(layer.base)}"
    zh, en = _PER[step.per] if step.op == "limit" and step.per in _PER else _STEPS[step.op]
    value = wording.say_share(step.value) if step.op in ("share", "uplift") else wording.say(step.value)
    text = f"{wording.pick(zh, en)} {value}"
    if step.used is not None:
        used = wording.value(step.used, wording.reader.value(step.used))
        text += wording.pick(f"，已用 {used}", f", {used} of it used")
    return f"{step.text.say(wording.language)}{wording.pick('', ' ')}{wording.bracketed(text)}" if step.text else text


def sentences_of(explanation: Explanation, policies: PolicySet, wording: Wording) -> Explanation:
    """The explanation with its sentences."""
    found = [_first(explanation, policies, wording)]
    found.extend(_failings(explanation, wording))
    found.extend(_unknown(item, wording) for item in explanation.clauses if item.id in explanation.unknown)
    if explanation.becomes_true_on:
        day = explanation.becomes_true_on
        found.append(
            wording.pick(
                f"若情况不变，最早 {day} 符合条件。", f"If nothing else changes, the conditions hold from {day}."
            )
        )
    if explanation.status is Status.UNKNOWN and not explanation.unknown and explanation.missing_facts:
        found.append(
            wording.pick(
                "各项条件都符合，还缺资料才能算出金额。", "Every condition holds; the amount cannot be worked out yet."
            )
        )
    if explanation.next_question_text:
        found.append(explanation.next_question_text)
    if explanation.evidence_missing:
        documents = wording.pick("、", ", ").join(explanation.evidence_missing)
        found.append(wording.pick(f"需要材料：{documents}。", f"Evidence needed: {documents}."))
    found.extend(_lost(explanation, policies, wording))
    parts = [part for part in explanation.instalments if part.amount]
    for part in parts if len(parts) > 1 else ():
        amount = show_money(part.amount, wording.language)
        found.append(wording.pick(f"{part.due or '日期待定'} 拨付 {amount}。", f"{amount} due {part.due or 'later'}."))
    if explanation.notice:
        found.append(explanation.notice)
    return replace(explanation, sentences=tuple(found))


def _first(explanation: Explanation, policies: PolicySet, wording: Wording) -> str:
    title, amount = explanation.title, show_money(explanation.payable, wording.language)
    if explanation.status is Status.YES:
        ground = explanation.talent_class
        if ground:
            return wording.pick(f"{title}：符合，类别 {ground}。", f"{title}: recognised as class {ground}.")
        if explanation.amount and not explanation.payable:
            return wording.pick(f"{title}：符合条件，但不发放。", f"{title}: the conditions hold, but nothing is paid.")
        if not explanation.steps:
            return wording.pick(f"{title}：符合条件。", f"{title}: the conditions hold.")
        return wording.pick(f"{title}：符合条件，可得 {amount}。", f"{title}: entitled to {amount}.")
    texts = {
        Status.NO: ("不符合条件", "the conditions are not met"),
        Status.UNKNOWN: ("缺少信息，由人工审核", "information is missing; a person will review it"),
        Status.NOT_APPLICABLE: ("按日期适用其他版本", "another version applies by its dates"),
        Status.NEEDS_DECISION: ("条件符合，待集体决策确定金额", "the conditions hold; the amount awaits a decision"),
    }
    zh, en = texts[explanation.status]
    versions = {item.key for item in policies.policies if item.id == explanation.policy.partition("@")[0]}
    if explanation.status is Status.NOT_APPLICABLE and len(versions) == 1:
        zh, en = "按日期不在适用范围内", "it does not apply by its dates"
    return wording.pick(f"{title}：{zh}。", f"{title}: {en}.")


def _failings(explanation: Explanation, wording: Wording) -> Iterator[str]:
    """What is not met; before alternatives, that one of them is enough."""
    for place, item in enumerate(explanation.clauses):
        if item.id in explanation.failing:
            yield _failing(item, wording)
        elif item.is_choice and item.state == "fails" and not item.is_unwanted:
            below = _below(explanation.clauses, place)
            if sum(part.id in explanation.failing for part in below) > 1:
                said = wording.pick("以下符合一项即可", "One of the following is enough") + _article(item, wording)
                text = "" if item.text in ANY_OF else wording.pick(f"：{item.text}", f": {item.text}")
                yield said + text + wording.pick("。", ".")


def _below(clauses: Sequence[ClauseFinding], place: int) -> list[ClauseFinding]:
    """The clauses under the one at a place."""
    depth = clauses[place].depth
    return list(takewhile(lambda item: item.depth > depth, clauses[place + 1 :]))


def _failing(item: ClauseFinding, wording: Wording) -> str:
    """Not met: what is asked, what stands in the way (or what was read), from when it is met."""
    why = item.gap or _found(item, wording)
    later = wording.pick(f"{item.becomes_true_on}起符合。", f"Met from {item.becomes_true_on}.")
    zh, en = ("不应有的情况", "Rules it out") if item.is_unwanted else ("未满足", "Not met")
    return _joined(
        wording.pick(f"{zh}{_article(item, wording)}：{item.text}。", f"{en}{_article(item, wording)}: {item.text}."),
        why,
        later if item.becomes_true_on else "",
        wording,
    )


def _unknown(item: ClauseFinding, wording: Wording) -> str:
    return _joined(
        wording.pick(
            f"还不能判断{_article(item, wording)}：{item.text}。", f"Open{_article(item, wording)}: {item.text}."
        ),
        item.missing_text,
        "",
        wording,
    )


def _joined(first: str, second: str, third: str, wording: Wording) -> str:
    return wording.pick("", " ").join(part for part in (first, second, third) if part)


def _article(item: ClauseFinding, wording: Wording) -> str:
    return wording.pick(f"（{item.article}）", f" ({item.article})") if item.article else ""


def _found(item: ClauseFinding, wording: Wording) -> str:
    known = [f"{reading.label}{wording.pick('：', ': ')}{reading.value}" for reading in item.readings]
    text = wording.pick("；", "; ").join(known)
    return wording.pick(f"查到{text}。", f"On record: {text}.") if text else ""


def _lost(explanation: Explanation, policies: PolicySet, wording: Wording) -> list[str]:
    if explanation.lost_to == "cap":
        return [wording.pick("与其他政策合计的上限已用完。", "The ceiling shared with other policies is used up.")]
    if not explanation.lost_to and explanation.payable < explanation.amount:
        full = show_money(explanation.amount, wording.language)
        return [
            wording.pick(
                f"原可得 {full}，因与其他政策合计的上限而减少。",
                f"Reduced from {full} by a ceiling shared with other policies.",
            )
        ]
    if not explanation.lost_to:
        return []
    if explanation.lost_to == "household":
        return [wording.pick("由家庭其他成员享受。", "Another member of the household receives it.")]
    if explanation.lost_to == "choice":
        return [
            wording.pick("与其他政策只能选一项，请选择。", "Only one of several policies can be taken: please choose.")
        ]
    other = next(item for item in policies.policies if item.id == explanation.lost_to)
    title = other.title.say(wording.language)
    return [wording.pick(f"不重复享受：已按“{title}”计。", f"Not paid twice: “{title}” counts instead.")]
