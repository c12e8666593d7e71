"""What everybody may read: the policies, each version in words, and a calculator that stores nothing."""

import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from taihu.engines.rules.catalogue import Catalogue
from taihu.engines.rules.errors import FactsError
from taihu.engines.rules.explain import explain
from taihu.engines.rules.people import Person
from taihu.engines.rules.results import Explanation
from taihu.engines.rules.sets import PolicySet
from taihu.engines.rules.tree import Policy
from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.base.language import language
from taihu.records.base.limits import limited
from taihu.records.cases.masking import mask_name
from taihu.systems.policies import pages
from taihu.systems.policies.actions.direct import object_to_entry
from taihu.systems.policies.forms.facts import OTHER, FactForm, RecordForm, code_choices, fields_read
from taihu.systems.policies.forms.public import ObjectionForm
from taihu.systems.policies.models import PolicyVersion
from taihu.systems.policies.queries.public import SHOWN_STATES, find_versions, open_lists, siblings_of, version_of
from taihu.systems.policies.rulebook import rules_beside
from taihu.systems.policies.words import level_name

PER_PAGE = 30
LEVELS = ("national", "province", "city", "district")
ANSWERS_MAX = 20_000


def list_policies(request: HttpRequest) -> HttpResponse:
    words, level = request.GET.get("q", "")[:80].replace("\0", ""), request.GET.get("level", "")
    rows = find_versions(words=words, level=level if level in LEVELS else "")
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "q": words,
        "level": level,
        "levels": [(name, level_name(name)) for name in LEVELS],
        "today": city_date(now()),
        "lists": open_lists(now()).count(),
    }
    return render(request, "policies/public/list.html", context)


def list_notices(request: HttpRequest) -> HttpResponse:
    """The lists under public notice now; a page goes when its notice ends."""
    rows = open_lists(now()).annotate(people=Count("entries", filter=Q(entries__state__in=SHOWN_STATES)))
    return render(request, "policies/public/lists.html", {"rows": rows})


@limited("policies.object", amount=5, seconds=3600)
def show_notice(request: HttpRequest, number: int) -> HttpResponse:
    """A masked list, and objections against one person on it."""
    direct = get_object_or_404(open_lists(now()), pk=number)
    entries = direct.entries.filter(state__in=SHOWN_STATES).select_related("person").order_by("pk")
    form = ObjectionForm(request.POST or None, places=entries.count())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        entry = entries[data["place"] - 1]
        try:
            object_to_entry(
                acting_user=None,
                at=now(),
                entry=entry,
                reason=data["reason"],
                name=data["name"],
                contact=data["contact"],
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("异议已收到，核实前不会拨付这一条。"))
            return redirect("policies:direct_notice", direct.pk)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    first = page.start_index()
    context = {
        "direct": direct,
        "page": page,
        "rows": [(first + place, mask_name(entry.person.name), entry) for place, entry in enumerate(page)],
        "form": form,
    }
    return render(request, "policies/public/notice.html", context)


def _version(policy: str, version: str) -> PolicyVersion:
    found = version_of(policy, version)
    if found is None:
        raise Http404
    return found


def _rules(version: PolicyVersion) -> tuple[PolicySet, Policy]:
    rules = rules_beside(version)
    return rules, next(item for item in rules.policies if item.key == version.key)


def show_version(request: HttpRequest, policy: str, version: str) -> HttpResponse:
    row = _version(policy, version)
    rules, tree = _rules(row)
    context = {
        "version": row,
        "page": pages.page_of(rules, tree),
        "siblings": list(siblings_of(row)),
        "today": city_date(now()),
    }
    return render(request, "policies/public/version.html", context)


def download_text(request: HttpRequest, policy: str, version: str) -> HttpResponse:
    """The text itself, as it was published."""
    row = _version(policy, version)
    answer = HttpResponse(row.text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.policy}-{row.version}.yaml"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@limited("policies.check", amount=120, seconds=60)
def check_oneself(request: HttpRequest, policy: str, version: str) -> HttpResponse:
    """A calculator without sign-in: one question after the other, answers travel in the form and are kept nowhere."""
    row = _version(policy, version)
    rules, tree = _rules(row)
    session = _Check(rules, tree, request)
    context = {"version": row, **session.run()}
    return render(request, "policies/public/check.html", context)


class _Check:
    """One step of the calculator: the answers so far, the next question, the result as it stands."""

    def __init__(self, rules: PolicySet, policy: Policy, request: HttpRequest) -> None:
        self.rules, self.policy, self.request = rules, policy, request
        self.catalogue: Catalogue = rules.catalogue
        self.codes = code_choices(policy)
        stored = _stored(request.POST.get("answers", ""), self.catalogue)
        self.given: dict[str, Any] = stored.get("given", {})
        self.skipped: list[str] = stored.get("skipped", [])
        self.day = _day(request.POST.get("day") or stored.get("day"))

    def run(self) -> dict[str, Any]:
        form = self._take() if self.request.method == "POST" else None
        found = self._explain()
        question = form.name if form is not None else self._question(found)
        return {
            "found": found,
            "form": form or (self._form(question) if question else None),
            "question": question,
            "question_label": self._label(question) if question else "",
            "is_record": question in self.catalogue.records,
            "records": [pages.record_line(self.catalogue, question, item) for item in self.given.get(question, [])]
            if question in self.catalogue.records
            else [],
            "answered": [(name, self._label(name)) for name in self.given],
            "skipped": [self._label(name) for name in self.skipped],
            "answers": json.dumps({"given": self.given, "skipped": self.skipped, "day": self.day.isoformat()}),
            "day": self.day,
            "group": pages.group_in_words(self.policy, found),
        }

    def _take(self) -> "FactForm | RecordForm | None":
        """Take what was posted into the answers; a form that is not filled in well comes back."""
        post = self.request.POST
        name, do = post.get("question", ""), post.get("do", "")
        drop = post.get("drop", "")
        if drop:
            self.given.pop(drop, None)
            return None
        if not self._is_known(name):
            return None
        if do == "skip":
            self.skipped.append(name)
        elif do == "none" and name in self.catalogue.records:
            self.given.setdefault(name, [])
            self.skipped.append(name)
        elif do in ("answer", "more"):
            return self._answer(name, is_done=do == "answer")
        return None

    def _answer(self, name: str, *, is_done: bool) -> "FactForm | RecordForm | None":
        form = self._form(name, self.request.POST)
        if not form.is_valid():
            return form
        if isinstance(form, RecordForm):
            self.given[name] = [*self.given.get(name, []), _without_other(form.record)][-10:]
            if is_done:
                self.skipped.append(name)
        else:
            value = form.cleaned_data["value"]
            self.given[name] = value.isoformat() if isinstance(value, date) else value
            self.skipped.append(name)
        try:
            Person.of(self.catalogue, "check", self.given)
        except FactsError as error:
            self.given.pop(name)
            form.add_error(None, "；".join(item.message(language()) for item in error.problems))
            return form
        return None

    def _explain(self) -> Explanation:
        person = Person.of(self.catalogue, "check", self.given)
        found = explain(self.rules, person, self.day, language())
        return next(item for item in found if item.policy == self.policy.key)

    def _question(self, found: Explanation) -> str:
        """The first missing fact that was not asked yet, of the conditions that are open."""
        missing = [*found.missing_facts, *(name for clause in found.clauses for name in clause.missing)]
        if not missing and not found.amount and found.status.name == "UNKNOWN":
            missing = pages.facts_of_amount(self.policy)
        return next((name for name in missing if name not in self.skipped and self._is_known(name)), "")

    def _is_known(self, name: str) -> bool:
        return name in self.catalogue.facts or name in self.catalogue.records

    def _label(self, name: str) -> str:
        item = self.catalogue.facts.get(name) or self.catalogue.records[name]
        return item.label.say(language())

    def _form(self, name: str, data: Any = None) -> "FactForm | RecordForm":
        form: FactForm | RecordForm
        if name in self.catalogue.facts:
            form = FactForm(data, fact=self.catalogue.facts[name], codes=self.codes.get(("", name), ()))
        else:
            only = fields_read(self.policy, name)
            form = RecordForm(data, kind=self.catalogue.records[name], only=only, codes=self.codes)
        form.name = name
        return form


def _without_other(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value != OTHER}


def _stored(text: str, catalogue: Catalogue) -> dict[str, Any]:
    """The answers that the form carries; anything else than what this page wrote begins anew."""
    if not text or len(text) > ANSWERS_MAX:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    is_ours = (
        isinstance(found, dict) and isinstance(found.get("given"), dict) and isinstance(found.get("skipped"), list)
    )
    if not is_ours or not all(isinstance(name, str) for name in found["skipped"]):
        return {}
    try:
        Person.of(catalogue, "check", found["given"])
    except (FactsError, TypeError, AttributeError):
        return {}
    return dict(found)


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text or ""))
    except ValueError:
        return city_date(now())
