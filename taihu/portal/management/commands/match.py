"""`taihu match`: match everybody now; `taihu match verify RUN|latest`: recompute the certificate."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from taihu.records.base.clock import now
from taihu.records.base.errors import Refused
from taihu.records.base.progress import stage_bars
from taihu.systems.jobs.actions.runs import DEFAULTS, perform_match, request_match, verify_run
from taihu.systems.jobs.enums import RunState
from taihu.systems.jobs.models import MatchRun

NAMES = {"load": "读取", "candidates": "候选", "probabilities": "概率", "slates": "推荐单", "store": "保存"}


class Command(BaseCommand):
    help = "Match the whole city, or verify the certificate of a stored run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["run", "verify"], default="run")
        parser.add_argument("run", nargs="?", default="latest", help="number of a run, or latest (for verify)")
        parser.add_argument("--engine", choices=["local", "ray"], default="local")
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line of standard output")
        parser.add_argument(
            "--mu", type=float, default=DEFAULTS["mu"], help="weight of people's interest against filled places"
        )
        parser.add_argument("--sweeps", type=int, default=DEFAULTS["sweeps"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["what"] == "verify":
                self._verify(options)
            else:
                self._match(options)
        except Refused as refused:
            raise CommandError(str(refused)) from refused

    def _match(self, options: dict[str, Any]) -> None:
        at = now()
        run = MatchRun.objects.filter(state=RunState.RUNNING, engine=options["engine"]).order_by("-pk").first()
        if run is None:
            parameters = {"mu": options["mu"], "sweeps": options["sweeps"]}
            run = request_match(at=at, acting_user=None, engine=options["engine"], **parameters)
        else:
            self.stderr.write(f"run {run.pk} was interrupted: going on with it")
        with stage_bars(NAMES) as show:
            run = perform_match(run, at=at, progress=show)
        self._report(run, options["json"])

    def _report(self, run: MatchRun, as_json: bool) -> None:
        names = (
            "people",
            "openings",
            "edges",
            "vacancies",
            "seconds",
            "peak_rss_bytes",
            "objective",
            "upper_bound",
            "gap",
        )
        values = {"run": run.pk, **{name: getattr(run, name) for name in names}}
        if as_json:
            self.stdout.write(json.dumps(values))
            return
        for name, value in values.items():
            self.stdout.write(f"{name:15} {value}")

    def _verify(self, options: dict[str, Any]) -> None:
        runs = MatchRun.objects.filter(state=RunState.DONE).order_by("-pk")
        run = runs.first() if options["run"] == "latest" else runs.filter(pk=_number(options["run"])).first()
        if run is None:
            raise CommandError(f"there is no finished run {options['run']!r}: `taihu match` makes one")
        found = verify_run(run)
        stored = (run.objective or 0.0, run.upper_bound or 0.0)
        agrees = found.valid and abs(found.objective - stored[0]) <= 1e-6 * max(1.0, stored[0])
        agrees = agrees and found.upper_bound >= found.objective
        values = {
            "run": run.pk,
            "valid": found.valid,
            "problems": list(found.problems),
            "objective": found.objective,
            "upper_bound": found.upper_bound,
            "gap": found.gap,
            "stored_objective": stored[0],
            "stored_upper_bound": stored[1],
            "agrees": agrees,
        }
        if options["json"]:
            self.stdout.write(json.dumps(values))
        else:
            for name, value in values.items():
                self.stdout.write(f"{name:18} {value}")
        if not agrees:
            sys.exit(1)


def _number(text: str) -> int:
    if not text.isdigit():
        raise CommandError(f"{text!r} is no number of a run: write a number or `latest`")
    return int(text)
