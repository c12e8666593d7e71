import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from taihu.records.base import clock
from taihu.records.base.errors import Refused
from taihu.records.taxonomy.actions import load_taxonomy
from taihu.records.taxonomy.adopted import check_shipped, shipped_lists
from taihu.records.taxonomy.catalogue import manifest


class Command(BaseCommand):
    help = "Check every shipped code, or check and load the shipped dated lists into the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["check", "load"])

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "check":
            self._check()
        else:
            self._load()

    def _check(self) -> None:
        problems = check_shipped()
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            self.stderr.write(f"{len(problems)} problems")
            sys.exit(1)
        for kind, info in manifest().items():
            levels = " / ".join(str(count) for count in info.counts)
            self.stdout.write(f"{kind:20} {levels:24} {info.effective_from} {info.standard or info.source}")
        for text in shipped_lists():
            mark = " (example)" if text.is_example else ""
            self.stdout.write(f"{text.kind:20} {len(text.entries):<24} {text.active_from} {text.name}{mark}")

    def _load(self) -> None:
        try:
            report = load_taxonomy(at=clock.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for name in report.adopted:
            self.stdout.write(f"adopted {name}")
        self.stdout.write(f"{len(report.adopted)} adopted, {report.unchanged} there already")
