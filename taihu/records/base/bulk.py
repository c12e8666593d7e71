"""Insert many rows of one table fast: values go straight to the database driver, without an object for each row."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from django.db import connection, models

BATCH = 2000


def insert_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]], *, columns: Iterable[str]) -> int:
    """Insert rows given as column → value and return how many; columns that are not named get their default.

    `columns` are attribute names (`organisation_id`, not `organisation`). The rows get no ids that a caller could see,
    no `save` is called, and texts must have been cut to their length: this is for imports, matches and test cities.
    """
    named = list(columns)
    known = {
        field.attname: field for field in model._meta.concrete_fields if not field.primary_key or field.remote_field
    }
    if unknown := [name for name in named if name not in known]:
        raise ValueError(f"{model._meta.label} has no columns {unknown}")
    fields = [known[name] for name in named]
    rest = [field for name, field in known.items() if name not in named]
    converters = [_converter(field) for field in fields]
    defaults = [_converter(field)(field.get_default()) for field in rest]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in (*fields, *rest))
    marks = ", ".join(["%s"] * len((*fields, *rest)))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"
    iterator, written = iter(rows), 0
    pairs = list(zip(named, converters, strict=True))
    with connection.cursor() as cursor:
        while batch := [
            [*(convert(row[name]) for name, convert in pairs), *defaults] for row in islice(iterator, BATCH)
        ]:
            cursor.executemany(sql, batch)
            written += len(batch)
    return written


def _converter(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    if type(field) in _PLAIN or isinstance(field, models.ForeignKey):
        return _unchanged
    return lambda value: field.get_db_prep_save(value, connection)


def _unchanged(value: Any) -> Any:
    return value


_PLAIN = frozenset(
    {
        models.CharField, models.TextField, models.URLField, models.IntegerField, models.BigIntegerField, models.FloatField,
        models.PositiveIntegerField, models.PositiveSmallIntegerField, models.PositiveBigIntegerField, models.BooleanField,
    }
)  # fmt: skip
