"""Reasons and errors of an import in the reader's language."""

from collections.abc import Sequence

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from taihu.engines.tables import TableError
from taihu.engines.text.lawful import default_scanner
from taihu.records.base.errors import Refused
from taihu.systems.jobs.imports.fields import FIELDS

REASONS = {
    "quotes": gettext_lazy("引号不成对，这一行读不出来"),
    "too_long": gettext_lazy("这一行太长，可能少了一个引号"),
    "cell_too_long": gettext_lazy("有一格超过 10 万字"),
    "too_few_cells": gettext_lazy("格数比表头少"),
    "too_many_cells": gettext_lazy("格数比表头多"),
    "formula": gettext_lazy("有一格是公式；请改成数值或文字"),
    "field_missing": gettext_lazy("缺少必需的内容"),
    "credit_code_wrong": gettext_lazy("统一社会信用代码不正确"),
    "unlawful": gettext_lazy("含有法律禁止的内容"),
    "suspicious": gettext_lazy("可能含有不当内容，需要人工判断"),
    "mapping_rule": gettext_lazy("映射规定的情形"),
    "value_unknown": gettext_lazy("映射里没有这个词"),
    "text_lost": gettext_lazy("文字已损坏，无法还原"),
    "area_unknown": gettext_lazy("看不出工作地区"),
    "area_doubtful": gettext_lazy("工作地区有歧义"),
    "pay_unknown": gettext_lazy("看不懂薪资"),
    "pay_doubtful": gettext_lazy("薪资的单位或数额可疑"),
    "pay_not_monthly": gettext_lazy("按次计的薪资不能折算成月薪"),
    "degree_unknown": gettext_lazy("看不懂学历要求"),
    "experience_unknown": gettext_lazy("看不懂经验要求"),
    "headcount_unknown": gettext_lazy("看不懂招聘人数"),
    "date_unknown": gettext_lazy("看不懂日期"),
    "type_unknown": gettext_lazy("看不懂用工类型"),
    "employer_suspended": gettext_lazy("这家单位已被停用"),
    "refused_by_officer": gettext_lazy("经办人员已经退回这一行"),
    "text_repaired": gettext_lazy("清理了乱码、标记或不可见字符"),
    "pay_repaired": gettext_lazy("补正了薪资的写法"),
    "title_cut": gettext_lazy("岗位名称太长，已截短"),
    "date_in_future": gettext_lazy("发布时间在将来，按导入时间计"),
    "validity_cut": gettext_lazy("有效期太长，已截短"),
    "url_dropped": gettext_lazy("网址无效，已去掉"),
    "headcount_one": gettext_lazy("招聘人数未写明，按 1 人计"),
    "experience_swapped": gettext_lazy("经验上下限写反，已调换"),
    "not_publishable": gettext_lazy("还不能发布，已存为草稿"),
    "refused": gettext_lazy("不符合发布规定"),
}


DETAILS = {
    "encoding": gettext_lazy("编码错误"),
    "control": gettext_lazy("控制字符"),
    "invisible": gettext_lazy("不可见字符"),
    "symbol_font": gettext_lazy("符号字体"),
    "markup": gettext_lazy("网页标记"),
    "entity": gettext_lazy("网页字符"),
    "pinyin": gettext_lazy("夹带的拼音"),
    "unrecoverable": gettext_lazy("乱码"),
    "unit_inherited": gettext_lazy("单位只写了一次"),
    "bounds_swapped": gettext_lazy("上下限写反"),
    "months_rounded": gettext_lazy("发薪月数取整"),
    "hourly_read_as_monthly": gettext_lazy("按小时的数额像月薪"),
}


def reason_words(reason: Sequence[str]) -> str:
    """`薪资：看不懂薪资（优厚）` for [code, field, detail]."""
    code, name, detail = (*reason, "", "")[:3]
    field = FIELDS.get(name)
    words, detail = str(REASONS.get(code, code)), detail_words(code, detail)
    words = f"{words}（{detail}）" if detail else words
    return f"{field.label}：{words}" if field is not None else words


def detail_words(code: str, detail: str) -> str:
    """The words that a rule of the text check found and the article that it cites, instead of the rule's own name."""
    if detail in DETAILS:
        return str(DETAILS[detail])
    rule, colon, matched = detail.partition("：")
    if code not in ("unlawful", "suspicious") or not colon:
        return detail
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found = next((known for known in default_scanner().rules if known.id == rule), None)
    articles = [article.cite(language) for article in found.articles[:1]] if found else []
    return "，".join([f"“{matched}”", *articles])


def refuse_table(error: TableError) -> Refused:
    """The error of a whole file as a refusal in the reader's language."""
    data = error.data
    texts = {
        "empty": (_("文件里没有内容。"), _("请重新选择文件。")),
        "no_rows": (_("表头下面没有数据。"), _("请确认导出的表里有岗位。")),
        "truncated": (_("压缩文件不完整或已损坏。"), _("请重新传送这个文件。")),
        "too_large": (_("文件解压后太大。"), _("请分成几个文件再导入。")),
        "not_a_table": (_("这个压缩包不是表格。"), _("请解压后导入里面的 CSV 或 XLSX 文件。")),
        "workbook": (_("这个工作簿打不开：已损坏、加了密码，或是旧的 .xls。"), _("请另存为 .xlsx 或 CSV。")),
    }
    if error.code == "encoding":
        message = _("第 %(line)d 行不是 %(encoding)s 编码。") % {
            "line": data["line"],
            "encoding": data["encoding"].upper(),
        }
        return Refused("table_encoding", message, _("请另存为 UTF-8，或在映射里写明编码。"), field="file")
    if error.code == "duplicate_column":
        message = _("列名“%(column)s”出现了两次（第 %(first)d 列和第 %(second)d 列）。") % data
        return Refused("table_duplicate_column", message, _("请改掉其中一个列名。"), field="file")
    if error.code == "missing_columns":
        message = _("文件缺少这些列：%(missing)s。") % {"missing": "、".join(data["missing"])}
        step = _("文件里有：%(columns)s。请改列名，或换一个映射。") % {"columns": "、".join(data["columns"])}
        return Refused("table_missing_columns", message, step, field="file", **data)
    if error.code == "sheet":
        return Refused(
            "table_sheet",
            _("工作簿里没有映射写的工作表。"),
            _("工作簿里有：%(sheets)s。") % {"sheets": "、".join(data["sheets"])},
            field="file",
        )
    message, step = texts[error.code]
    return Refused(f"table_{error.code}", message, step, field="file")
