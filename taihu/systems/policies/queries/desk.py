"""What waits on an officer's desk: cases, lists without application, corrections, money that was held or is owed."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from taihu.records.base.clock import city_date
from taihu.records.base.queues import Queue, count_queue
from taihu.records.cases.queries.queues import open_appeals, open_checks, open_objections, queue_for, ready_for_notice
from taihu.records.identity.models import Account
from taihu.records.ledger.enums import RecoveryState
from taihu.records.ledger.queries.instalments import held_queue, recoveries
from taihu.systems.policies.enums import CorrectionState, EntryState
from taihu.systems.policies.models import CorrectionRequest, DirectEntry


def case_queues(account: Account, *, at: datetime) -> list[Queue]:
    """Applications that stand at the account's desk; a statement each."""
    return [
        count_queue(_("申报办理"), "policies:office_cases", queue_for(account, at=at), term="due_at", at=at),
        count_queue(_("部门联审待答复"), "policies:office_checks", open_checks(account, at=at), term="due_at", at=at),
        count_queue(_("待公示"), "policies:office_notices", ready_for_notice(account, at=at), term="due_at", at=at),
        count_queue(_("公示异议"), "policies:office_cases", open_objections(account, at=at), term="due_at", at=at),
        count_queue(_("复核申请"), "policies:office_cases", open_appeals(account, at=at), term="due_at", at=at),
    ]


def policy_queues(*, at: datetime) -> list[Queue]:
    """What policies leave for a person to decide; a statement each."""
    today = city_date(at)
    manual = DirectEntry.objects.filter(state=EntryState.MANUAL)
    asked = CorrectionRequest.objects.filter(state=CorrectionState.REQUESTED)
    owed = recoveries(state=RecoveryState.OPEN)
    return [
        count_queue(_("免申即享待人工核实"), "policies:office_direct", manual, at=at),
        count_queue(_("更正申请"), "policies:office_corrections", asked, term="due_at", at=at),
        count_queue(_("暂停的分期"), "policies:finance_held", held_queue(), term="due_date", at=today),
        count_queue(_("未还清的追回"), "policies:finance_recoveries", owed, term="due_date", at=today),
    ]
