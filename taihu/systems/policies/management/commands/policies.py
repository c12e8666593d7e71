"""`taihu policies run|check|cases|import|verify`: evaluate everybody, check files, run worked cases."""

import json
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from taihu.engines.rules.cases import run_cases
from taihu.engines.rules.errors import PolicyError, Problem
from taihu.engines.rules.sets import PolicySet
from taihu.records.base.clock import city_date, now
from taihu.records.base.errors import Refused
from taihu.records.base.progress import stage_bars
from taihu.systems.policies.actions.policies import import_examples
from taihu.systems.policies.actions.runs import chosen_versions, perform_run, request_run, verify_run
from taihu.systems.policies.enums import RunState
from taihu.systems.policies.models import PolicyRun
from taihu.systems.policies.rulebook import check_files, check_texts, example_texts, published_rules

NAMES = {"load": "读取事实", "evaluate": "核算", "store": "保存"}


class Command(BaseCommand):
    help = "Evaluate everybody under the published policies, check policy files, run their worked cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parts = parser.add_subparsers(dest="what", required=True)
        run = parts.add_parser("run", help="evaluate the whole city and store the results")
        run.add_argument(
            "--policy", action="append", default=[], metavar="ID[@VERSION]", help="only these; may be repeated"
        )
        run.add_argument("--at", metavar="DATE", help="the application date that is assumed; today by default")
        run.add_argument("--processes", type=int, help="how many processes read facts; two by default")
        run.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
        check = parts.add_parser("check", help="check policy files and run their cases")
        check.add_argument("files", nargs="+", type=Path, metavar="FILE")
        check.add_argument("--language", choices=["zh", "en"], default="zh")
        cases = parts.add_parser(
            "cases", help="run the worked cases of the published policies (the shipped ones if none)"
        )
        cases.add_argument("--json", action="store_true")
        cases.add_argument("--language", choices=["zh", "en"], default="zh")
        parts.add_parser("import", help="publish the example policies that ship with the software")
        verify = parts.add_parser("verify", help="evaluate a stored run again and compare every bit")
        verify.add_argument("run", nargs="?", default="latest", help="number of a run, or latest")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")(options)
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    def _run(self, options: dict[str, Any]) -> None:
        at = now()
        day = _day(options["at"]) or city_date(at)
        run = self._interrupted(day, options["policy"])
        if run is None:
            run = request_run(at=at, acting_user=None, day=day, keys=options["policy"], announce=False)
        else:
            self.stderr.write(f"run {run.pk} was interrupted: going on with it")
        with stage_bars(NAMES) as show:
            run = perform_run(run, at=at, progress=show, processes=options["processes"])
        self._report(run, options["json"])

    def _interrupted(self, day: date, keys: list[str]) -> PolicyRun | None:
        """A run that began and was killed, for the same day and policies."""
        for run in PolicyRun.objects.filter(state=RunState.RUNNING, day=day).order_by("-pk"):
            versions = {version.key for version in run.versions.all()}
            wanted = {version.key for version in chosen_versions(keys)}
            if versions == wanted:
                return run
        return None

    def _report(self, run: PolicyRun, as_json: bool) -> None:
        names = ("people", "seconds", "peak_rss_bytes", "rules_digest", "facts_digest", "results_digest")
        policies = {
            key: {**item["groups"], "payable_fen": item["payable"]} for key, item in run.report["policies"].items()
        }
        values = {"run": run.pk, "day": run.day.isoformat(), **{name: getattr(run, name) for name in names}}
        values |= {"policies": policies, "contradictions": run.report["contradictions"]}
        if as_json:
            self.stdout.write(json.dumps(values, ensure_ascii=False))
            return
        for name in ("run", "day", *names):
            self.stdout.write(f"{name:16} {values[name]}")
        for key, item in policies.items():
            self.stdout.write(f"{key:36} {item}")

    def _check(self, options: dict[str, Any]) -> None:
        texts = {}
        for path in options["files"]:
            try:
                texts[str(path)] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                line = error.object[: error.start].count(b"\n") + 1
                raise CommandError(f"{path}:{line}: not UTF-8 text. To fix: save the file as UTF-8") from error
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}. To fix: check the name of the file") from error
        try:
            policies = check_files(texts)
        except PolicyError as error:
            self.stderr.write(error.text(options["language"]))
            sys.exit(1)
        self._advise(policies.advice, options["language"])
        self._show_cases(policies, options["language"])
        self.stdout.write(f"policies: {len(policies.policies)}, no mistakes")

    def _advise(self, advice: tuple[Problem, ...], language: str) -> None:
        for item in advice:
            self.stderr.write(item.text(language))

    def _cases(self, options: dict[str, Any]) -> None:
        policies = published_rules()
        if not policies.policies:
            policies = check_texts(example_texts())
        self._show_cases(policies, options["language"], as_json=options["json"])

    def _show_cases(self, policies: PolicySet, language: str, *, as_json: bool = False) -> None:
        results = run_cases(policies)
        failed = [item for item in results if not item.passed]
        for item in failed:
            self.stderr.write(f"{item.place}: {item.policy} “{item.case}”")
            self._advise(item.differences, language)
        values = {"cases": len(results), "failed": len(failed)}
        self.stdout.write(json.dumps(values) if as_json else f"{len(results)} cases, {len(failed)} failed")
        if failed:
            sys.exit(1)

    def _import(self, options: dict[str, Any]) -> None:
        made = import_examples(acting_user=None, at=now())
        self.stdout.write(f"{len(made)} example policies published")

    def _verify(self, options: dict[str, Any]) -> None:
        runs = PolicyRun.objects.filter(state=RunState.DONE).order_by("-pk")
        name = options["run"]
        if name != "latest" and not name.isdigit():
            raise CommandError(f"{name!r} is no number of a run: write a number or `latest`")
        run = runs.first() if name == "latest" else runs.filter(pk=int(name)).first()
        if run is None:
            raise CommandError(f"there is no finished run {name!r}: `taihu policies run` makes one")
        values = {"run": run.pk, **verify_run(run)}
        self.stdout.write(json.dumps(values))
        if not values["agrees"]:
            sys.exit(1)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at {text!r}: write a day as YYYY-MM-DD") from None
