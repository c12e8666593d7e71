"""Does a call fit the city: its code, procedures, receiving departments, policies, and what was applied for already."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from taihu.engines.rules.errors import NOWHERE
from taihu.records.base.errors import Refused
from taihu.records.base.language import language
from taihu.records.cases.queries.procedures import list_procedures
from taihu.records.identity.enums import UnitKind
from taihu.records.identity.models import Unit
from taihu.systems.policies.call_files import CallError, read_call
from taihu.systems.policies.call_reader import CallProblem
from taihu.systems.policies.editing.plain import paths_of
from taihu.systems.policies.enums import CallState, VersionState
from taihu.systems.policies.models import Call, PolicyVersion


@dataclass(frozen=True)
class CallLook:
    """A text of a call as it stands: `found` is None where it does not load."""

    found: dict[str, Any] | None
    problems: tuple[CallProblem, ...]

    @property
    def errors(self) -> tuple[CallProblem, ...]:
        return tuple(item for item in self.problems if item.is_error)

    @property
    def advice(self) -> tuple[CallProblem, ...]:
        return tuple(item for item in self.problems if not item.is_error)


def look_at_call(source: str, *, office: Unit, call: Call | None = None) -> CallLook:
    """Every mistake in a text that is to become this call, or a new one of this office."""
    try:
        found = read_call(source)
    except CallError as error:
        return CallLook(None, tuple(error.problems))
    places: dict[str, Any] = {}
    for place, path in paths_of(source):
        places.setdefault(path, place)
    problems = [
        CallProblem(places.get(path, NOWHERE), zh, en, path, code, is_error)
        for code, path, is_error, zh, en in (*_of_call(found, call), *_of_tracks(found["tracks"], office))
    ]
    return CallLook(found, tuple(problems))


def checked_call(source: str, *, office: Unit, call: Call | None = None) -> dict[str, Any]:
    """The call as data, or a refusal with every mistake."""
    look = look_at_call(source, office=office, call=call)
    if look.errors or look.found is None:
        words = "\n".join(item.text(language()) for item in look.errors)
        raise Refused(look.errors[0].code, words, field="text", problems=look.errors)
    return look.found


Found = tuple[str, str, bool, str, str]


def _of_call(found: dict[str, Any], call: Call | None) -> Iterator[Found]:
    code = found["code"]
    if call is not None and call.state != CallState.DRAFT and code != call.code:
        yield (
            "code_fixed",
            "call",
            True,
            f"已发布的申报，编号“{call.code}”不能改",
            f"a published call keeps its code “{call.code}”",
        )
    same = Call.objects.filter(code=code)
    if (same.exclude(pk=call.pk) if call is not None else same).exists():
        yield "call_exists", "call", True, f"已有编号为“{code}”的申报", f"there is a call “{code}” already"
    if call is None:
        return
    kept = [track["code"] for track in found["tracks"]]
    for gone in call.tracks.exclude(code__in=kept).filter(applications__isnull=False).distinct():
        zh = f"类别“{gone.code}”已有人申报，不能删除或改编号"
        yield "track_used", "tracks", True, zh, f"somebody applied under “{gone.code}”; it keeps its code and stays"


def _of_tracks(tracks: list[dict[str, Any]], office: Unit) -> Iterator[Found]:
    procedures = set(list_procedures().values_list("slug", flat=True))
    policies = set(PolicyVersion.objects.filter(state=VersionState.PUBLISHED).values_list("policy", flat=True))
    units = units_by_code(office)
    for number, track in enumerate(tracks):
        path, slug = f"tracks/{number}", track["procedure"]
        if slug not in procedures:
            zh = f"没有载入流程“{slug}”。请先载入流程"
            yield "no_procedure", f"{path}/procedure", True, zh, f"no procedure “{slug}” is loaded; load it first"
        if track["unit"] and track["unit"] not in units:
            zh = f"没有编号为“{track['unit']}”的单位，将由牵头单位受理"
            yield (
                "no_unit",
                f"{path}/unit",
                False,
                zh,
                f"there is no unit “{track['unit']}”; the leading office receives",
            )
        if track["policy"] and track["policy"] not in policies:
            zh = f"还没有已发布的政策“{track['policy']}”，申报时不能核算"
            yield (
                "no_policy",
                f"{path}/policy",
                False,
                zh,
                f"no policy “{track['policy']}” is published; nothing can be computed",
            )


def units_by_code(office: Unit) -> dict[str, Unit]:
    """Departments by code, those of the office's own city by their short code as well."""
    rows = Unit.objects.filter(kind=UnitKind.DEPARTMENT).order_by("code")
    head = f"{office.area_code}-"
    short = {unit.code.removeprefix(head): unit for unit in rows if unit.code.startswith(head)}
    return short | {unit.code: unit for unit in rows}
