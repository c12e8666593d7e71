"""Worked case T13 and wordings that are lawful."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taihu.engines.text.lawful import Exemption, Kind, Level, default_scanner, read_rules, scan


def found(text):
    return {(finding.category, finding.level) for finding in scan(text)}


def test_case_t13_blocks_sex_and_deposit_and_flags_age():
    assert found("限男性 35岁以下 押金200") == {("sex", Level.BLOCK), ("age", Level.FLAG), ("fee", Level.BLOCK)}


@pytest.mark.parametrize("text", ["限-男", "僅限男性", "限 男 性", "只招女生"])
def test_disguised_wording_is_found(text):
    assert ("sex", Level.BLOCK) in found(text)


def test_a_lawful_phrase_does_not_reach_over_a_comma():
    assert {finding.rule for finding in scan("限女性，35岁以下，大专以上")} == {"sex.limited", "age.limit"}


def test_a_finding_cites_an_article_and_its_place():
    finding = scan("岗位要求：限男性")[0]

    assert "岗位要求：限男性"[finding.start : finding.end] == finding.matched
    assert finding.articles
    assert finding.advice_zh


def test_a_registered_exception_is_reported_as_exempt():
    assert scan("仅限男性", exemptions=[Exemption("sex", "国家规定的不适合妇女的工种")])[0].level == Level.EXEMPT


@pytest.mark.parametrize(
    "text",
    [
        "限男性 35岁以下 押金200",
        "限-男",
        "押 金 500 元",
        "需繳納保證金",
        "男士优先",
        "女士优先",
        "仅限男性",
        "只招女生",
        "限女，形象好",
        "性别：男",
        "招聘女工10名",
        "女生勿扰",
        "不要女的",
        "男，25-35岁",
        "男性优先考虑",
        "Male only",
        "Females preferred",
        "已婚已育优先",
        "未婚优先",
        "要求已婚",
        "近期无婚育计划",
        "三年内不得怀孕",
        "入职体检需做孕检",
        "怀孕勿扰",
        "35岁以下",
        "18-30岁",
        "年龄不超过40岁",
        "80后优先",
        "年龄25-35",
        "限本地户口",
        "仅限江苏籍",
        "不要河南人",
        "外地勿扰",
        "河南人勿扰",
        "本地户口优先",
        "非本地户籍勿扰",
        "须本市户籍",
        "汉族优先",
        "无宗教信仰",
        "不招少数民族",
        "无乙肝",
        "入职体检查乙肝两对半",
        "乙肝勿扰",
        "不招残疾人",
        "无残疾",
        "无传染病史",
        "身高165以上",
        "形象气质佳",
        "需交押金",
        "入职先交服装费300元",
        "培训费自理",
        "体检费自理",
        "保证金1000元",
        "先交费后上岗",
        "培训贷",
        "学费可分期",
        "扣押身份证",
        "需上交身份证原件",
        "刷单兼职",
        "网络刷单员",
        "缅甸高薪客服",
        "高薪出国务工，月入3万",
        "无需经验月入过万",
        "日结高薪",
        "保录取",
        "包就业",
        "加微信abc12345",
        "详情加微信了解",
        "微信：wx_12345678",
        "满14周岁以上即可",
        "招收童工",
        "限 男 生",
        "仅 限·女",
        "男女不限，但男性优先",
        "不限学历，限男性",
        "單身女性優先",
        "押\u3000金２００元",
        "押\u200b金200元",
    ],
)
def test_unlawful_or_suspicious_wording_is_found(text):
    assert scan(text)


@pytest.mark.parametrize(
    "text",
    [
        "熟悉35kV变电站",
        "负责儿童摄影",
        "招聘工程师",
        "男女不限",
        "不限男女",
        "性别不限",
        "性别：男女不限",
        "男女均可",
        "不收押金",
        "无需押金",
        "无押金",
        "不收取任何押金、保证金、培训费",
        "本工作无任何报名费,入会费,违约金,保证金",
        "零押金",
        "不会以任何形式收取费用",
        "押金全免",
        "不限户籍",
        "户籍不限",
        "籍贯：不限",
        "婚姻状况：不限",
        "3年经验",
        "35kV变电站",
        "10-35kV",
        "男装店长",
        "招聘女装运营经理",
        "女性健康管理门店",
        "年满18周岁",
        "18周岁以上",
        "3-6岁儿童教育",
        "解决北京户口",
        "提供上海户口",
        "婚假、产假、生育保险",
        "乙肝药物研发",
        "肝病领域方面的产品经理",
        "妊娠检测试剂研发",
        "不扣押身份证",
        "严禁扣押证件",
        "负责项目保证金管理",
        "酒店前台，收取客人押金",
        "拓展会员费、广告收入",
        "体检费报销",
        "反刷单风控",
        "识别刷单行为",
        "禁止刷单",
        "海外高薪酬管理",
        "微信小程序开发",
        "通过微信等方式联系客户",
        "少数民族语言翻译",
        "民族保险品牌",
        "品牌形象佳",
        "残疾人康复治疗师",
        "保录音质量",
        "社保就业服务",
        "工程师，5年以上",
        "需要35人以下小团队管理",
        "负责收取学费",
        "外地出差",
        "能接受外地办公",
        "团队都是90后",
        "拒绝培训贷",
        "质押金融",
        "抵押金额核算",
        "50人以上团队",
        "女频小说编辑",
        "单身公寓",
        "无不良嗜好",
        "男女同工同酬",
        "独生子女优先",
        "需要女性用户运营经验",
        "要求女性消费者洞察",
        "面向女生群体",
        "熟悉男士护肤品类",
        "25-35万年薪",
        "40-50K",
        "年龄不限",
        "加微信群管理",
        "日结工资",
        "负责招聘男女员工宿舍管理",
        "无经验可学费用自理",
    ],
)
def test_lawful_wording_is_left_alone(text):
    assert scan(text) == ()


@pytest.mark.parametrize(
    "text", ["您结婚了吗", "请问是否已婚", "有无生育计划", "婚育状况", "有男朋友吗", "打算什么时候要孩子"]
)
def test_a_question_about_marriage_or_children_is_blocked(text):
    assert ("marriage", Level.BLOCK) in {(f.category, f.level) for f in scan(text, kind=Kind.QUESTION)}


@pytest.mark.parametrize("text", ["您的工作经验是？", "用过对象存储吗", "做过婚恋平台吗"])
def test_a_question_about_work_is_left_alone(text):
    assert scan(text, kind=Kind.QUESTION) == ()


def test_a_city_sets_its_own_levels_and_the_rule_wins_over_its_category():
    assert scan("35岁以下", levels={"age": Level.OFF}) == ()
    assert scan("35岁以下", levels={"age": Level.OFF, "age.limit": Level.BLOCK})[0].level is Level.BLOCK
    with pytest.raises(ValueError, match="neither a rule nor a category"):
        scan("x", levels={"ages": Level.OFF})


def test_an_exception_for_one_category_leaves_the_others():
    levels = {f.category: f.level for f in scan("限男性，需交押金", exemptions=[Exemption("sex", "矿山井下")])}

    assert levels == {"sex": Level.EXEMPT, "fee": Level.BLOCK}


@pytest.mark.parametrize("rule", default_scanner().rules, ids=lambda rule: rule.id)
def test_every_rule_cites_an_article_and_gives_advice_in_both_languages(rule):
    assert all(article.zh and article.en and article.cite("zh") and article.cite("en") for article in rule.articles)
    assert rule.articles
    assert rule.advice_zh
    assert rule.advice_en


@given(st.text(alphabet="限男女性优先押金200元 -35岁以下无需不收招，。\n户口外地", max_size=40))
def test_triggers_never_hide_a_finding_and_places_are_exact(text):
    for finding in scan(text):
        rule = next(rule for rule in default_scanner().rules if rule.id == finding.rule)
        assert text[finding.start : finding.end] == finding.matched != ""
        assert rule.level is finding.level


@given(
    st.sampled_from(["限男性", "需交押金", "已婚优先", "扣押身份证", "外地人勿扰"]),
    st.sampled_from([" ", "-", "·", "_", "\u200b"]),
)
def test_one_filler_between_any_two_characters_hides_nothing(text, filler):
    rules = {finding.rule for finding in scan(text)}

    assert {finding.rule for finding in scan(filler.join(text))} >= rules


def test_a_malformed_rule_file_is_refused():
    with pytest.raises(ValueError, match="cites the unknown article x"):
        read_rules('[[rules]]\nid="a"\ncategory="a"\nlevel="flag"\npatterns=["b"]\narticles=["x"]')
    with pytest.raises(ValueError, match="unknown fragment Z"):
        read_rules('[[rules]]\nid="a"\ncategory="a"\nlevel="flag"\npatterns=["{Z}"]')
    with pytest.raises(ValueError, match="written twice"):
        read_rules('[[rules]]\nid="a"\ncategory="a"\nlevel="flag"\npatterns=["b"]\n' * 2)
