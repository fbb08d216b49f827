"""What a file can fill: the fields of each kind of file, and how people head such a column.

One row a field. Synonyms are written as `headers.key` leaves them: lower case, no spaces or signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from django.utils.translation import pgettext_lazy as named

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FieldType = Literal[
    "identifier", "name", "text", "phone", "email", "gender", "date", "instant", "tags", "boolean",
    "integer", "amount", "price", "currency", "moment", "word", "number", "day",
]  # fmt: skip


@dataclass(frozen=True)
class Field:
    """type names the reader in `cells`; synonyms are separated by spaces.

    words: of a «word», our answer → how others write it, as `headers.key` leaves it.
    """

    name: str
    label: StrPromise | str
    type: FieldType
    synonyms: str
    words: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name.replace("_", "").replace(".", ""), *self.synonyms.split())


@dataclass(frozen=True)
class Kind:
    """required: groups of fields; a mapping must fill at least one field of every group.

    named_by: the field that names a row's record, once in a file; "": the row as a whole does.
    """

    name: str
    label: StrPromise
    fields: tuple[Field, ...]
    required: tuple[tuple[str, ...], ...]
    named_by: str = "external_id"

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


CUSTOMER_FIELDS = (
    Field("external_id", named("column", "Customer number"), "identifier",
          "id customerid customerno customernumber customercode custid clientid clientno memberid "
          "memberno recid recordid uniqueid userid 编号 客户编号 客户号 客户id 客户代码 会员编号 "
          "会员id 顾客编号 顾客id 档案号 病历号 客户档案号 客編"),
    Field("name", named("column", "Name"), "name",
          "fullname customername clientname membername 姓名 名字 客户姓名 顾客姓名 客户名称 客户 "
          "顾客 会员姓名 会员 称呼 客户名 真实姓名 姓名昵称"),
    Field("given_name", named("column", "Given name"), "name",
          "firstname forename givennames first 名"),
    Field("family_name", named("column", "Family name"), "name", "lastname surname last 姓 姓氏"),
    Field("phone", named("column", "Phone"), "phone",
          "mobile mobilephone mobileno cell cellphone tel telephone phoneno phonenumber "
          "contactnumber contactphone 手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 "
          "移动电话 客户手机 客户电话 本人电话"),
    Field("email", named("column", "E-mail"), "email",
          "mail emailaddress 邮箱 电子邮箱 邮件 电子邮件 邮箱地址"),
    Field("wechat", named("column", "WeChat id"), "identifier",
          "wechatid weixin wx wxid 微信 微信号 微信id 微信账号"),
    Field("card_number", named("column", "Card number"), "identifier",
          "card cardno membercard membercardno 卡号 会员卡号 会员卡 会员号 vip卡号"),
    Field("gender", named("column", "Gender"), "gender", "sex 性别 客户性别"),
    Field("birth_on", named("column", "Birthday"), "date",
          "birthday birthdate dateofbirth dob born birth 生日 出生日期 出生年月日 出生年月 出生 "
          "客户生日"),
    Field("died_on", named("column", "Date of death"), "date",
          "dateofdeath deathdate deceasedon deathon 死亡日期 去世日期 逝世日期 身故日期"),
    Field("zone", named("column", "Time zone"), "name", "timezone tz 时区 所在时区"),
    Field("source", named("column", "Acquisition source"), "name",
          "channel acquisitionsource leadsource acquisitionchannel 来源 客户来源 渠道 来源渠道 "
          "获客渠道 客户渠道 建档来源"),
    Field("city", named("column", "City"), "name", "town suburb 城市 所在城市 市"),
    Field("district", named("column", "District"), "name",
          "county borough 区 区县 地区 所在区 区域"),
    Field("address", named("column", "Address"), "name",
          "street streetaddress address1 fulladdress homeaddress 地址 住址 家庭住址 联系地址 "
          "详细地址 居住地址"),
    Field("occupation", named("column", "Occupation"), "name",
          "job profession jobtitle 职业 工作 职务"),
    Field("education", named("column", "Education"), "name",
          "degree educationlevel 学历 教育程度 文化程度 教育"),
    Field("skin_type", named("column", "Skin type"), "name", "skin 肤质 皮肤类型 皮肤 肤质类型"),
    Field("branch", named("column", "Branch"), "name",
          "store shop clinic location outlet homebranch 门店 分院 院区 所属门店 分店 店铺 机构 "
          "院部 归属门店"),
    Field("consultant", named("column", "Consultant"), "name",
          "advisor adviser salesperson salesrep owner 顾问 咨询师 美容顾问 咨询顾问 专属顾问 "
          "负责人 美容师 所属顾问 现场咨询"),
    Field("tags", named("column", "Tags"), "tags", "tag label labels 标签 客户标签 标记"),
    Field("notes", named("column", "Notes"), "text",
          "note remark remarks comment comments memo 备注 说明 客户备注 备注信息"),
    Field("referrer_external_id", named("column", "Referrer's customer number"), "identifier",
          "referrer referrerid referredby introducedby 推荐人 介绍人 推荐人编号 介绍人编号 "
          "推荐人id 老客编号"),
    Field("created_on", named("column", "Customer since"), "date",
          "created createdat createddate createdtime customersince joined joinedon joindate "
          "signupdate registered registeredon registrationdate 建档日期 建档时间 注册时间 "
          "注册日期 创建时间 创建日期 入会日期 开卡日期 入会时间 登记日期"),
    Field("marketing_consent", named("column", "Marketing consent"), "boolean",
          "consent optin marketing marketingoptin acceptsmarketing newsletter 营销同意 同意营销 "
          "接受营销 同意接收 是否接收营销 是否同意营销"),
)  # fmt: skip

SALE_FIELDS = (
    Field("external_id", named("column", "Invoice number"), "identifier",
          "id invoice invoiceno invoiceid invoicenumber order orderid orderno ordernumber receipt "
          "receiptno saleid saleno transactionid transactionno billno 单号 订单号 订单编号 发票号 "
          "小票号 消费单号 流水号 收银单号 销售单号 交易号 编号 单据号 开单编号"),
    Field("customer_external_id", named("column", "Customer number"), "identifier",
          "customerid customerno customernumber customercode customer custid clientid memberid "
          "memberno 客户编号 客户号 客户id 会员编号 会员id 顾客编号 顾客id 档案号 病历号 会员号"),
    Field("customer_phone", named("column", "Customer's phone"), "phone",
          "phone mobile tel telephone phonenumber customermobile 手机 手机号 手机号码 电话 "
          "联系电话 客户手机 客户电话 会员手机"),
    Field("occurred_at", named("column", "Sold at"), "instant",
          "date datetime time timestamp invoicedate orderdate saledate saletime soldat "
          "transactiondate purchasedate paidat createdat 日期 时间 消费日期 消费时间 销售日期 "
          "销售时间 下单时间 开单日期 开单时间 收费日期 收费时间 交易时间 交易日期 付款时间 "
          "订单日期 结账时间"),
    Field("branch", named("column", "Branch"), "name",
          "store shop clinic location outlet 门店 分院 院区 消费门店 分店 店铺 机构"),
    Field("consultant", named("column", "Consultant"), "name",
          "advisor salesperson salesrep soldby 顾问 咨询师 美容顾问 咨询顾问 销售 销售员 业绩人 "
          "开单人"),
    Field("item_code", named("column", "Item code"), "identifier",
          "stockcode sku itemid itemno productcode productid servicecode treatmentcode 项目编号 "
          "项目编码 商品编码 商品编号 货号 产品编码 产品编号 项目代码"),
    Field("item_name", named("column", "Item"), "name",
          "item description product productname service servicename treatment treatmentname 项目 "
          "项目名称 商品 商品名称 产品 产品名称 服务项目 消费项目 治疗项目 品名"),
    Field("quantity", named("column", "Quantity"), "integer",
          "qty count units pieces 数量 次数 件数 消费次数 购买数量"),
    Field("unit_price", named("column", "Price a piece"), "price",
          "price priceeach unitcost 单价 价格 项目单价 销售单价"),
    Field("line_net", named("column", "Amount paid for the line"), "amount",
          "amount net netamount total linetotal totalamount paid paidamount amountpaid revenue "
          "sales 金额 实收 实收金额 实付 实付金额 消费金额 成交金额 小计 合计 总金额 总额 净额 "
          "收款金额 订单金额 消费额"),
    Field("discount", named("column", "Discount"), "amount",
          "discountamount rebate 优惠 折扣 优惠金额 折扣金额 减免 减免金额"),
    Field("gross", named("column", "Amount before discount"), "amount",
          "grossamount subtotal listprice 原价 应收 应收金额 原价金额 标价 折前金额"),
    Field("refund_of", named("column", "Refund of invoice"), "identifier",
          "refundof originalinvoice originalorder refundedinvoice 原单号 原订单号 退款原单 "
          "退款单号 关联单号"),
    Field("currency", named("column", "Currency"), "currency", "currencycode ccy 币种 货币"),
)  # fmt: skip

KINDS = {
    "customers": Kind(
        "customers",
        named("column", "Customers"),
        CUSTOMER_FIELDS,
        (
            ("name", "family_name", "given_name"),
            ("external_id", "phone", "email", "wechat", "card_number"),
        ),
    ),
    "sales": Kind(
        "sales",
        named("column", "Sales"),
        SALE_FIELDS,
        (
            ("external_id",),
            ("customer_external_id", "customer_phone"),
            ("occurred_at",),
            ("line_net", "unit_price", "gross"),
        ),
    ),
}


def shape_of(kind: str | Kind) -> Kind:
    """A kind by its name; one with a clinic's own fields is handed on as it is."""
    return kind if isinstance(kind, Kind) else KINDS[kind]
