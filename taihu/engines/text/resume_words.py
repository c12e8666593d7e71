"""Wording by which `resume` knows names, dates, schools, employers and titles."""

from __future__ import annotations

import re

EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}(?![\w-])"
)
PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?!\d)")
NAME_FIELD = re.compile(
    r"^(?:姓\s*名|name)\s*[:：]?\s*([\u4e00-\u9fff·]{2,12}|[A-Za-z][A-Za-z .'-]{1,40}?)(?=$|\s{2,}|[|,，;；\t]|\s+\S{1,6}[:：])",
    re.I,
)
NAME_LINE = re.compile(r"^([\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,6}·[\u4e00-\u9fff]{1,6})$")
NO_NAMES = re.compile(
    "简历|求职|个人|基本|信息|教育|工作|经历|项目|技能|自我|评价|联系|证书|电话|邮箱|应聘|意向|背景|资料|专业|荣誉|语言|兴趣|实习"
)
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江"
    "尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧司上诸葛皇甫温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪"
    "梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
SECTIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"^[#*【\[●■◆▶\s\d.、一二三四五六七八]{{0,6}}(?:{words})[】\]:：\s*]*$", re.I))
    for name, words in (
        ("education", "教育(?:背景|经历|情况)?|学习经历|education(?: background)?"),
        (
            "work",
            "工作(?:经历|经验|履历)|实习(?:经历|经验)|职业经历|任职经历|(?:work |professional )?experience|employment(?: history)?",
        ),
        ("skills", "(?:专业|职业|个人|相关)?技能(?:特长|清单|证书)?|技能(?:与|和)证书|技术栈|(?:technical )?skills"),
        ("summary", "自我(?:评价|介绍|描述)|个人(?:总结|优势|简介|评价)|summary|profile|about me"),
        (
            "other",
            "项目(?:经历|经验)|证书|荣誉(?:奖项)?|获奖(?:情况|经历)?|语言能力|兴趣爱好|求职意向|期望工作|"
            "基本信息|个人信息|联系方式|培训经历|在校经历|校园经历|projects|certificates|awards|languages|interests|contact",
        ),
    )
)
MONTH = r"(?:(19[5-9]\d|20[0-4]\d)\s*(?:年|[./-])\s*(1[0-2]|0?[1-9])(?!\d)\s*月?|(19[5-9]\d|20[0-4]\d)\s*年?)"
SPAN = re.compile(
    rf"{MONTH}\s*(?:-{{1,3}}|–|—{{1,2}}|~|至|到|to)\s*(?:{MONTH}|(至今|现在|今|目前|present|now|current))", re.I
)
SCHOOL = re.compile(
    r"[\u4e00-\u9fff()（）]{2,24}?(?:大学|学院|学校|党校)(?:\([\u4e00-\u9fff]{2,3}\))?"
    r"|[A-Z][A-Za-z&.,' -]{2,60}?(?:University|College|Institute)(?: of [A-Z][A-Za-z ]{2,40})?"
)
EMPLOYER = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9()（）&·]{2,40}?(?:有限责任公司|股份有限公司|有限公司|集团公司|集团|公司|研究院|研究所|设计院|事务所|医院|银行|"
    r"工厂|中心|学校|大学|学院|局|委员会)(?:[\u4e00-\u9fff]{2,10}分公司)?"
    r"|[A-Z][A-Za-z0-9&.,' -]{1,60}? (?:Inc|Ltd|LLC|GmbH|Corp|Co)\b\.?(?:,? ?Ltd\.?)?"
)
TITLE = re.compile(
    r"[\u4e00-\u9fffA-Za-z/+#.()-]{0,16}(?:工程师|经理|总监|主管|专员|助理|设计师|程序员|架构师|会计|出纳|教师|老师|"
    r"护士|医生|医师|顾问|研究员|分析师|技术员|操作工|电工|焊工|钳工|司机|文员|店长|代表|实习生|负责人|组长|主任|部长|厂长|编辑|翻译|客服|运营|采购|销售)"
    r"|(?:[A-Z][A-Za-z/-]+ ){0,4}(?:[Ee]ngineer|[Mm]anager|[Dd]eveloper|"
    r"[Dd]esigner|[Aa]nalyst|[Dd]irector|[Aa]ssistant|[Ii]ntern|[Cc]onsultant|[Aa]ccountant|[Tt]eacher|[Nn]urse)"
)
MAJOR_FIELD = re.compile(
    r"(?:专业|所学专业|major)\s*[:：]\s*([\u4e00-\u9fffA-Za-z &()-]{2,40}?)(?=$|\s{2,}|[|,，;；\t])", re.I
)
MAJOR_SUFFIX = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,20})专业(?![技课知])")
MAJOR_WORD = re.compile(
    r"^[\u4e00-\u9fff]{2,12}(?:工程|科学|技术|学|管理|设计|教育|医学|会计|金融|语言|文学|"
    r"自动化|数学|物理|化学|英语|日语|营销|商务|机械|通信|软件|经济|贸易)(?:与[\u4e00-\u9fff]{2,8})?$"
)
DEGREE_WORD = re.compile(r"博士(?!后)|硕士|研究生|本科|学士|大专|专科|中专|高中|ph\.?d|master|bachelor|mba", re.I)
YEARS = re.compile(
    r"(?<![\d.])(\d{1,2}(?:\.\d)?)\s*\+?\s*年(?:以上)?(?:的?(?:相关|行业|工作|从业|开发)){1,3}(?:工作)?经[验历]"
    r"|(?:工作(?:年限|经验)|从业年限)\s*[:：]\s*(\d{1,2}(?:\.\d)?)\s*年"
    r"|(\d{1,2})\+? years?(?: of)?(?: [a-z]+){0,3} experience",
    re.I,
)
FIELD_GAP = re.compile(r"[\s|｜•·/,，;；()（）]+")
