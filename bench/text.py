"""Speed of the text engine on postings made up from a small stock of sentences, printed as JSON.

Usage: python bench/text.py [POSTINGS]
With TAIHU_SHARED_DATA set, or the folder of real data beside the checkout, the real postings are measured too.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from taihu.engines.text.dedupe import group_duplicates, signature
from taihu.engines.text.fold import fold
from taihu.engines.text.lawful import scan
from taihu.engines.text.pay import parse_pay
from taihu.engines.text.repair import repair
from taihu.engines.text.segment import index_text, query

TITLES = [
    "软件工程师",
    "电工",
    "焊工",
    "会计",
    "前端开发工程师",
    "數據分析師",
    "Electrician",
    "仓库管理员",
    "养老护理员",
    "机械工程师",
]
SENTENCES = [
    "负责公司核心业务系统的设计、开发与维护，参与需求评审和技术方案设计；",
    "熟悉Java、Python或C++中的一种，了解MySQL、Redis等常用组件；",
    "负责厂区电气设备的日常巡检、维护与故障维修，持低压电工证上岗；",
    "本科及以上学历，三年以上相关工作经验，男女不限，五险一金，双休；",
    "具有良好的沟通能力、团队协作精神和较强的责任心，能承受一定的工作压力；",
    "协助部门经理完成月度报表、供应商对账及采购订单的跟进工作；",
    "工作地点无锡市新吴区，提供食宿，不收取任何押金。",
]
REAL = Path(os.environ.get("TAIHU_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def made_up(count: int) -> list[str]:
    """Return `count` postings, the same for the same count."""
    choose = random.Random(20260101)
    return [f"{choose.choice(TITLES)}\n" + "".join(choose.sample(SENTENCES, 4)) for _ in range(count)]


def real() -> list[dict[str, str]]:
    """Return the real postings, or nothing where they are absent."""
    file = REAL / "zhaopin_9cities_2026" / "postings.csv.gz"
    if not file.exists():
        return []
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def measured(work: Callable[[str], object], texts: list[str]) -> dict[str, float]:
    """Return the speed of `work` on one core."""
    work(texts[0])
    start = time.perf_counter()
    for text in texts:
        work(text)
    seconds = time.perf_counter() - start
    return {
        "seconds": round(seconds, 3),
        "postings_per_second": round(len(texts) / seconds),
        "characters_per_second": round(sum(map(len, texts)) / seconds),
    }


def index_length(text: str) -> int:
    """Segment without sending the terms between processes."""
    return len(index_text(text))


def on_all_cores(texts: list[str]) -> dict[str, float]:
    """Return the speed of segmenting with one process a core."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(index_length, texts[: cores * 200], chunksize=100))
        start = time.perf_counter()
        list(pool.map(index_length, texts, chunksize=2_000))
        seconds = time.perf_counter() - start
    return {"cores": cores, "seconds": round(seconds, 3), "postings_per_second": round(len(texts) / seconds)}


def duplicates(rows: list[dict[str, str]]) -> dict[str, float]:
    """Return the speed of signing and grouping real postings."""
    start = time.perf_counter()
    signed = [signature(company=r["公司"], title=r["职位"], text=r["工作描述"], place=r["城市"]) for r in rows]
    middle = time.perf_counter()
    groups = group_duplicates(signed)
    end = time.perf_counter()
    return {
        "signatures_per_second": round(len(rows) / (middle - start)),
        "group_seconds": round(end - middle, 3),
        "linked": len(rows) - len(set(groups)),
    }


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    texts = made_up(count)
    sample = texts[:20_000]
    report: dict[str, object] = {
        "postings": count,
        "fold": measured(fold, sample),
        "repair": measured(repair, sample),
        "segment": measured(index_text, sample),
        "scan": measured(scan, sample),
        "query": measured(query, [text[:12] for text in sample]),
        "segment_all_cores": on_all_cores(texts),
    }
    if rows := real():
        real_texts = ["\n".join((r["职位"], r["公司"], r["技能"], r["工作描述"])) for r in rows]
        report["real_postings"] = len(rows)
        report["real_segment"] = measured(index_text, real_texts)
        report["real_scan"] = measured(scan, real_texts)
        report["real_pay"] = measured(parse_pay, [r["薪资"] for r in rows])
        report["real_duplicates"] = duplicates(rows)
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
