"""The columns of files other than customers and sales: appointments, treatments, consents, tags.

What stands in a column of type «word» is one of a few answers of ours; theirs stand beside each.
"""

from __future__ import annotations

from django.utils.translation import pgettext_lazy as named

from customers.files.fields import CUSTOMER_FIELDS, KINDS, SALE_FIELDS, Field, Kind

_BY_NAME = {field.name: field for field in (*CUSTOMER_FIELDS, *SALE_FIELDS)}
CUSTOMER = _BY_NAME["customer_external_id"]
PHONE = _BY_NAME["customer_phone"]
WHO = ("customer_external_id", "customer_phone")
BRANCH = Field("branch", named("column", "Branch"), "name",
               "store shop clinic location 门店 分院 院区 预约门店 分店 店铺 机构")  # fmt: skip
STATUS = {
    "booked": "已预约 预约 预约中 待确认 待到店 未到店 未确认 scheduled new pending open",
    "confirmed": "已确认 确认 预约成功 approved accepted",
    "attended": "已到店 到店 已到诊 到诊 已完成 完成 已就诊 已签到 履约 arrived done completed "
    "complete finished showed checkedin seen",
    "no_show": "爽约 未到 未到诊 未赴约 失约 未履约 noshow missed absent dna didnotattend",
    "cancelled": "已取消 取消 作废 已作废 canceled deleted void",
}
PURPOSE = {
    "marketing": "营销 推广 促销 市场营销 广告 promotion promotions advertising newsletter",
    "care": "护理 关怀 护理提醒 服务 服务通知 提醒 回访 治疗提醒 reminder reminders service "
    "careandreminders aftercare",
}
CHANNEL = {
    "email": "邮件 邮箱 电子邮件 mail",
    "sms": "短信 手机短信 text textmessage",
    "phone": "电话 来电 外呼 call calls telephone",
    "wechat": "微信 公众号 weixin wx",
}
NATURE = {
    "care": "护理 非手术 轻医美 无创 皮肤 nonsurgical noninvasive treatment",
    "surgery": "手术 外科 整形 surgical operation",
}
LEVEL = {"basic": "基础 普通 入门 standard entry", "premium": "高端 高级 尊享 vip high luxury"}

APPOINTMENTS = Kind(
    "appointments",
    named("column", "Appointments"),
    (
        Field("external_id", named("column", "Appointment number"), "identifier",
              "id appointment appointmentid appointmentno appointmentnumber booking bookingid "
              "bookingno bookingref reservationid 预约号 预约编号 预约单号 预约id 编号 单号"),
        CUSTOMER,
        PHONE,
        Field("starts_at", named("column", "Starts"), "moment",
              "start starttime startdate startsat begin date datetime time appointmentdate "
              "appointmenttime bookingdate bookingtime scheduledat scheduledfor 预约时间 预约日期 "
              "开始时间 到店时间 预约到店时间 就诊时间 日期 时间"),
        Field("ends_at", named("column", "Ends"), "moment",
              "end endtime endsat enddate finish 结束时间 预计结束时间"),
        Field("status", named("column", "Status"), "word",
              "state appointmentstatus bookingstatus 状态 预约状态 到店状态 到诊状态", STATUS),
        Field("treatment", named("column", "Treatment"), "name",
              "service item servicename treatmentname procedure 项目 预约项目 项目名称 治疗项目 "
              "服务项目"),
        BRANCH,
        Field("consultant", named("column", "Consultant"), "name",
              "advisor staff provider doctor practitioner therapist 顾问 咨询师 美容顾问 预约顾问 "
              "医生 治疗师 预约医生"),
        Field("waiting_minutes", named("column", "Waited, minutes"), "integer",
              "waiting waitingtime waittime waitminutes 等待时间 等候时间 等待分钟 等候分钟"),
    ),
    (("external_id",), WHO, ("starts_at",)),
)  # fmt: skip

TREATMENTS = Kind(
    "treatments",
    named("column", "Treatments"),
    (
        Field("code", named("column", "Treatment code"), "identifier",
              "id treatmentcode servicecode itemcode productcode sku stockcode 项目编号 项目编码 "
              "项目代码 编号 编码 代码 产品编码"),
        Field("name", named("column", "Treatment"), "name",
              "treatment service item servicename treatmentname description 项目 项目名称 名称 "
              "治疗项目 服务项目"),
        Field("category", named("column", "Category"), "name",
              "group type department 类别 分类 项目分类 项目类别 品类 科室"),
        Field("nature", named("column", "Care or surgery"), "word", "kind 性质 项目性质", NATURE),
        Field("level", named("column", "Basic or premium"), "word", "grade 档次 级别", LEVEL),
        Field("interval_days", named("column", "Usual interval, days"), "integer",
              "interval recurrence recallinterval recall cycle 间隔 间隔天数 周期 复购周期 "
              "建议间隔 疗程间隔 维持天数"),
        Field("interval_min_days", named("column", "Interval from, days"), "integer",
              "mininterval intervalmin 最短间隔 间隔下限"),
        Field("interval_max_days", named("column", "Interval until, days"), "integer",
              "maxinterval intervalmax 最长间隔 间隔上限"),
        Field("min_clinical_interval_days", named("column", "Medical minimum, days"), "integer",
              "clinicalminimum mindays safetyinterval 最短医学间隔 医学间隔 安全间隔"),
        Field("course_length", named("column", "Sessions of a course"), "integer",
              "course sessions coursesessions 疗程 疗程次数 疗程数"),
        Field("price", named("column", "Price"), "amount",
              "listprice unitprice amount 价格 单价 标价 原价 售价 门市价"),
        Field("cost", named("column", "Cost"), "amount", "unitcost costprice 成本 成本价"),
        Field("is_active", named("column", "On offer"), "boolean",
              "active enabled available onsale 启用 是否启用 在售 上架 是否上架"),
    ),
    (("code",), ("name",)),
    "code",
)  # fmt: skip

CONSENTS = Kind(
    "consents",
    named("column", "Consents"),
    (
        CUSTOMER,
        PHONE,
        Field("purpose", named("column", "Purpose"), "word", "for 用途 目的 同意用途", PURPOSE),
        Field("channel", named("column", "Channel"), "word",
              "via medium 渠道 方式 沟通渠道 联系渠道", CHANNEL),
        Field("is_given", named("column", "Yes or no"), "boolean",
              "given consent agreed granted optin value answer 同意 是否同意 授权 是否授权 "
              "是否接受"),
        Field("said_at", named("column", "Said at"), "instant",
              "at date time datetime timestamp consentdate consentedat givenat signedat 同意时间 "
              "同意日期 授权时间 签署时间 时间 日期"),
        Field("text_version", named("column", "Version of the text"), "identifier",
              "version consentversion textversionno policyversion 版本 文本版本 条款版本 协议版本"),
        Field("source", named("column", "Where it was said"), "name",
              "origin collectedby 来源 获取方式 同意来源 采集方式"),
        Field("proof", named("column", "Proof"), "name",
              "evidence reference formno document recording 凭证 凭据 表单编号 签名编号 录音编号 "
              "证明"),
    ),
    (WHO, ("channel",), ("is_given",)),
    "",
)  # fmt: skip

TAGS = Kind(
    "tags",
    named("column", "Tags"),
    (
        CUSTOMER,
        PHONE,
        Field("tags", named("column", "Tags"), "tags",
              "tag label labels 标签 客户标签 标签名称 标记"),
    ),
    (WHO, ("tags",)),
    "",
)  # fmt: skip

for _kind in (APPOINTMENTS, TREATMENTS, CONSENTS, TAGS):
    KINDS[_kind.name] = _kind
