"""Two records of one employer: found, compared side by side, merged with a reason."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from taihu.records.base.clock import now
from taihu.records.identity.actions import merge_organisations
from taihu.records.identity.doors import account_of, page_of, try_action
from taihu.records.identity.models import Organisation
from taihu.records.identity.queries import likely_duplicates, merge_obstacle, organisations_named, references_to
from taihu.records.taxonomy.enums import Kind
from taihu.systems.jobs.forms.officer import MergeForm
from taihu.systems.jobs.labels import area_label, code_label
from taihu.systems.jobs.queries.oversight import openings_per_employer
from taihu.systems.jobs.views.access import officer_required

TABLES = {
    "jobs.opening": gettext_lazy("岗位"),
    "jobs.profile": gettext_lazy("选择不看这家单位的人"),
    "policies.application": gettext_lazy("政策申报"),
    "cases.case": gettext_lazy("办件"),
    "facts.fact": gettext_lazy("事实"),
    "ledger.payeeaccount": gettext_lazy("收款账户"),
    "ledger.commitment": gettext_lazy("资金承诺"),
    "identity.agencylicence": gettext_lazy("人力资源服务许可"),
    "identity.membership": gettext_lazy("成员"),
    "identity.memberinvitation": gettext_lazy("成员邀请"),
    "identity.verification": gettext_lazy("核验"),
    "identity.paper": gettext_lazy("证照与材料"),
    "identity.apikey": gettext_lazy("程序接口"),
}
LEAST_TYPED = 2


@dataclass(frozen=True)
class Line:
    """One fact of both records; `tells` when a difference speaks against a merge."""

    label: str
    duplicate: str
    kept: str
    tells: bool

    @property
    def differs(self) -> bool:
        return self.tells and bool(self.duplicate and self.kept) and self.duplicate != self.kept


@officer_required
def list_duplicates(request: HttpRequest) -> HttpResponse:
    page = page_of(request, likely_duplicates())
    counts = openings_per_employer([pair.duplicate.pk for pair in page] + [pair.kept.pk for pair in page])
    rows = [(pair, counts.get(pair.duplicate.pk, 0), counts.get(pair.kept.pk, 0)) for pair in page]
    return render(request, "jobs/officer/duplicates.html", {"page": page, "rows": rows})


@officer_required
def choose(request: HttpRequest, number: int) -> HttpResponse:
    """The employer that a record means, looked for by name."""
    duplicate = get_object_or_404(Organisation, pk=number)
    asked = request.GET.get("q", "").strip()[:60]
    found = organisations_named(asked, besides=duplicate) if len(asked) >= LEAST_TYPED else []
    context = {"duplicate": duplicate, "asked": asked, "found": found}
    return render(request, "jobs/officer/duplicate_choose.html", context)


@officer_required
def compare(request: HttpRequest, number: int, kept: int) -> HttpResponse:
    duplicate, staying = get_object_or_404(Organisation, pk=number), get_object_or_404(Organisation, pk=kept)
    form = MergeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, account, name = form.cleaned_data["reason"], account_of(request), duplicate.name
        if try_action(
            form,
            lambda: merge_organisations(
                acting_user=account, kept=staying, duplicate=duplicate, reason=reason, at=now()
            ),
        ):
            messages.success(request, _("“%(name)s”已并入“%(kept)s”。") % {"name": name, "kept": staying.name})
            return redirect("jobs:office_duplicates")
    context = {
        "duplicate": duplicate,
        "kept": staying,
        "lines": _lines(duplicate, staying),
        "moving": [(TABLES.get(table, table), count) for table, count in references_to(duplicate).items()],
        "obstacle": merge_obstacle(staying, duplicate),
        "form": form,
    }
    return render(request, "jobs/officer/duplicate.html", context)


def _lines(duplicate: Organisation, kept: Organisation) -> list[Line]:
    lines = [
        Line(label, left, right, tells)
        for compared, tells in ((_identity, True), (_standing, False))
        for (label, left), (_same, right) in zip(compared(duplicate), compared(kept), strict=True)
    ]
    return [line for line in lines if line.duplicate or line.kept]


def _identity(organisation: Organisation) -> list[tuple[str, str]]:
    return [
        (_("单位名称"), organisation.name),
        (_("统一社会信用代码"), organisation.credit_code or ""),
        (_("单位性质"), code_label(Kind.COMPANY_KIND, organisation.kind_code)),
        (_("行业"), code_label(Kind.INDUSTRY, organisation.industry_code)),
        (_("单位规模"), code_label(Kind.COMPANY_SIZE, organisation.size_code)),
        (_("所在地"), area_label(organisation.area_code, depth=2)),
        (_("地址"), organisation.address),
    ]


def _standing(organisation: Organisation) -> list[tuple[str, str]]:
    counts = references_to(organisation)
    return [
        (_("来源"), organisation.source or _("在本平台登记")),
        (_("状态"), organisation.get_state_display()),
        (_("岗位"), str(counts.get("jobs.opening", 0))),
        (_("成员"), str(counts.get("identity.membership", 0))),
    ]
