"""The employer's desk: what needs doing today."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from taihu.records.base.clock import now
from taihu.systems.jobs.labels import labels_of
from taihu.systems.jobs.queries import employer as queries
from taihu.systems.jobs.views.employer_access import Desk, employer_required
from taihu.systems.jobs.views.employer_status import Status, status_of

SHOWN = 5


@employer_required
@require_safe
def show_desk(request: HttpRequest, desk: Desk) -> HttpResponse:
    at = now()
    status = status_of(desk.organisation, at=at)
    figures = queries.desk_figures(desk.organisations, at=at)
    newest = queries.ordered(queries.with_counts(queries.own_openings(desk.organisations)), "changed")[:SHOWN]
    context = {
        "desk": desk,
        "status": status,
        "figures": figures,
        "published": figures.states["published"],
        "in_review": figures.states["review"],
        "steps": _first_steps(status, is_live=figures.states["published"] > 0),
        "returned": queries.returned_openings(desk.organisations, limit=SHOWN),
        "ending": queries.ending_openings(desk.organisations, at=at, limit=SHOWN),
        "rows": [(opening, labels_of(opening)) for opening in newest],
        "at": at,
        "soon": at + queries.SOON,
    }
    return render(request, "jobs/employer/desk.html", context)


def _first_steps(status: Status, *, is_live: bool) -> list[tuple[str, str]]:
    """The way to the first opening: (step, done, current or later); nothing once somebody is being looked for."""
    if is_live:
        return []
    has_papers = not status.missing
    was_asked = status.is_waiting or status.is_valid
    done = [True, has_papers, was_asked, status.is_valid, is_live]
    names = [_("登记单位"), _("上传证照"), _("提交核验"), _("通过核验"), _("发布岗位")]
    current = next(number for number, is_done in enumerate(done) if not is_done)
    return [
        (name, "done" if is_done else "current" if number == current else "later")
        for number, (name, is_done) in enumerate(zip(names, done, strict=True))
    ]
