"""Writes on money: one verb each."""

from taihu.records.ledger.actions.batches import (
    approve_batch,
    export_batch,
    mark_unpaid,
    propose_batch,
    reject_batch,
)
from taihu.records.ledger.actions.clearing import (
    RecheckReport,
    cancel_held,
    clear_held,
    hold_instalments,
    postpone_held,
    recheck_due,
    release_returned,
    resume_instalments,
)
from taihu.records.ledger.actions.commitments import cancel_instalments, commit, commit_all
from taihu.records.ledger.actions.lines import (
    CarryReport,
    carry_over,
    change_line,
    create_line,
    grant_missing,
    grant_override,
)
from taihu.records.ledger.actions.payees import set_payee_account
from taihu.records.ledger.actions.recoveries import (
    demand_recovery,
    offset_recovery,
    receive_repayment,
    reverse_receipt,
    waive_recovery,
    withdraw_recovery,
)
from taihu.records.ledger.actions.returns import import_return
from taihu.records.ledger.actions.superseding import HigherStandard, raise_commitment, supersede

__all__ = [
    "CarryReport",
    "HigherStandard",
    "RecheckReport",
    "approve_batch",
    "cancel_held",
    "cancel_instalments",
    "carry_over",
    "change_line",
    "clear_held",
    "commit",
    "commit_all",
    "create_line",
    "demand_recovery",
    "export_batch",
    "grant_missing",
    "grant_override",
    "hold_instalments",
    "import_return",
    "mark_unpaid",
    "offset_recovery",
    "postpone_held",
    "propose_batch",
    "raise_commitment",
    "receive_repayment",
    "recheck_due",
    "reject_batch",
    "release_returned",
    "resume_instalments",
    "reverse_receipt",
    "set_payee_account",
    "supersede",
    "waive_recovery",
    "withdraw_recovery",
]
