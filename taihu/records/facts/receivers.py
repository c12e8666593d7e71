"""Facts among a person's own data: exported with them, erased with them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from taihu.records.facts.models import Fact, Source
from taihu.records.identity.actions import DataHolder, register_holder
from taihu.records.identity.models import Person


def _export(person: Person) -> Any:
    names = ("property", "value", "valid_from", "valid_to", "known_from", "known_to", "source", "source_name")
    return list(Fact.objects.filter(person=person).order_by("pk").values(*names))


def _erase(person: Person, at: datetime) -> None:
    """What the person said goes; what departments certified stays without a name, since decisions rest on it."""
    Fact.objects.filter(person=person, source=Source.SELF).delete()


register_holder(
    DataHolder(
        "facts",
        gettext_lazy("政府部门核对的事实"),
        export=_export,
        erase=_erase,
        kept=gettext_lazy(
            "政府部门核对过、决定所依据的事实去掉姓名后保存，至少三年（《网络数据安全管理条例》第十二条）。"
        ),
    )
)
