"""What points to a record of a person or an employer, and which records of employers mean the same one."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import models
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from taihu.engines.text.dedupe import normalise_company
from taihu.records.base.errors import Refused
from taihu.records.identity.models import Organisation
from taihu.records.taxonomy import queries as taxonomy
from taihu.records.taxonomy.enums import Kind


def references(model: type[models.Model]) -> list[models.ForeignObjectRel]:
    """Relations of other tables, of whatever floor, to such records."""
    return [
        relation
        for relation in model._meta.related_objects
        if relation.related_model is not model
        and isinstance(relation.field, models.ForeignKey | models.ManyToManyField)
    ]


def references_to(record: models.Model) -> dict[str, int]:
    """How many rows of each table (`app.model`) point to a record; tables without any are left out."""
    counts = {
        relation.related_model._meta.label_lower: relation.related_model._default_manager.filter(
            **{relation.field.name: record}
        ).count()
        for relation in references(type(record))
    }
    return {table: count for table, count in counts.items() if count}


def merge_obstacle(kept: Organisation, duplicate: Organisation) -> Refused | None:
    """Why the one record may not go into the other; None when it may."""
    if kept.pk == duplicate.pk:
        return Refused("same_organisation", _("请选择两家不同的单位。"))
    if duplicate.credit_code or not duplicate.source or duplicate.memberships.exists():
        return Refused(
            "not_an_import",
            _("只能并入导入时产生、没有信用代码也没有成员的单位记录。"),
            _("两家已登记的单位不能合并。"),
        )
    return None


def imported_organisations() -> QuerySet[Organisation]:
    """Records that an import made for employers it had no credit code of, and that nobody took over."""
    return Organisation.objects.filter(credit_code__isnull=True, memberships__isnull=True).exclude(source="")


@dataclass(frozen=True)
class LikelyDuplicate:
    """A record of an import and another record that nearly has its name; `kept` is the one to stay."""

    duplicate: Organisation
    kept: Organisation


def likely_duplicates() -> list[LikelyDuplicate]:
    """Pairs of records with nearly the same name, in order of name: a registered employer stays, else the older. Two statements."""
    by_key: defaultdict[str, list[Organisation]] = defaultdict(list)
    for organisation in Organisation.objects.only("pk", "name", "credit_code", "source", "state", "area_code"):
        by_key[near_key(organisation.name)].append(organisation)
    mergeable = set(imported_organisations().values_list("pk", flat=True))
    pairs = []
    for group in by_key.values():
        first, *others = sorted(group, key=lambda found: (found.pk in mergeable, found.pk))
        pairs += [LikelyDuplicate(other, first) for other in others if other.pk in mergeable]
    return sorted(pairs, key=lambda pair: (pair.duplicate.name, pair.duplicate.pk))


def organisations_named(text: str, *, besides: Organisation, limit: int = 20) -> QuerySet[Organisation]:
    """Employers with these words in their name, those that import most first."""
    found = Organisation.objects.filter(name__icontains=text).exclude(pk=besides.pk)
    return found.annotate(members=Count("memberships")).order_by("-members", "name", "pk")[:limit]


def near_key(name: str) -> str:
    """A name without marks, legal form, and the names of the city and its province: 示例（无锡）有限公司 is 无锡示例有限公司."""
    bare = normalise_company(name)
    for place in _places():
        bare = bare.replace(place, "")
    return bare or normalise_company(name)


@cache
def _places() -> tuple[str, ...]:
    """Longest first: 无锡市 before 无锡."""
    codes = taxonomy.ancestors(Kind.AREA, settings.CITY_AREA, include_self=True)
    names = [taxonomy.label(Kind.AREA, code) for code in codes]
    return tuple(sorted({*names, *(name.rstrip("省市") for name in names)}, key=len, reverse=True))
