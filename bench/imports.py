"""Import of postings, end to end into the database: rows a second, and whether memory grows with the file.

    python bench/imports.py [--rows 32000 320000] [--file FILE --map NAME|FILE.toml]

Without a file it writes synthetic ones. Each size runs in a process of its own, on SQLite in a temporary data folder; then
the same file is imported again, which must change nothing. Prints one JSON object.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SEED = 11
MAPPING = """
name = "bench"
source = "synthetic"
[validity]
counted_from = "import"
[fields]
title = "职位"
area = "城市"
employer = "公司"
degree = "学历"
experience = "经验"
pay = "薪资"
description = "工作描述"
industry = "行业"
skills = "技能"
source_id = "编号"
posted_at = "发布时间"
"""
TITLES = [
    "数控车工",
    "软件工程师",
    "会计",
    "护士",
    "电气工程师",
    "平面设计师",
    "销售代表",
    "质检员",
    "产品经理",
    "焊工",
    "仓库管理员",
]
DUTIES = [
    "负责产线设备的日常巡检和维护", "按图纸加工零件并完成首件检验", "参与需求评审和方案设计", "编写技术文档并跟踪问题",
    "与客户沟通交付进度", "编制月度报表并核对往来账目", "制定质量标准并组织培训", "管理仓库收发和盘点",
    "完成上级安排的其他工作", "熟悉常用办公软件，有责任心", "能适应倒班", "有相关工作经验者优先",
    "熟悉 Python、SQL 和 Linux", "掌握 AutoCAD 和 SolidWorks", "具备良好的沟通能力和团队精神",
]  # fmt: skip
PAYS = ["8千-1.1万", "1-1.5万·13薪", "6000-9000元", "200-300元/天", "面议", "年薪20-30万", "1.2-2万"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[32_000, 320_000])
    parser.add_argument("--file")
    parser.add_argument("--map", dest="mapping")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(measure(Path(options.file), options.mapping)))
        return
    with tempfile.TemporaryDirectory(prefix="taihu-bench-") as folder:
        if options.file:
            results = [started(Path(options.file), options.mapping)]
        else:
            mapping = Path(folder) / "bench.toml"
            mapping.write_text(MAPPING, encoding="utf-8")
            results = [started(write(Path(folder), rows), str(mapping)) for rows in options.rows]
    report: dict[str, object] = {"command": " ".join(sys.argv), "cores": len(os.sched_getaffinity(0)), "runs": results}
    if len(results) > 1:
        # SQLite maps its file into memory, up to 512 MB that the system takes back when it needs them.
        name = "peak_memory_without_mapped_files_mb"
        report["memory_last_to_first"] = round(results[-1][name] / results[0][name], 2)
    print(json.dumps(report, ensure_ascii=False, indent=1))


def started(path: Path, mapping: str) -> dict:
    """Measure in a fresh process, so that peaks of memory are its own."""
    command = [sys.executable, __file__, "--run", "--file", str(path), "--map", mapping]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def write(folder: Path, rows: int) -> Path:
    rng = random.Random(SEED)
    path = folder / f"postings-{rows}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["编号", "职位", "城市", "公司", "学历", "经验", "技能", "薪资", "工作描述", "行业", "发布时间"]
        )
        for number in range(rows):
            text = (
                "；".join(rng.choices(DUTIES, k=11))
                + f"。任职要求：{rng.choice(DUTIES)}；工号{number * 7919 % 1000003}。"
            )
            writer.writerow([
                number, rng.choice(TITLES), rng.choice(["无锡·新吴区", "无锡·滨湖区", "江阴", "宜兴", "苏州"]),
                f"示例第{rng.randrange(rows // 3 + 1)}家有限公司", rng.choice(["本科", "大专", "学历不限", "硕士"]),
                rng.choice(["1-3年", "3-5年", "经验不限"]), rng.choice(["Java,Python", "AutoCAD", ""]), rng.choice(PAYS), text,
                rng.choice(["互联网", "电子/半导体/集成电路", "汽车研发/制造"]), f"2026-01-{rng.randrange(1, 28):02d} 10:00:00",
            ])  # fmt: skip
    return path


def measure(path: Path, mapping: str) -> dict:
    with tempfile.TemporaryDirectory(prefix="taihu-bench-") as folder:
        os.environ |= {"TAIHU_DATA": folder, "DJANGO_SETTINGS_MODULE": "taihu.portal.settings", "PYTHONPATH": str(ROOT)}
        import django

        django.setup()
        from django.core.management import call_command

        from taihu.records.base.clock import now
        from taihu.systems.jobs.actions.imports import import_file
        from taihu.systems.jobs.models import Opening
        from taihu.systems.jobs.search.indexing import rebuild

        call_command("migrate", verbosity=0)
        anonymous: list[int] = []
        first, seconds, cpu = timed(
            lambda: import_file(
                at=now(), path=path, mapping=mapping, progress=lambda _batch: anonymous.append(own_memory())
            )
        )
        memory = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        before = Opening.objects.count()
        again, seconds_again, _cpu = timed(lambda: import_file(at=now(), path=path, mapping=mapping))
        _, seconds_index, _cpu = timed(rebuild)
        names = ("rows", "accepted", "repaired", "held", "rejected", "created", "linked")
        return {
            **{name: getattr(first, name) for name in names},
            "seconds": round(seconds, 1),
            "rows_per_second": round(first.rows / seconds),
            "cpu_seconds": round(cpu, 1),
            "rows_per_cpu_second": round(first.rows / cpu),
            "load_average": round(os.getloadavg()[0], 1),
            "peak_rss_mb": round(memory[0]),
            "peak_memory_without_mapped_files_mb": round(max(anonymous) / 1024),
            "peak_rss_mb_of_one_further_process": round(memory[1]),
            "again_seconds": round(seconds_again, 1),
            "again_changed": again.created + again.updated + Opening.objects.count() - before,
            "index_seconds": round(seconds_index, 1),
        }


def timed(act):
    """(result, seconds of the clock, seconds of all processors)."""
    started_at, used = time.perf_counter(), used_seconds()
    result = act()
    return result, time.perf_counter() - started_at, used_seconds() - used


def own_memory() -> int:
    """KiB of this process that are no file."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1])
    return 0


def used_seconds() -> float:
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


if __name__ == "__main__":
    main()
