"""`taihu messages compile|check|extract`: the languages of the pages, in pure Python."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from taihu.portal.catalogue import extraction, fragments


class Command(BaseCommand):
    help = "Compile the translations, check that none is missing, or list the text to be translated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["compile", "check", "extract"])
        parser.add_argument("--under", type=Path, default=extraction.PACKAGE, help="only text below this folder")
        parser.add_argument(
            "--missing-at-most", type=int, default=0, help="check: how many may be missing; only ever lowered"
        )
        parser.add_argument("--into", type=Path, help="extract: add what is missing to this fragment")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")(options)
        except fragments.CatalogueError as error:
            self.stderr.write(str(error))
            sys.exit(1)

    def _compile(self, options: dict[str, Any]) -> None:
        count = fragments.compile_catalogues(settings.DATA_FOLDER / "locale")
        if options["verbosity"]:
            self.stdout.write(f"{count} messages compiled")

    def _check(self, options: dict[str, Any]) -> None:
        entries = fragments.read_entries()
        fragments.traditional(entries)
        messages = extraction.extract(options["under"].resolve())
        missing = extraction.find_missing(messages, entries)
        for message in missing:
            path, line = message.locations[0]
            self.stderr.write(f"{path}:{line}: no English translation of {message.id!r}")
        if missing:
            self.stderr.write(f"{len(missing)} of {len(messages)} messages have no English translation")
            sys.exit(len(missing) > options["missing_at_most"])
        self.stdout.write(f"{len(messages)} messages, all translated")

    def _extract(self, options: dict[str, Any]) -> None:
        missing = extraction.find_missing(extraction.extract(options["under"].resolve()), fragments.read_entries())
        if options["into"]:
            count = fragments.add_missing(options["into"], missing)
            self.stdout.write(f"{count} messages added to {options['into']}")
            return
        for message in missing:
            path, line = message.locations[0]
            self.stdout.write(f"{path}:{line}\t{message.id!r}")
