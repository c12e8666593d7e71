from taihu.records.cases.models.cases import Attachment, Case, CaseEvent, CaseNumber, StageRun
from taihu.records.cases.models.checks import Check
from taihu.records.cases.models.decisions import Appeal, DecisionRecord
from taihu.records.cases.models.notices import NoticeEntry, Objection, PublicNotice
from taihu.records.cases.models.procedures import ProcedureVersion
from taihu.records.cases.models.reviews import ReviewSheet

__all__ = [
    "Appeal",
    "Attachment",
    "Case",
    "CaseEvent",
    "CaseNumber",
    "Check",
    "DecisionRecord",
    "NoticeEntry",
    "Objection",
    "ProcedureVersion",
    "PublicNotice",
    "ReviewSheet",
    "StageRun",
]
