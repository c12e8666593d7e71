import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from taihu.portal.backup import make_backup
from taihu.records.base.clock import now


class Command(BaseCommand):
    help = "Write everything (rows, files, keys) into one file. TAIHU_BACKUP_PASSPHRASE locks the keys in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        passphrase = os.environ.get("TAIHU_BACKUP_PASSPHRASE", "")
        rows = make_backup(options["file"], at=now(), passphrase=passphrase)
        self.stdout.write(f"{options['file']}: {sum(rows.values())} rows of {len(rows)} tables")
        if not passphrase:
            self.stderr.write("The keys in it are not locked: keep the file as safe as the city's data itself.")
