"""Files, mappings and imports for the tests of importing."""

import csv
import io
import random

from factories import AT

from taihu.systems.jobs.actions.imports import import_file

MAPPING = """
name = "test"
source = "示例人才网"
[fields]
title = "职位"
employer = "公司"
area = "城市"
pay = "薪资"
degree = { column = "学历", default = "不限" }
experience = { column = "经验", default = "不限" }
description = "描述"
skills = { column = "技能", default = "" }
source_id = { column = "编号", default = "" }
source_url = { column = "网址", default = "" }
posted_at = { column = "发布", default = "" }
valid_through = { column = "截止", default = "" }
"""
POSTING = {
    "编号": "", "职位": "数控车工", "公司": "无锡示例精密机械有限公司", "城市": "无锡·新吴区", "薪资": "8千-1.1万·13薪",
    "学历": "大专", "经验": "1-3年", "技能": "数控编程,CAD", "网址": "https://jobs.example.test/1",
    "描述": "岗位职责：操作数控车床，按图纸加工零件，做好首件检验和日常保养。任职要求：1、机械类专业；2、能看懂图纸，服从排班。",
    "发布": "2026-03-01", "截止": "",
}  # fmt: skip


def posting(number, **fields):
    """A row whose text is like no other number's."""
    rng = random.Random(number)
    line = "".join(chr(rng.randrange(0x4E00, 0x8000)) for _ in range(80))
    return {**POSTING, "编号": str(number), "描述": f"{POSTING['描述']}产线：{line}", **fields}


def csv_of(rows):
    columns = list(rows[0]) if rows else list(POSTING)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(folder, rows, name="postings.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes((rows if isinstance(rows, str) else csv_of(rows)).encode(encoding))
    return path


def write_mapping(folder, text=MAPPING, name="test.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(folder, rows, *, mapping=MAPPING, at=AT, name="postings.csv", **options):
    path = write(folder, rows, name)
    return import_file(at=at, path=path, mapping=str(write_mapping(folder, mapping)), processes=1, **options)


def counts(batch):
    return batch.rows, batch.accepted, batch.repaired, batch.held, batch.rejected


def effects(batch):
    return batch.created, batch.updated, batch.unchanged, batch.linked
