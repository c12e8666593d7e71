"""Encrypt personal numbers again with the newest key, in batches; may be stopped and started at any time."""

from collections.abc import Iterator

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from taihu.records.base.fields import EncryptedTextField, cipher

BATCH = 500


def encrypted_columns() -> list[tuple[type[models.Model], EncryptedTextField]]:
    found = [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]
    return sorted(found, key=lambda pair: (pair[0]._meta.label_lower, pair[1].name))


def _old_values(model: type[models.Model], field: EncryptedTextField) -> Iterator[list[tuple[int, str]]]:
    """Batches of (primary key, ciphertext) that the newest key cannot open."""
    newest = Fernet(settings.FIELD_KEYS[0])
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(str(field.column))
    primary = quote(str(model._meta.pk.column))
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {primary}, {column} FROM {table} WHERE {primary} > %s ORDER BY {primary} LIMIT {BATCH}", [last]
            )
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield [(pk, text) for pk, text in rows if text and not _opens(newest, text)]


def _opens(key: Fernet, text: str) -> bool:
    try:
        key.decrypt(text.encode())
    except InvalidToken:
        return False
    return True


def reencrypt() -> int:
    """Return how many values were encrypted again; a value that somebody changes meanwhile is left to them."""
    changed = 0
    quote = connection.ops.quote_name
    for model, field in encrypted_columns():
        table, column = quote(model._meta.db_table), quote(str(field.column))
        primary = quote(str(model._meta.pk.column))
        for batch in _old_values(model, field):
            with transaction.atomic(), connection.cursor() as cursor:
                for pk, text in batch:
                    fresh = cipher().rotate(text.encode()).decode()
                    cursor.execute(
                        f"UPDATE {table} SET {column} = %s WHERE {primary} = %s AND {column} = %s", [fresh, pk, text]
                    )
                    changed += cursor.rowcount
    return changed


def count_old() -> int:
    return sum(len(batch) for model, field in encrypted_columns() for batch in _old_values(model, field))
