"""The case file to print: what `file.html` shows, as a PDF that says the same on every machine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from taihu.engines.rules.kinds import Kind
from taihu.engines.rules.values import show_money
from taihu.records.base.language import language
from taihu.records.base.pdf import Block, Heading, Pairs, Paragraph, Table, write_pdf
from taihu.records.cases.models import Case, DecisionRecord
from taihu.records.cases.queries.progress import clock_of, runs_of, timeline


@dataclass(frozen=True)
class CaseWords:
    """How a case's form reads, as the system that asked for it knows: (label, value) in its order, and names of documents."""

    form: Sequence[tuple[str, str]] = ()
    documents: Mapping[str, str] = field(default_factory=dict)


def words_of(case: Case) -> CaseWords:
    """What the procedure reads is named and shown as its facts say; the rest keeps the name that it has in the data."""
    return CaseWords([_field(case, name, value) for name, value in sorted(case.data.items())])


def case_paper(case: Case, words: CaseWords, *, at: datetime) -> bytes:
    """A case from its form to its history; experts stay unnamed."""
    title = f"{_('案卷')} {case.number}".strip()
    return write_pdf(title, _blocks(case, words, at), subtitle=case.title)


def _blocks(case: Case, words: CaseWords, at: datetime) -> Iterator[Block]:
    runs = runs_of(case)
    clock = clock_of(case, runs, at=case.closed_at or at)
    limit = f" / {clock.limit}" if clock.limit else ""
    yield Pairs(
        [
            (_("流程"), f"{case.procedure.title}（{case.procedure.template.key}）"),
            (_("依据"), case.procedure.document),
            (_("申请人"), case.applicant),
            (_("单位"), case.organisation.name if case.organisation else ""),
            (_("提交时间"), _moment(case.submitted_at)),
            (_("状态"), f"{case.get_state_display()} {case.get_outcome_display()}"),
            (_("已用工作日"), f"{clock.used}{limit}"),
        ]
    )
    if words.form:
        yield Heading(_("申请内容"))
        yield Pairs(words.form)
    yield Heading(_("环节"))
    yield Table(
        (_("环节"), _("承办单位"), _("开始"), _("结束"), _("结果"), _("理由")),
        [
            (
                run.template.name.say(language()),
                run.unit.title if run.unit else "",
                _moment(run.opened_at),
                _moment(run.closed_at),
                str(run.get_state_display()),
                run.reason,
            )
            for run in runs
        ],
    )
    for decision in case.decisions.order_by("pk"):
        yield from _decision(decision)
    yield from _papers(case, words)
    yield Heading(_("办理经过"))
    for event in timeline(case):
        who = f"{event.actor}（{event.on_behalf_of}）" if event.on_behalf_of else event.actor
        yield Paragraph(
            " ".join([_moment(event.at), str(event.get_verb_display()), who, event.reason]).strip(), is_small=True
        )


def _field(case: Case, name: str, value: Any) -> tuple[str, str]:
    fact = case.procedure.template.catalogue.facts.get(name)
    if fact is None:
        return name, str(value)
    is_money = fact.type.kind is Kind.MONEY and isinstance(value, int)
    return fact.label.say(language()), show_money(value, language()) if is_money else str(value)


def _decision(decision: DecisionRecord) -> Iterator[Block]:
    yield Heading(_("决策记录"))
    recusals = "、".join(f"{item['name']}（{item['reason']}）" for item in decision.recusals)
    yield Pairs(
        [
            (_("决策主体"), str(decision.get_body_display())),
            (_("会议"), f"{decision.meeting} {decision.held_on or ''} {_('纪要')} {decision.minutes}"),
            (_("到会人员"), "、".join(decision.attendees)),
            (_("回避"), recusals),
            (_("结果"), str(decision.get_resolution_display())),
            (_("理由"), decision.grounds),
            (_("文号"), decision.document_number),
        ]
    )


def _papers(case: Case, words: CaseWords) -> Iterator[Block]:
    rows = list(case.attachments.order_by("pk"))
    if not rows:
        return
    yield Heading(_("材料"))
    for number, row in enumerate(rows, 1):
        checked = f" {_('已核验')}：{row.verified_how}" if row.verified_at else ""
        yield Paragraph(f"{number}. {words.documents.get(row.kind, row.kind)}：{row.name}{checked}")
        yield Paragraph(f"SHA-256 {row.digest}", is_small=True)


def _moment(at: Any) -> str:
    return localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""
