"""Personal numbers: encrypted for display with rotatable keys, keyed hashes for matching."""

import hashlib
import hmac
import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    return _cipher(tuple(settings.FIELD_KEYS))


def keyed_hash(value: str) -> str:
    """Equal values give equal hashes inside one installation and mean nothing outside it."""
    return hmac.new(settings.MATCH_KEY.encode(), value.strip().upper().encode(), hashlib.sha256).hexdigest()


def _decrypt(value: str) -> str:
    """Another process may have added a key since this one started: look once more before giving up."""
    try:
        return cipher().decrypt(value.encode()).decode()
    except InvalidToken:
        stored = json.loads((settings.DATA_FOLDER / "keys.json").read_text(encoding="utf-8"))["fields"]
        if stored == settings.FIELD_KEYS:
            raise
        settings.FIELD_KEYS = stored
        return cipher().decrypt(value.encode()).decode()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text kept encrypted at rest. Never filter on it: keep a `keyed_hash` beside it."""

    def get_prep_value(self, value: Any) -> Any:
        if value in (None, ""):
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value in (None, ""):
            return value
        try:
            return _decrypt(value)
        except InvalidToken as error:
            raise RuntimeError(
                f"{self.model._meta.label}.{self.name} was encrypted with a key that keys.json no longer holds: restore the old key"
            ) from error


def mask_number(value: str, keep: int = 4) -> str:
    """`320211********1234` style: enough to recognise one's own number, not to learn another's."""
    return value if len(value) <= keep else "*" * (len(value) - keep) + value[-keep:]
