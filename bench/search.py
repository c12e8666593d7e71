"""Search at city scale: filtered search in process, the page with facets, and how soon a new opening is found.

    python bench/search.py [--openings 200000] [--queries 400]

Works in a temporary data folder on SQLite; prints one JSON object.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
SEED = 7
WORDS = [
    "软件", "工程师", "数控", "焊工", "电工", "会计", "护士", "销售", "司机", "保安", "质检", "仓库",
    "物流", "半导体", "设备", "工艺", "研发", "测试", "数据", "运维", "客服", "行政", "采购",
]  # fmt: skip
TEXT = [
    "负责", "日常", "维护", "设备", "调试", "图纸", "生产", "计划", "沟通", "客户", "团队", "经验",
    "熟悉", "操作", "流程", "安全", "管理", "质量", "标准", "系统", "开发", "文档", "培训", "改进",
]  # fmt: skip
AREAS = ["320205", "320206", "320211", "320213", "320214", "320281", "320282", "3202JK"]
OCCUPATIONS = ["2-02-10-03", "2-02-10-05", "6-18-01-01", "6-18-01-02", "4-07-03-04", "2-06-03-00", "2-05-08-01"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--openings", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=400)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="taihu-bench-") as folder:
        os.environ |= {"TAIHU_DATA": folder, "TAIHU_DEBUG": "0", "DJANGO_SETTINGS_MODULE": "taihu.portal.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        print(json.dumps(measure(options.openings, options.queries), ensure_ascii=False, indent=1))


def measure(openings: int, queries: int) -> dict[str, object]:
    from taihu.systems.jobs.search import indexing

    rng = random.Random(SEED)
    write_openings(rng, openings)
    started = time.perf_counter()
    indexing.rebuild()
    result: dict[str, object] = {"openings": openings, "rebuild_seconds": round(time.perf_counter() - started, 1)}
    result["filtered_search"] = timed(queries, search_once(rng))
    result["page_with_facets"] = timed(queries // 4, page_once(rng))
    result["new_opening_found_seconds"] = found_after()
    return result


def write_openings(rng: random.Random, total: int) -> None:
    from taihu.records.base.clock import now
    from taihu.records.identity.models import Organisation
    from taihu.systems.jobs.models import Opening

    at = now()
    names = [f"示例{number}有限公司" for number in range(2000)]
    kinds = ["private", "state", "foreign", "joint"]
    fields = {"state": "verified", "verified_until": at + timedelta(days=90), "created_at": at}
    Organisation.objects.bulk_create(
        Organisation(name=name, name_key=name, kind_code=rng.choice(kinds), **fields) for name in names
    )
    employers = list(Organisation.objects.values_list("pk", flat=True))
    for start in range(0, total, 5000):
        Opening.objects.bulk_create(
            [make_row(rng, Opening, employers, at) for _ in range(min(5000, total - start))], batch_size=500
        )


def make_row(rng, model, employers, at):  # type: ignore[no-untyped-def]
    low = rng.randrange(3, 40) * 50_000
    published = at - timedelta(minutes=rng.randrange(60 * 24 * 90))
    return model(
        organisation_id=rng.choice(employers), title="".join(rng.sample(WORDS, 2)), area_code=rng.choice(AREAS),
        description="".join(rng.choices(TEXT, k=40)), requirements="".join(rng.choices(TEXT, k=15)), address="示例路 1 号",
        occupation_code=rng.choice(OCCUPATIONS), industry_code=rng.choice(["C39", "I65", "F51", "Q84"]),
        employment_type=rng.choice(["full", "full", "part", "intern"]), pay_min=low, pay_max=low + 300_000,
        education_rank=rng.randrange(7), experience_min=rng.choice([0, 12, 36, 60]), state="published", is_listed=True,
        published_at=published, refreshed_at=published, valid_through=at + timedelta(days=60),
        created_at=published, updated_at=published,
    )  # fmt: skip


def search_once(rng: random.Random) -> Callable[[], object]:
    from django.http import QueryDict

    from taihu.records.base.clock import now
    from taihu.systems.jobs.search import engine
    from taihu.systems.jobs.search.criteria import parse

    def once() -> object:
        query = f"q={rng.choice(WORDS)}&district={rng.choice(AREAS)}&pay_min={rng.choice([5000, 9000])}&type=full"
        return engine.search(parse(QueryDict(query)), at=now())

    return once


def page_once(rng: random.Random) -> Callable[[], object]:
    from django.test import Client

    client = Client(SERVER_NAME="localhost")

    def once() -> object:
        # Another lower bound each time, so that no count comes from the cache.
        floor = rng.randrange(3000, 9000)
        query = {"q": rng.choice(WORDS), "district": rng.choice(AREAS), "pay_min": floor}
        response = client.get("/openings/", query)
        assert response.status_code == 200, response.status_code
        return response

    return once


def timed(times: int, once: Callable[[], object]) -> dict[str, float]:
    for _ in range(10):
        once()
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - started)
    seconds.sort()
    return {
        "times": times,
        "p50_ms": round(1000 * seconds[times // 2], 2),
        "p95_ms": round(1000 * seconds[int(times * 0.95)], 2),
    }


def found_after() -> float:
    """From the publication in the database to the first search that finds it, by way of the outbox."""
    from django.db import transaction
    from django.http import QueryDict

    from taihu.records.base.clock import now
    from taihu.records.base.events import deliver_due, publish
    from taihu.systems.jobs.events import OpeningListed
    from taihu.systems.jobs.models import Opening
    from taihu.systems.jobs.search import engine
    from taihu.systems.jobs.search.criteria import parse

    at = now()
    row = make_row(random.Random(1), Opening, [Opening.objects.values_list("organisation_id", flat=True)[0]], at)
    row.title = "量子雷达工程师"
    started = time.perf_counter()
    with transaction.atomic():
        row.save()
        publish(OpeningListed(opening_id=row.pk), at=at)
    while row.pk not in engine.search(parse(QueryDict("q=量子雷达")), at=at).ids:
        deliver_due(at=now())
        if time.perf_counter() - started > 30:
            raise SystemExit("the new opening was not found within 30 seconds")
    return round(time.perf_counter() - started, 3)


if __name__ == "__main__":
    main()
