"""`taihu keys rotate`: a new key for personal numbers, without stopping the city."""

from argparse import ArgumentParser
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from taihu.portal.backup import write_keys
from taihu.records.audit.actions import record
from taihu.records.base.clock import now
from taihu.records.base.rotation import count_old, reencrypt


class Command(BaseCommand):
    help = (
        "Renew the key of personal numbers. rotate: add a key and encrypt every number with it; resume: go on after a "
        "stop; prune: drop the old keys; status: how many values still need an old key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["rotate", "resume", "prune", "status"])

    def handle(self, *args: Any, **options: Any) -> None:
        what = options["what"]
        if what == "rotate":
            self._save([Fernet.generate_key().decode(), *settings.FIELD_KEYS])
        if what in {"rotate", "resume"}:
            changed = reencrypt()
            self.stdout.write(f"{changed} values encrypted with the new key")
        old = count_old()
        if what == "prune" and old:
            self.stderr.write(f"{old} values still need an old key: run `taihu keys resume` first")
            raise SystemExit(1)
        if what == "prune":
            self._save(settings.FIELD_KEYS[:1])
        self.stdout.write(f"{len(settings.FIELD_KEYS)} keys, {old} values under an old one")
        if what != "status":
            with transaction.atomic():
                record(at=now(), action=f"keys.{what}", subject=("keys", "fields"), data={"old_values": old})

    def _save(self, field_keys: list[str]) -> None:
        write_keys(settings.KEYS | {"fields": field_keys})
        settings.FIELD_KEYS = field_keys
