"""What the job market's messages say, to the person and to the employer."""

from django.utils.translation import gettext_lazy as _

from taihu.records.identity.actions import register_kind

_TO_EITHER = {
    "hire_confirmed": (_("“%(title)s”的入职已由社保记录确认"), _("社保参保记录显示已经入职。")),
    "offer_expired": (_("“%(title)s”的录用意向已过期"), _("在答复期限内没有答复，录用意向自动失效。")),
}
_TO_PERSON = {
    "application_sent": (_("已向%(organisation)s投递“%(title)s”"), _("单位会在 60 天内答复；您可以随时撤回。")),
    "applied_for_you": (
        _("专员代您投递了“%(title)s”"),
        _("单位：%(organisation)s。如果不是您的意思，请撤回并结束代办。"),
    ),
    "application_viewed": (_("%(organisation)s看了您的投递"), _("岗位：%(title)s。")),
    "application_shortlisted": (_("“%(title)s”初筛通过"), _("%(organisation)s把您列入下一步。")),
    "application_refused": (_("“%(title)s”未录用"), _("%(organisation)s作了答复，请查看原因。")),
    "application_obsolete": (_("“%(title)s”的投递已结束"), _("您已接受其他录用，系统替您告知了%(organisation)s。")),
    "application_unanswered": (
        _("%(organisation)s在 %(days)s 天内没有答复“%(title)s”"),
        _("单位逾期没有答复，这份投递到此结束。这不是对您能力的评价。"),
    ),
    "caseworker_began": (_("%(caseworker)s今天开始代您办理"), _("每一步都有记录；您随时可以在“代办”里结束。")),
    "withdrawn_for_you": (_("专员代您撤回了“%(title)s”的投递"), _("单位：%(organisation)s。")),
    "written_for_you": (_("专员代您给%(organisation)s写了消息"), _("岗位：%(title)s。")),
    "message_from_employer": (_("%(organisation)s给您写了消息"), _("岗位：%(title)s。")),
    "interview_offered": (_("%(organisation)s邀请您面试"), _("岗位：%(title)s。请选择一个时间。")),
    "interview_chosen_for_you": (_("专员代您选定了面试时间"), _("岗位：%(title)s，单位：%(organisation)s。")),
    "interview_cancelled": (_("“%(title)s”的面试已取消"), _("单位：%(organisation)s。%(note)s")),
    "offer_made": (_("%(organisation)s向您发出录用意向"), _("岗位：%(title)s。请在期限内答复。")),
    "offer_withdrawn": (_("%(organisation)s撤回了录用意向"), _("岗位：%(title)s。")),
    "offer_accepted_by_you": (_("您接受了“%(title)s”的录用意向"), _("单位：%(organisation)s。")),
    "accepted_for_you": (_("专员代您接受了“%(title)s”的录用意向"), _("单位：%(organisation)s。")),
    "declined_for_you": (_("专员代您谢绝了“%(title)s”的录用意向"), _("单位：%(organisation)s。")),
    "hire_claimed": (_("%(organisation)s报告您已入职“%(title)s”"), _("入职日期：%(start_date)s。如不属实，请投诉。")),
    "invitation_received": (
        _("%(organisation)s邀请您投递“%(title)s”"),
        _("对方还不知道您是谁。您投递之后才会知道；也可以谢绝。"),
    ),
    "opening_hidden": (_("“%(title)s”暂时不再显示"), _("%(organisation)s的核验已到期。您的投递仍然有效，恢复后继续。")),
    "opening_closed": (_("“%(title)s”已结束招聘"), _("单位：%(organisation)s。")),
    "opening_expired": (_("“%(title)s”已到期"), _("单位：%(organisation)s。您的投递仍会得到答复。")),
    "opening_withdrawn": (_("“%(title)s”已被下架"), _("单位：%(organisation)s。请注意核实，谨防受骗。")),
}
_TO_EMPLOYER = {
    "application_received": (_("%(name)s投递了“%(title)s”"), _("请在 60 天内答复。")),
    "invitation_declined": (_("“%(title)s”的一份邀请被谢绝"), _("候选人 %(code)s 这次不考虑。")),
    "application_withdrawn": (_("%(name)s撤回了“%(title)s”的投递"), _("不需要再处理。")),
    "answer_reminder": (_("%(name)s对“%(title)s”的投递已等待 %(days)s 天"), _("请尽快答复；逾期系统会如实告知本人。")),
    "answered_for_you": (_("系统已替您答复%(name)s"), _("岗位“%(title)s”的投递 %(days)s 天没有答复，已如实告知本人。")),
    "message_from_applicant": (_("%(name)s给您写了消息"), _("岗位：%(title)s。")),
    "interview_chosen": (_("%(name)s选定了面试时间"), _("岗位：%(title)s，时间：%(starts_at)s。")),
    "interview_cancelled_by_applicant": (_("%(name)s取消了面试"), _("岗位：%(title)s。%(note)s")),
    "offer_accepted": (_("%(name)s接受了录用意向"), _("岗位：%(title)s。")),
    "offer_declined": (_("%(name)s谢绝了录用意向"), _("岗位：%(title)s。")),
    "applicant_took_other_job": (_("%(name)s已接受其他单位的录用"), _("岗位“%(title)s”的投递已自动结束。")),
    "opening_approved": (_("“%(title)s”审核通过，已发布"), _("经办人员的意见：%(reason)s")),
    "opening_returned": (_("“%(title)s”审核没有通过"), _("原因：%(reason)s。修改后可以再次提交。")),
    "opening_taken_down": (_("“%(title)s”被经办人员下架"), _("依据：%(article)s。原因：%(reason)s")),
    "opening_ending": (_("“%(title)s”还有 %(days)s 天到期"), _("还招就延期，不招就结束。")),
    "opening_ended": (_("“%(title)s”到期，已停止招聘"), _("要继续招，重新发布即可；收到的投递仍要答复。")),
    "opening_filled": (_("“%(title)s”已招满 %(headcount)s 人"), _("可以结束招聘，或增加人数。")),
}

for _kind, (_subject, _body) in {**_TO_EITHER, **_TO_PERSON, **_TO_EMPLOYER}.items():
    register_kind(_kind, _subject, _body)
