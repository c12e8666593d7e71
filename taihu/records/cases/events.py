"""What happens to official cases, told to whoever started them."""

from dataclasses import dataclass
from typing import ClassVar

from taihu.records.base.events import Event


@dataclass(frozen=True, kw_only=True)
class CaseMoved(Event):
    """A case entered a stage; `kind` is the kind of stage."""

    name: ClassVar[str] = "cases.moved"
    case_id: int
    origin: str
    stage: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class CaseReturned(Event):
    """A case went back to the applicant for correction."""

    name: ClassVar[str] = "cases.returned"
    case_id: int
    origin: str
    run_id: int


@dataclass(frozen=True, kw_only=True)
class CaseDecided(Event):
    """A body decided; `resolution` is grant or refuse."""

    name: ClassVar[str] = "cases.decided"
    case_id: int
    origin: str
    decision_id: int
    resolution: str


@dataclass(frozen=True, kw_only=True)
class ExpertAssigned(Event):
    """An expert is asked to review a case."""

    name: ClassVar[str] = "cases.expert_assigned"
    case_id: int
    origin: str
    sheet_id: int


@dataclass(frozen=True, kw_only=True)
class CasePaymentReady(Event):
    """A case reached a payment stage: `parts` of its money (first, rest, all) may be paid."""

    name: ClassVar[str] = "cases.payment_ready"
    case_id: int
    origin: str
    run_id: int
    parts: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """A case came to an end."""

    name: ClassVar[str] = "cases.closed"
    case_id: int
    origin: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class StageOverdue(Event):
    """A stage ran over its term and was reported upwards."""

    name: ClassVar[str] = "cases.stage_overdue"
    case_id: int
    origin: str
    run_id: int
    level: int


@dataclass(frozen=True, kw_only=True)
class TermsDue(Event):
    """The regular look at terms: overdue stages, silent departments, notices that ended."""

    name: ClassVar[str] = "cases.terms_due"
