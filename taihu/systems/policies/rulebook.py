"""Between stored versions and the rule engine: which texts, which facts, which dated lists, loaded once per content."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import resources

from django.db import DatabaseError
from django.db.models import QuerySet

from taihu.engines.rules.catalogue import Catalogue, DatedList, Edition, shipped_catalogue
from taihu.engines.rules.civil import to_days
from taihu.engines.rules.documents import Mapping as Node
from taihu.engines.rules.documents import Text, read_document
from taihu.engines.rules.errors import PolicyError
from taihu.engines.rules.kinds import DATE_MIN, OPEN_DATE
from taihu.engines.rules.sets import PolicySet, load_policies
from taihu.engines.rules.tree import Words
from taihu.records.taxonomy.enums import Kind
from taihu.records.taxonomy.models import DatedList as AdoptedList
from taihu.records.taxonomy.models import DatedListEntry
from taihu.records.taxonomy.queries import tree
from taihu.systems.policies.enums import VersionState
from taihu.systems.policies.models import PolicyVersion

EXAMPLES = resources.files("taihu.systems.policies") / "data" / "policies"
# A shortage catalogue names occupations and, beside each, the majors that lead to it.
MAJORS = "shortage_majors"
SHORTAGE = "shortage"
ListKey = tuple[tuple[int, str], ...]


def example_texts() -> dict[str, str]:
    """File name → text of the policies that ship as examples."""
    files = sorted((item for item in EXAMPLES.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name)
    return {item.name: item.read_text(encoding="utf-8") for item in files}


def published_versions() -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.filter(state=VersionState.PUBLISHED).order_by("policy", "version")


def city_catalogue() -> Catalogue:
    """What a policy may read: the shipped facts, and the dated lists that the city adopted. One statement when known."""
    return _catalogue(_list_key())


def check_files(texts: Mapping[str, str]) -> PolicySet:
    """Load files by name, beside the published policies that they read; without a city only with what ships.

    Raises
    ------
    PolicyError
        Every mistake in them.
    """
    try:
        versions = list(published_versions())
    except DatabaseError:
        return load_policies(texts)
    try:
        return check_texts(texts)
    except PolicyError as error:
        if not any(item.code == "unknown_policy" for item in error.problems):
            raise
    drafts = {name: read_document(text, name).get("policy") for name, text in texts.items()}
    own = {node.text for node in drafts.values() if isinstance(node, Text)}
    others = [version for version in versions if version.policy not in own]
    loaded = check_texts({**{version.key: version.text for version in others}, **texts})
    return loaded.only([policy.key for policy in loaded.policies if policy.file in texts])


def rules_of(versions: Iterable[PolicyVersion]) -> PolicySet:
    """The versions as checked trees, in the engine's order; loading is done once per content.

    Raises
    ------
    PolicyError
        The texts do not fit together (never for versions that were published together).
    """
    chosen = list(versions)
    texts = tuple((version.key, version.text) for version in chosen)
    return _load(texts, tuple(sorted(ends_of(chosen).items())), _list_key())


def ends_of(versions: Iterable[PolicyVersion]) -> dict[str, int]:
    """The day on which a version among these is taken over by its successor among these, by key."""
    chosen = {version.pk: version for version in versions}
    found: dict[str, int] = {}
    for version in chosen.values():
        before = chosen.get(version.replaces_id or 0)
        if before is not None and version.effective_from is not None:
            day = _day(version.effective_from)
            found[before.key] = min(day, found.get(before.key, day))
    return found


def published_rules() -> PolicySet:
    """Every version in force or once in force: their own dates decide which applies to whom. Two statements."""
    return rules_of(published_versions())


def rules_beside(version: PolicyVersion) -> PolicySet:
    """A version together with the published ones, for reading it alone: drafts and withdrawn ones too."""
    others = [item for item in published_versions() if item.pk != version.pk]
    try:
        return rules_of([*others, version])
    except PolicyError:
        return rules_of([version])


def check_texts(texts: Mapping[str, str], ends: Mapping[str, int] | None = None) -> PolicySet:
    """Load texts that are not stored, by file name. Raises PolicyError with every mistake."""
    return load_policies(texts, city_catalogue(), ends=ends)


def rules_digest(policies: PolicySet) -> str:
    """Of everything that can change a result: the texts and the members of the lists."""
    found = hashlib.sha256()
    for policy in policies.policies:
        spans = ";".join(f"{item.label}:{item.start}:{item.end}" for item in policy.selectors)
        found.update(f"{policy.key}\0{policy.source}\0{spans}\0".encode())
    for name, item in sorted(policies.catalogue.lists.items()):
        for edition in item.editions:
            members = "\x1f".join(sorted(edition.members))
            found.update(f"{name}\0{edition.start}\0{edition.end}\0{members}\0".encode())
    return found.hexdigest()


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _list_key() -> ListKey:
    return tuple(AdoptedList.objects.order_by("pk").values_list("pk", "digest"))


@lru_cache(maxsize=16)
def _load(texts: tuple[tuple[str, str], ...], ends: tuple[tuple[str, int], ...], key: ListKey) -> PolicySet:
    return load_policies(dict(texts), _catalogue(key), ends=dict(ends))


@lru_cache(maxsize=4)
def _catalogue(key: ListKey) -> Catalogue:
    base = shipped_catalogue().with_codes(_official_names())
    if not key:
        return base
    adopted = [pk for pk, _ in key]
    return base.with_lists(_engine_lists(base, adopted)).with_codes(_adopted_names(adopted))


@cache
def _official_names() -> dict[str, dict[str, Words]]:
    """The code tables that the facts of the catalogue name, as they ship."""
    return {
        kind: {term.code: Words(term.name, term.name_en) for term in tree(kind).terms}
        for kind in (Kind.AREA, Kind.UNIVERSITY)
    }


def _adopted_names(ids: list[int]) -> dict[str, dict[str, Words]]:
    """Names of what adopted lists say of codes that no code table knows."""
    found: dict[str, dict[str, Words]] = {}
    entries = DatedListEntry.objects.filter(dated_list__in=ids).exclude(code="").exclude(dated_list__code_kind="")
    for kind, code, name in entries.values_list("dated_list__code_kind", "code", "name").order_by("pk"):
        found.setdefault(kind, {}).setdefault(code, Words(name, ""))
    return found


def _engine_lists(base: Catalogue, ids: list[int]) -> list[DatedList]:
    """One engine list per kind of adopted list, named by its kind; adopted editions win over the examples that ship."""
    members: dict[int, set[str]] = {}
    majors: dict[int, set[str]] = {}
    entries = DatedListEntry.objects.filter(dated_list__in=ids).order_by("dated_list", "position")
    for owner, code, name, extra in entries.values_list("dated_list", "code", "name", "extra"):
        members.setdefault(owner, set()).add(code or name)
        majors.setdefault(owner, set()).update(filter(None, str(extra.get("majors", "")).split("|")))
    editions: dict[str, list[Edition]] = {}
    labels: dict[str, Words] = {}
    for item in AdoptedList.objects.filter(pk__in=ids).order_by("active_from", "version"):
        start, end = _day(item.active_from), OPEN_DATE if item.active_to is None else _day(item.active_to)
        labels[item.kind] = Words(item.name, item.name_en or item.name)
        editions.setdefault(item.kind, []).append(Edition(start, end, frozenset(members.get(item.pk, ()))))
        if item.kind == SHORTAGE and majors.get(item.pk):
            editions.setdefault(MAJORS, []).append(Edition(start, end, frozenset(majors[item.pk])))
    return [
        DatedList(name, base.lists[name].label if name in base.lists else labels[name], _laid_out(base, name, found))
        for name, found in editions.items()
    ]


def _laid_out(base: Catalogue, name: str, adopted: list[Edition]) -> tuple[Edition, ...]:
    """Editions without overlap: a later start ends what ran before, and what ships fills the time before the first."""
    shipped = (
        [item for item in base.lists[name].editions if item.start < adopted[0].start] if name in base.lists else []
    )
    found: list[Edition] = []
    for item in [*shipped, *adopted]:
        if found and found[-1].end > item.start:
            last = found.pop()
            if last.start < item.start:
                found.append(Edition(last.start, item.start, last.members))
        found.append(item)
    return tuple(found)


def _day(day: date) -> int:
    return max(DATE_MIN, day.toordinal() - 719_163)


def beside(
    others: Iterable[PolicyVersion], texts: Mapping[str, str], replaces: PolicyVersion | None = None
) -> PolicySet:
    """Stored versions and texts that are not stored, together. Raises PolicyError."""
    kept = list(others)
    ends = ends_of(kept)
    if replaces is not None:
        start = max((start_of(text) for text in texts.values()), default=OPEN_DATE)
        ends[replaces.key] = min(start, ends.get(replaces.key, start))
    return check_texts({**{version.key: version.text for version in kept}, **texts}, ends)


def start_of(text: str) -> int:
    """The day number on which a text says that it takes effect; never, where it does not say."""
    try:
        effective = read_document(text, "policy.yaml").get("effective")
        day = effective.get("from") if isinstance(effective, Node) else None
        return to_days(date.fromisoformat(day.text)) if isinstance(day, Text) else OPEN_DATE
    except (PolicyError, ValueError):
        return OPEN_DATE
