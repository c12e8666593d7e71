"""The decision letter: who decided what on which grounds, as a page and as a paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from taihu.engines.text.script import in_script
from taihu.records.base.clock import city_date
from taihu.records.base.language import language, said
from taihu.records.base.pdf import Block, Heading, Paragraph, Table, write_pdf
from taihu.records.cases.enums import CaseOutcome, CaseState, RunState
from taihu.records.cases.models import Case, DecisionRecord, StageRun
from taihu.records.ledger.models import Instalment
from taihu.systems.policies.models import Application
from taihu.systems.policies.queries.applications import appeal_until, payments_of
from taihu.systems.policies.words import source_name, yuan


@dataclass(frozen=True)
class Letter:
    """What a letter says; `failed` is the stage at which it ended without success."""

    application: Application
    case: Case
    decision: DecisionRecord | None
    failed: StageRun | None
    payments: list[Instalment]

    @property
    def appeal_until(self) -> date | None:
        return appeal_until(self.case)

    @property
    def overrules(self) -> bool:
        """Whether somebody refused what the rules allow: then the rules' words are no reason of the refusal."""
        return self.case.outcome == CaseOutcome.REFUSED and self.application.entitlement.get("status") in (
            "yes",
            "needs_decision",
        )


def letter_of(application: Application) -> Letter | None:
    """The letter of an application, None before anything is decided."""
    case = application.case
    assert case is not None
    decisions = case.decisions.exclude(resolution="defer").order_by("-pk")
    decision = decisions.first()
    if case.state != CaseState.CLOSED and decision is None:
        return None
    failed = case.runs.filter(state=RunState.FAILED).order_by("-pk").first()
    return Letter(application, case, decision, failed, list(payments_of(application)))


def letter_paper(letter: Letter) -> bytes:
    """The letter as a PDF in the reader's language."""
    numbers = [letter.case.number, letter.decision.document_number if letter.decision else ""]
    return write_pdf(_("决定书"), _blocks(letter), subtitle=" · ".join(filter(None, numbers)))


def _blocks(letter: Letter) -> Iterator[Block]:
    case, track = letter.case, letter.application.track.words
    yield Paragraph(f"{case.applicant}：")
    words = {"day": _day(case.submitted_at), "track": said(track["zh"], track["en"])}
    yield Paragraph(_("您于 %(day)s 提交的“%(track)s”申报已经办理。") % words)
    yield from _outcome(letter)
    yield from _reasons(letter)
    if letter.payments:
        yield Heading(_("拨付安排"))
        yield Table(
            (_("期"), _("应付日期"), _("金额"), _("状态")),
            [
                (str(part.number), part.due_date.isoformat(), yuan(part.amount), str(part.get_state_display()))
                for part in letter.payments
            ],
        )
    if case.outcome == CaseOutcome.REFUSED:
        yield Heading(_("救济途径"))
        last = letter.appeal_until
        appeal = _("可以在 %(day)s 之前（含当日）在“我的申报”里申请复核；") % {"day": last} if last else ""
        yield Paragraph(f"{appeal}{_('也可以依法申请行政复议或提起行政诉讼。')}")
    if case.office_unit:
        yield Paragraph(case.office_unit.title)


def _outcome(letter: Letter) -> Iterator[Block]:
    case, decision = letter.case, letter.decision
    if case.outcome == CaseOutcome.REFUSED:
        yield Heading(_("决定：不予通过"))
        yield Paragraph((letter.failed.reason if letter.failed else "") or (decision.grounds if decision else ""))
        if letter.failed:
            stage = letter.failed.template.name.say(language())
            yield Paragraph(f"{_('作出决定的环节')}：{stage}", is_small=True)
    elif case.outcome == CaseOutcome.WITHDRAWN:
        yield Heading(_("申报已由申请人撤回"))
    elif case.outcome == CaseOutcome.ENDED:
        yield Heading(_("申报已终止"))
    else:
        yield Heading(_("决定：予以支持"))
        if decision:
            yield Paragraph(decision.grounds)
        if decision and decision.amount:
            yield Paragraph(f"{_('支持金额')}：{yuan(decision.amount)}")
    if decision:
        body = [
            str(decision.get_body_display()),
            decision.meeting,
            str(decision.held_on or ""),
            f"{_('纪要')} {decision.minutes}",
        ]
        yield Paragraph(" · ".join(filter(None, body)), is_small=True)


def _reasons(letter: Letter) -> Iterator[Block]:
    kept = letter.application.entitlement
    found = in_script(kept.get("en" if language() == "en" else "zh", {}), language())
    if found:
        yield Heading(_("按政策核对的结果") if letter.overrules else _("依据和理由"))
        if letter.overrules:
            yield Paragraph(_("下面是申报时按登记数据核对政策条件的结果，不改变上面的决定和理由。"), is_small=True)
        yield Paragraph(f"{found['title']} {found['document']}", is_small=True)
        yield from (Paragraph(sentence) for sentence in found["sentences"])
    if kept.get("facts"):
        yield Heading(_("所依据的信息"))
        yield Table(
            (_("名称"), _("内容"), _("来源"), _("更新日期")),
            [
                (_words(item["label"]), _words(item["value"]), source_name(item["source"]), item["since"])
                for item in kept["facts"]
            ],
        )


def _words(kept: Any) -> str:
    """A text kept in two languages, or in one where it was kept before there were two."""
    return said(kept["zh"], kept["en"]) if isinstance(kept, dict) else str(kept)


def _day(at: datetime | None) -> str:
    return city_date(at).isoformat() if at else ""
