"""The officer's pages on evaluations: policies, who stands where, one person's reasons, runs."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.base.language import language
from taihu.records.base.limits import limited
from taihu.records.identity.doors import account_of
from taihu.records.identity.enums import Ground
from taihu.records.identity.models import Person
from taihu.records.identity.queries import person_by_number
from taihu.systems.policies.actions.readings import note_reading, note_readings
from taihu.systems.policies.actions.runs import request_run
from taihu.systems.policies.enums import Group, RunState
from taihu.systems.policies.forms.officer import FindPersonForm, RunForm
from taihu.systems.policies.models import PolicyRun, PolicyVersion
from taihu.systems.policies.permissions import can_publish_policies, can_start_runs
from taihu.systems.policies.queries.entitlements import sections, standing_of
from taihu.systems.policies.queries.officer import clause_rows, contradiction_words, group_rows, versions_with_counts
from taihu.systems.policies.queries.results import (
    contradictory_people,
    finished_runs,
    latest_run,
    people_of,
    policy_in,
    result_of,
    totals,
)
from taihu.systems.policies.rulebook import published_versions
from taihu.systems.policies.views.access import reader_required

PER_PAGE = 25
SHOWN = (Group.ENTITLED, Group.DECISION, Group.CHECK, Group.NEAR, Group.NO, Group.SCARCE, Group.ELSEWHERE)


class Counted:
    """A list of which only one page is ever made: for results that live in packed blocks."""

    def __init__(self, total: int, make: Any) -> None:
        self.total, self.make = total, make

    def count(self) -> int:
        return self.total

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, part: slice) -> Any:
        return self.make(part.start, part.stop - part.start)


def _run_of(request: HttpRequest) -> PolicyRun | None:
    number = request.GET.get("run", "")
    if number.isdigit() and len(number) < 18:
        return finished_runs().filter(pk=int(number)).first()  # type: ignore[no-any-return]
    return latest_run()


@reader_required
def list_policies(request: HttpRequest) -> HttpResponse:
    run = latest_run()
    context = {
        "rows": versions_with_counts(run),
        "run": run,
        "today": city_date(now()),
        "can_decide": can_publish_policies(request.user, at=now()),
    }
    return render(request, "policies/officer/policies.html", context)


@reader_required
def show_policy(request: HttpRequest, number: int) -> HttpResponse:
    version = get_object_or_404(PolicyVersion, pk=number)
    run = _run_of(request)
    is_there = run is not None and version.key in run.report["policies"]
    context: dict[str, Any] = {
        "version": version,
        "run": run if is_there else None,
        "today": city_date(now()),
        "runs": [item for item in finished_runs()[:12] if version.key in item.report["policies"]],
        "can_decide": can_publish_policies(request.user, at=now()),
    }
    if run is not None and is_there:
        policy = policy_in(run, version)
        found = run.report["policies"][version.key]
        context |= {
            "groups": group_rows(run, version),
            "found": found,
            "clauses": clause_rows(policy, found["clauses"], run.people, language()),
        }
    return render(request, "policies/officer/policy.html", context)


@reader_required
@limited("policies.who", amount=120, seconds=60, methods=("GET",))
def list_people(request: HttpRequest, number: int, group: str) -> HttpResponse:
    """Who is entitled, near, to be checked …; everybody on the page can see that they were looked at."""
    version, run = get_object_or_404(PolicyVersion, pk=number), _run_of(request)
    if run is None or group not in Group.values or version.key not in run.report["policies"]:
        raise Http404
    policy, chosen = policy_in(run, version), Group(group)
    failing = next((item for item in policy.clauses if item.id == request.GET.get("clause")), None)
    total = totals(run, version).get(chosen, 0)
    if failing is not None and chosen == Group.NEAR:
        total = run.report["policies"][version.key]["clauses"][failing.id][1]
    index = failing.index if failing is not None and chosen == Group.NEAR else None
    counted = Counted(total, lambda start, count: people_of(run, version, chosen, start, count, failing=index))
    page: Any = Paginator(counted, PER_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    found = list(page)
    people = Person.objects.in_bulk([item.person_id for item in found])
    what = _("姓名、是否符合“%(title)s”") % {"title": version.title}
    note_readings(people=list(people.values()), viewer=account_of(request), at=now(), ground=Ground.DUTY, what=what)
    clauses = {item.id: item.text.say(language()) if item.text else item.id for item in policy.clauses}
    context = {
        "version": version,
        "run": run,
        "group": chosen,
        "failing": clauses.get(failing.id) if failing is not None and index is not None else "",
        "page": page,
        "rows": [
            (people.get(item.person_id), item, [clauses[name] for name in (item.failing(policy) or item.open(policy))])
            for item in found
        ],
        "shown": [(item.value, item.label) for item in SHOWN if totals(run, version).get(item)],
    }
    return render(request, "policies/officer/people.html", context)


@reader_required
@limited("policies.person", amount=60, seconds=60, methods=("GET", "POST"))
def find_person(request: HttpRequest) -> HttpResponse:
    """Open one person's reasons by their number; the reason for looking is kept for them to see."""
    form = FindPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = person_by_number(form.cleaned_data["number"])
        if person is not None:
            what = _("政策核算结果：%(reason)s") % {"reason": form.cleaned_data["reason"]}
            note_reading(person=person, viewer=account_of(request), at=now(), ground=Ground.DUTY, what=what)
            return redirect("policies:office_person", person.pk)
        form.add_error("number", _("没有这个证件号码的人。"))
    return render(request, "policies/officer/find.html", {"form": form})


@reader_required
@limited("policies.person", amount=60, seconds=60, methods=("GET",))
def show_person(request: HttpRequest, number: int) -> HttpResponse:
    """Every policy for one person, with reasons: now, or as it was known for a run."""
    person = get_object_or_404(Person, pk=number, erased_at__isnull=True, merged_into__isnull=True)
    at, run = now(), None
    if "run" in request.GET:
        run = _run_of(request)
    note_reading(
        person=person, viewer=account_of(request), at=at, ground=Ground.DUTY, what=_("政策核算结果和用到的资料")
    )
    standing = standing_of(person, at=run.known_at if run else at, day=run.day if run else None, language=language())
    chosen = standing.of(request.GET.get("policy", ""))
    version = (
        PolicyVersion.objects.filter(policy=chosen.policy.id, version=chosen.policy.version).first() if chosen else None
    )
    stored = result_of(run, version, person.pk) if run and version else None
    context = {
        "person": person,
        "run": run,
        "standing": standing,
        "sections": sections(standing),
        "item": chosen,
        "found": chosen.explanation if chosen else None,
        "stored": stored,
        "problems": [item.message(language()) for item in standing.dossier.problems],
        "advice": [item.message(language()) for item in standing.dossier.advice],
    }
    return render(request, "policies/officer/person.html", context)


@reader_required
def list_runs(request: HttpRequest) -> HttpResponse:
    form = RunForm(request.POST or None, versions=published_versions())
    if request.method == "POST" and form.is_valid():
        keys = [version.key for version in form.cleaned_data["policies"]]
        try:
            run = request_run(at=now(), acting_user=account_of(request), day=form.cleaned_data["day"], keys=keys)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("policies:office_run", run.pk)
    rows = PolicyRun.objects.defer("report").select_related("requested_by").order_by("-pk")
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "can_start": can_start_runs(request.user, at=now()),
    }
    return render(request, "policies/officer/runs.html", context)


@reader_required
def show_run(request: HttpRequest, number: int) -> HttpResponse:
    run = get_object_or_404(PolicyRun.objects.select_related("requested_by"), pk=number)
    versions = {version.key: version for version in run.versions.all()}
    rows = [
        (version, run.report["policies"][key], group_rows(run, version))
        for key, version in sorted(versions.items())
        if run.state == RunState.DONE and key in run.report.get("policies", {})
    ]
    context = {
        "run": run,
        "rows": rows,
        "percent": round(run.progress * 100),
        "contradictions": [
            (contradiction_words(code, name, language()), count)
            for code, name, count in run.report.get("contradictions", [])
        ],
        "payable": sum(found["payable"] for _version, found, _groups in rows),
    }
    return render(request, "policies/officer/run.html", context)


@reader_required
def list_contradictions(request: HttpRequest, number: int) -> HttpResponse:
    """People whose facts contradict themselves: none was refused for it, each waits for a human."""
    run = get_object_or_404(finished_runs(), pk=number)
    start = (_page_number(request) - 1) * PER_PAGE
    total, found = contradictory_people(run, start, PER_PAGE)
    counted = Counted(total, lambda _start, _count: found)
    page: Any = Paginator(counted, PER_PAGE).get_page(request.GET.get("page"))  # type: ignore[arg-type]
    people = Person.objects.in_bulk([person for person, _problems in found])
    note_readings(
        people=list(people.values()),
        viewer=account_of(request),
        at=now(),
        ground=Ground.DUTY,
        what=_("资料互相矛盾的名单"),
    )
    rows = [
        (people.get(person), [contradiction_words(code, name, language()) for code, name in problems])
        for person, problems in found
    ]
    return render(request, "policies/officer/contradictions.html", {"run": run, "page": page, "rows": rows})


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isdigit() and 0 < len(text) < 9 and int(text) else 1
