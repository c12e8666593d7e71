"""`taihu demo`: a synthetic city to try everything in, built once, matched, served."""

import os
import sys
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from taihu.portal.demo.accounts import OFFICES, PASSWORD, address
from taihu.portal.demo.build import build_city, marker, write_marker
from taihu.portal.demo.policies import evaluate_policies
from taihu.records.base.clock import CITY_ZONE, now
from taihu.records.base.progress import stage_bars
from taihu.records.identity.models import Person

STAGES = {
    "employers": "单位",
    "openings": "岗位",
    "people": "人才",
    "history": "投递与录用",
    "registers": "部门数据",
    "index": "搜索索引",
    "match": "匹配",
    "policies": "政策核算",
}


class Command(BaseCommand):
    help = "Build a synthetic demo city if there is none, and serve it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true")
        parser.add_argument("--people", type=int, default=20_000)
        parser.add_argument("--employers", type=int, default=600)
        parser.add_argument("--openings", type=int, default=3_000)
        parser.add_argument("--seed", type=int, default=20260101)
        parser.add_argument("--at", help="the day on which the city stands, YYYY-MM-DD; today by default")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        if marker() is None:
            self._build(options)
            self.stdout.write(f"城市已建成，用时 {time.monotonic() - started:.1f} 秒。")
        self._print_accounts(options)
        if not options["no_serve"]:
            self.stdout.flush()
            # A process of its own: settings that were read before the city was built do not know that it is a demo.
            serve = [sys.executable, "-m", "taihu", "serve", "--host", options["host"], "--port", str(options["port"])]
            os.execve(sys.executable, serve, os.environ | {"TAIHU_DEMO": "1"})  # noqa: S606 - our own interpreter

    def _build(self, options: dict[str, Any]) -> None:
        at = _moment(options["at"])
        call_command("migrate", verbosity=0)
        if Person.objects.exists():
            raise CommandError(
                f"{settings.DATA_FOLDER} holds people but no finished demo city: set TAIHU_DATA to an empty folder"
            )
        sizes = {name: options[name] for name in ("people", "employers", "openings")}
        with stage_bars(STAGES) as show:
            build_city(seed=options["seed"], at=at, progress=show, **sizes)
            self._finish(at, show)
        write_marker({"seed": options["seed"], "at": at.isoformat(), **sizes})

    def _finish(self, at: datetime, show: Any) -> None:
        from taihu.systems.jobs.actions.fairness import audit_run
        from taihu.systems.jobs.actions.runs import STAGES as MATCH_STAGES
        from taihu.systems.jobs.actions.runs import perform_match, request_match

        show("index", 0.0)
        call_command("search", "rebuild", verbosity=0)
        show("index", 1.0)

        def progress(stage: str, share: float) -> None:
            show("match", (MATCH_STAGES.index(stage) + share) / len(MATCH_STAGES))

        audit_run(run=perform_match(request_match(at=at, acting_user=None), at=at, progress=progress), at=at)
        show("match", 1.0)
        show("policies", 0.0)
        evaluate_policies(at=at)
        show("policies", 1.0)

    def _print_accounts(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"\n  http://{options['host']}:{options['port']}/\n")
        self.stdout.write(f"  示例账户（密码都是 {PASSWORD}）：")
        for name, title in [("seeker", "求职者"), ("employer", "用人单位"), *((n, t) for n, _r, t in OFFICES)]:
            self.stdout.write(f"    {address(name):26} {title}")
        self.stdout.write("  城市、单位和人名都是虚构的。\n")


def _moment(text: str | None) -> datetime:
    """The morning of the day that was asked for; now, to the minute, otherwise."""
    if text is None:
        return now().replace(second=0, microsecond=0)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(hour=9, tzinfo=CITY_ZONE)
    except ValueError:
        raise CommandError(f"--at {text!r}: write a day as YYYY-MM-DD") from None
