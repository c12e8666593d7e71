"""Writes on official cases: one verb each."""

from taihu.records.cases.actions.appeals import decide_appeal, file_appeal
from taihu.records.cases.actions.attachments import attach, remove_attachment, verify_attachment
from taihu.records.cases.actions.checks import BatchReport, answer_check, receive_check_batch, send_check_batch
from taihu.records.cases.actions.decisions import Minutes, body_for, record_decision
from taihu.records.cases.actions.notices import publish_notice, withdraw_notice
from taihu.records.cases.actions.objections import file_objection, handle_objection
from taihu.records.cases.actions.opening import Units, end_case, open_case, save_form, submit_case, withdraw_case
from taihu.records.cases.actions.procedures import add_procedure, load_shipped
from taihu.records.cases.actions.reviews import (
    assign_expert,
    conclude_review,
    count_sheets,
    mark_absent,
    recuse,
    submit_sheet,
)
from taihu.records.cases.actions.steps import (
    confirm_payment,
    delegate,
    fail_stage,
    issue_document,
    pass_stage,
    return_for_correction,
)
from taihu.records.cases.actions.terms import look_at_terms

__all__ = [
    "BatchReport",
    "Minutes",
    "Units",
    "add_procedure",
    "answer_check",
    "assign_expert",
    "attach",
    "body_for",
    "conclude_review",
    "confirm_payment",
    "count_sheets",
    "decide_appeal",
    "delegate",
    "end_case",
    "fail_stage",
    "file_appeal",
    "file_objection",
    "handle_objection",
    "issue_document",
    "load_shipped",
    "look_at_terms",
    "mark_absent",
    "open_case",
    "pass_stage",
    "publish_notice",
    "receive_check_batch",
    "record_decision",
    "recuse",
    "remove_attachment",
    "return_for_correction",
    "save_form",
    "send_check_batch",
    "submit_case",
    "submit_sheet",
    "verify_attachment",
    "withdraw_case",
    "withdraw_notice",
]
