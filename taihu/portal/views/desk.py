"""The officer's desk: everything that waits, over all rooms."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import now
from taihu.records.identity.doors import account_of, role_required
from taihu.records.identity.enums import Role
from taihu.systems.jobs.queries.oversight import latest_match
from taihu.systems.jobs.queries.oversight import queues as market_queues
from taihu.systems.policies.queries.desk import case_queues, policy_queues
from taihu.systems.policies.queries.results import latest_run


@role_required(Role.OFFICER, Role.DECIDER)
@require_safe
def show_desk(request: HttpRequest) -> HttpResponse:
    at, account = now(), account_of(request)
    groups = [
        (_("申报"), case_queues(account, at=at)),
        (_("政策与资金"), policy_queues(at=at)),
        (_("人才市场"), market_queues(at=at)),
    ]
    context = {
        "groups": groups,
        "waiting": sum(queue.waiting for _label, queues in groups for queue in queues),
        "late": sum(queue.late for _label, queues in groups for queue in queues),
        "match": latest_match(),
        "evaluation": latest_run(),
    }
    return render(request, "office/desk.html", context)
