"""A procedure template as read from its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.errors import NOWHERE, Place
from taihu.engines.rules.tree import Expr, Words
from taihu.records.cases.procedures.terms import Term


class Kind(StrEnum):
    """What happens at a stage (环节)."""

    DRAFT = "draft"  # 填报
    EMPLOYER_CHECK = "employer_check"  # 单位审核
    DISTRICT_CHECK = "district_check"  # 属地初审
    FORMAL_CHECK = "formal_check"  # 形式审查
    DEPARTMENT_CHECKS = "department_checks"  # 部门联审
    EXPERT_REVIEW = "expert_review"  # 专家评审
    SITE_VISIT = "site_visit"  # 实地考察、尽职调查
    GRADING = "grading"  # 拟定档次
    DECISION = "decision"  # 决策
    PUBLIC_NOTICE = "public_notice"  # 公示
    DOCUMENT = "document"  # 发文
    PROOF = "proof"  # 申请人补交证明，如落地、合同
    CONTRACT = "contract"  # 签约
    PAYMENT = "payment"  # 拨付
    MIDTERM = "midterm"  # 中期评估
    ACCEPTANCE = "acceptance"  # 验收
    CLOSED = "closed"  # 办结


class Role(StrEnum):
    """Who acts at a stage; a case knows which unit, account or organisation that is."""

    APPLICANT = "applicant"
    EMPLOYER = "employer"
    DISTRICT = "district"
    DEPARTMENT = "department"
    OFFICE = "office"
    FINANCE = "finance"


class Mode(StrEnum):
    """How experts review (评审方式)."""

    ONLINE = "online"  # 网评
    LETTER = "letter"  # 函评
    ROADSHOW = "roadshow"  # 路演
    PANEL = "panel"  # 会评
    SECRET_VOTE = "secret_vote"  # noqa: S105 - 无记名投票, a way of voting


class Body(StrEnum):
    """Who decides (决策主体)."""

    OFFICE_MEETING = "office_meeting"  # 主任会议
    LEADING_GROUP = "leading_group"  # 人才工作领导小组
    STANDING_COMMITTEE = "standing_committee"  # 市委常委会
    BUREAU_MEETING = "bureau_meeting"  # 局长办公会
    DISTRICT_OFFICE = "district_office"  # 区（县）人才办


class Outcome(StrEnum):
    """How a case ends."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


ESCALATE, PASS, END = "escalate", "pass", "end"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes next, if the condition (none: always) holds."""

    to: str
    when: Expr | None = None
    text: str = ""
    place: Place = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Returns:
    """Return for correction (补正): to which stage, how often, within which term, and what if the term passes."""

    to: str
    limit: int
    within: Term
    overdue: str = ESCALATE


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One question to one department. `on_silence`: escalate, or pass where the procedure says so."""

    id: str
    department: str
    question: Words
    within: Term
    property: str = ""
    yes: str = "known"
    on_silence: str = ESCALATE


@dataclass(frozen=True, slots=True)
class Threshold:
    """When experts' opinion lets a case go on. `of_present`: the share counts those present, else all that were asked."""

    mode: Mode
    experts: int
    agree: Fraction | None = None
    of_present: bool = False
    score: int | None = None
    is_trimmed: bool = False
    quorum: Fraction | None = None
    differs_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deciding:
    body: Body
    when: Expr | None = None


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """A public notice: how long, what is shown, how long the page stays afterwards."""

    period: Term
    shows: tuple[str, ...]
    masks_name: bool
    keep: Term
    needs_evidence: bool
    where: str = "public"


@dataclass(frozen=True, slots=True)
class Stage:
    id: str
    kind: Kind
    name: Words
    role: Role
    within: Term | None = None
    at_least: Term | None = None
    routes: tuple[Route, ...] = ()
    fork: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    fails: str = ""
    returns: Returns | None = None
    overdue: str = ESCALATE
    sets: tuple[str, ...] = ()
    is_delegable: bool = False
    is_counted: bool = True
    checks: tuple[CheckItem, ...] = ()
    review: Threshold | None = None
    bodies: tuple[Deciding, ...] = ()
    notice: NoticeRule | None = None
    parts: str = ""
    outcome: Outcome | None = None
    place: Place = field(default=NOWHERE, compare=False, repr=False)

    @property
    def is_end(self) -> bool:
        return self.kind is Kind.CLOSED

    def targets(self) -> Iterator[str]:
        """Every stage a case may go to from here."""
        yield from (route.to for route in self.routes)
        yield from self.fork
        if self.fails:
            yield self.fails
        if self.returns:
            yield self.returns.to


@dataclass(frozen=True, slots=True)
class Appeal:
    """Review of a refusal (复核): until when it may be asked for, in which time it is answered, where an upheld one goes."""

    within: Term
    answer_within: Term
    to: str


@dataclass(frozen=True, slots=True)
class Procedure:
    id: str
    version: str
    title: Words
    document: str
    basis: str
    number: str
    is_example: bool
    notice: Words | None
    effective_from: date
    effective_to: date | None
    within: Term | None
    appeal: Appeal | None
    catalogue: Catalogue
    stages: tuple[Stage, ...]
    file: str = ""
    source: str = field(default="", compare=False, repr=False)

    @property
    def key(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def first(self) -> Stage:
        return self.stages[0]

    def stage(self, identifier: str) -> Stage:
        return next(stage for stage in self.stages if stage.id == identifier)

    def has_stage(self, identifier: str) -> bool:
        return any(stage.id == identifier for stage in self.stages)

    def main_path(self) -> tuple[Stage, ...]:
        """The stages in the order of the file without the ends: what a status page shows."""
        return tuple(stage for stage in self.stages if not stage.is_end)
