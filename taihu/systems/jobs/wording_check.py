"""What an employer writes to a person is read before it is sent: unlawful questions do not pass (妇女权益保障法 第四十三条)."""

from django.utils.translation import gettext as _

from taihu.engines.text.lawful import Kind, Level, scan
from taihu.records.base.errors import Refused
from taihu.systems.jobs.labels import reader_language


def check_words(text: str, *, field: str, kind: Kind = Kind.CHAT) -> None:
    found = next((finding for finding in scan(text, kind=kind) if finding.level is Level.BLOCK), None)
    if found is None:
        return
    advice = found.advice_en if reader_language().startswith("en") else found.advice_zh
    raise Refused(
        "unlawful_words",
        _("“%(words)s”不能这样写或问。") % {"words": found.matched},
        advice,
        field=field,
        rule=found.rule,
    )
