"""`taihu cases check FILE…`, `taihu cases load [FILE…]`, `taihu cases terms`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.cases.actions import add_procedure, load_shipped, look_at_terms
from taihu.records.cases.procedures.errors import ProcedureError
from taihu.records.cases.procedures.loader import load_procedure
from taihu.records.cases.procedures.shipped import shipped_sources
from taihu.records.facts.properties import PERSON, all_properties


class Command(BaseCommand):
    help = "Check or load procedure templates (the shipped examples without a file); look at the terms of cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["check", "load", "terms"])
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "terms":
            for name, count in look_at_terms(at=now()).items():
                self.stdout.write(f"{name}: {count}")
            return
        if options["act"] == "check":
            self._check(options["files"])
        else:
            self._load(options["files"])

    def _check(self, files: list[Path]) -> None:
        sources = {path.name: path.read_text("utf-8") for path in files} or shipped_sources()
        names = [item.name for item in all_properties() if item.subject == PERSON]
        problems = []
        for name, text in sources.items():
            try:
                procedure = load_procedure(text, name, properties=names)
            except ProcedureError as error:
                problems.append(error.text("zh"))
            else:
                self.stdout.write(f"{name}: {procedure.key}，{len(procedure.stages)} 个环节")
        if problems:
            raise CommandError("\n".join(problems))

    def _load(self, files: list[Path]) -> None:
        at = now()
        if not files:
            self.stdout.write(f"已载入 {len(load_shipped(at=at))} 个流程。")
            return
        for path in files:
            try:
                row = add_procedure(acting_user=None, source=path.read_text("utf-8"), file=path.name, at=at)
            except Refused as refused:
                raise CommandError(str(refused)) from None
            self.stdout.write(f"{path.name}: {row.slug}@{row.version}")
