"""Worked case T13 and wordings that are lawful."""

import pytest

from taihu.engines.text.lawful import Exemption, Level, scan


def found(text):
    return {(finding.category, finding.level) for finding in scan(text)}


def test_case_t13_blocks_sex_and_deposit_and_flags_age():
    assert found("限男性 35岁以下 押金200") == {("sex", Level.BLOCK), ("age", Level.FLAG), ("fee", Level.BLOCK)}


@pytest.mark.parametrize(
    "text", ["男女不限", "不收取任何押金", "3年以上经验", "熟悉35kV变电站", "不限户籍", "负责儿童摄影", "招聘工程师"]
)
def test_lawful_wording_is_left_alone(text):
    assert scan(text) == ()


@pytest.mark.parametrize("text", ["限-男", "僅限男性", "限 男 性", "只招女生"])
def test_disguised_wording_is_found(text):
    assert ("sex", Level.BLOCK) in found(text)


def test_a_finding_cites_an_article_and_its_place():
    finding = scan("岗位要求：限男性")[0]

    assert "岗位要求：限男性"[finding.start : finding.end] == finding.matched
    assert finding.articles
    assert finding.advice_zh


def test_a_registered_exception_is_reported_as_exempt():
    assert scan("仅限男性", exemptions=[Exemption("sex", "国家规定的不适合妇女的工种")])[0].level == Level.EXEMPT
