"""What the ready flows say: (subject, body) in English and in Chinese, each written by itself."""

from campaigns.flows.shape import Text

Both = dict[str, Text]


def both(en: tuple[str, str], zh: tuple[str, str]) -> Both:
    return {"en": Text(*en), "zh-hans": Text(*zh)}


BIRTHDAY = both(
    (
        "Happy birthday, {{ first_name }}",
        "Dear {{ salutation }},\n\nall of us at {{ clinic_name }} wish you a happy birthday. When "
        "you next visit, there is a small present waiting for you at the desk.\n\n"
        "{{ clinic_name }}",
    ),
    (
        "{{ salutation }}，生日快乐",
        "{{ salutation }}，您好！\n\n{{ clinic_name }}全体同事祝您生日快乐。下次到店时，"
        "请到前台领取我们为您准备的一份小礼物。\n\n{{ clinic_name }}",
    ),
)
FESTIVAL = both(
    (
        "Warm wishes from {{ clinic_name }}",
        "Dear {{ salutation }},\n\nwe wish you and your family happy days. If you would like an "
        "appointment around them, write or call us and we will find a time.\n\n{{ clinic_name }}",
    ),
    (
        "{{ clinic_name }}祝您节日愉快",
        "{{ salutation }}，您好！\n\n祝您和家人节日愉快。如需在节日前后预约，"
        "欢迎来电或回复，我们为您安排时间。\n\n{{ clinic_name }}",
    ),
)
CARE_DAY_1 = both(
    (
        "How are you today?",
        "Dear {{ salutation }},\n\nyou were with us yesterday. Please follow the care sheet we "
        "gave "
        "you. If anything worries you, call {{ branch | default: clinic_name }}: we would rather "
        "hear from you once too often.\n\n{{ clinic_name }}",
    ),
    (
        "您今天感觉怎么样？",
        "{{ salutation }}，您好！\n\n您昨天来过我们这里，请按护理须知做好日常护理。"
        "如有任何不适或疑问，请随时致电{{ branch | default: clinic_name }}，我们很乐意为您解答。"
        "\n\n{{ clinic_name }}",
    ),
)
CARE_DAY_7 = both(
    (
        "A week after your visit",
        "Dear {{ salutation }},\n\nit has been a week. How do you feel? Reply to this mail, and "
        "{{ consultant | default: 'one of us' }} will get back to you.\n\n{{ clinic_name }}",
    ),
    (
        "到店一周后的问候",
        "{{ salutation }}，您好！\n\n距您上次到店已有一周，想了解您的近况。"
        "直接回复这封邮件，{{ consultant | default: '我们的同事' }}会与您联系。"
        "\n\n{{ clinic_name }}",
    ),
)
CARE_DAY_30 = both(
    (
        "A month after your visit",
        "Dear {{ salutation }},\n\na month has passed. If you would like us to have a look "
        "together, tell us which day suits you.\n\n{{ clinic_name }}",
    ),
    (
        "到店一个月后的回访",
        "{{ salutation }}，您好！\n\n距您上次到店已有一个月。如需复诊，"
        "请告诉我们您方便的时间，我们为您预留。\n\n{{ clinic_name }}",
    ),
)
FIRST_VISIT = both(
    (
        "Thank you for your first visit",
        "Dear {{ salutation }},\n\nthank you for coming to {{ clinic_name }}. If a question "
        "came up "
        "since, reply to this mail: a person reads it.\n\n{{ clinic_name }}",
    ),
    (
        "感谢您初次到店",
        "{{ salutation }}，您好！\n\n感谢您选择{{ clinic_name }}。"
        "如果到店后有任何疑问，直接回复这封邮件即可，我们的同事会亲自阅读并回复。"
        "\n\n{{ clinic_name }}",
    ),
)
FIRST_VISIT_LATER = both(
    (
        "Shall we find a time together?",
        "Dear {{ salutation }},\n\nsome weeks ago you were with us for the first time. If you "
        "would "
        "like to come again, tell us which days suit you and we will propose a time.\n\n"
        "{{ clinic_name }}",
    ),
    (
        "需要为您预留时间吗？",
        "{{ salutation }}，您好！\n\n几周前您第一次来到{{ clinic_name }}。"
        "如果想再次到店，请告诉我们您方便的日子，我们为您安排。\n\n{{ clinic_name }}",
    ),
)
DUE = both(
    (
        "It is about time",
        "Dear {{ salutation }},\n\nyour last visit was on {{ last_visit | default: 'some time ago' "
        "}}. By your usual rhythm the next one would be about now. Shall we keep a time for you?"
        "\n\n{{ clinic_name }}",
    ),
    (
        "到了该来看看的时候",
        "{{ salutation }}，您好！\n\n您上次到店是{{ last_visit | default: '前一段时间' }}，"
        "按您的习惯，差不多到了下次到店的时候。需要为您预留时间吗？\n\n{{ clinic_name }}",
    ),
)
MISSED = both(
    (
        "We have not seen you for a while",
        "Dear {{ salutation }},\n\nyou have not been with us for a while. If there is something we "
        "could do better, we would like to hear it; and if you want an appointment, a reply to "
        "this mail is enough.\n\n{{ clinic_name }}",
    ),
    (
        "有一段时间没见到您了",
        "{{ salutation }}，您好！\n\n有一段时间没见到您了。如果我们有做得不够的地方，"
        "希望能听到您的意见；如需预约，直接回复这封邮件就可以。\n\n{{ clinic_name }}",
    ),
)
POINTS = both(
    (
        "Some of your points end soon",
        "Dear {{ salutation }},\n\nyou have {{ points | default: 'some' }} points with us, and "
        "some "
        "of them end soon. At your next visit we will gladly tell you what they can be used for."
        "\n\n{{ clinic_name }}",
    ),
    (
        "您有积分即将到期",
        "{{ salutation }}，您好！\n\n您目前有{{ points | default: '一些' }}积分，"
        "其中一部分即将到期。"
        "下次到店时，我们会为您说明可以如何使用。\n\n{{ clinic_name }}",
    ),
)
TIER = both(
    (
        "Your {{ tier | default: 'member' }} benefits",
        "Dear {{ salutation }},\n\nwithout a further visit your {{ tier | default: 'member' }} "
        "tier "
        "would end soon. We tell you in good time, so that you can decide.\n\n{{ clinic_name }}",
    ),
    (
        "您的{{ tier | default: '会员' }}权益提醒",
        "{{ salutation }}，您好！\n\n如近期没有新的消费，"
        "您的{{ tier | default: '会员' }}等级即将到期。"
        "提前告知您，方便您安排。\n\n{{ clinic_name }}",
    ),
)
REFERRAL = both(
    (
        "Thank you for recommending us",
        "Dear {{ salutation }},\n\nsomebody came to us on your word. Thank you for your trust; a "
        "small present is waiting for you at the desk.\n\n{{ clinic_name }}",
    ),
    (
        "感谢您的推荐",
        "{{ salutation }}，您好！\n\n您推荐的朋友已经来过{{ clinic_name }}，感谢您的信任。"
        "下次到店时，请到前台领取一份小礼物。\n\n{{ clinic_name }}",
    ),
)
REVIEW = both(
    (
        "How was your visit?",
        "Dear {{ salutation }},\n\nwould you tell us how your visit was? What you liked, and what "
        "we should change. A reply to this mail is enough.\n\n{{ clinic_name }}",
    ),
    (
        "这次到店体验如何？",
        "{{ salutation }}，您好！\n\n想听听您对这次到店的感受：哪里满意，哪里需要改进。"
        "直接回复这封邮件就可以。\n\n{{ clinic_name }}",
    ),
)
WIN_BACK_1 = both(
    (
        "We would be glad to see you again",
        "Dear {{ salutation }},\n\nit is long since you were at {{ clinic_name }}. If you feel "
        "like "
        "coming by, reply to this mail and we will find a time.\n\n{{ clinic_name }}",
    ),
    (
        "期待再次见到您",
        "{{ salutation }}，您好！\n\n您已经很久没有来{{ clinic_name }}了。"
        "如果想过来看看，直接回复这封邮件，我们为您安排时间。\n\n{{ clinic_name }}",
    ),
)
WIN_BACK_2 = both(
    (
        "What is new with us",
        "Dear {{ salutation }},\n\nsome things have changed here since you were last with us. "
        "{{ consultant | default: 'One of us' }} would gladly tell you more, without any "
        "obligation.\n\n{{ clinic_name }}",
    ),
    (
        "我们有了一些新变化",
        "{{ salutation }}，您好！\n\n自您上次到店以来，我们有了一些新变化。"
        "{{ consultant | default: '我们的同事' }}很乐意为您介绍。\n\n{{ clinic_name }}",
    ),
)
WIN_BACK_3 = both(
    (
        "One last question",
        "Dear {{ salutation }},\n\nwe do not want to write to you in vain. If you would rather "
        "hear "
        "no more from us, the link below is enough; if you would like to come, so is a reply.\n\n"
        "{{ clinic_name }}",
    ),
    (
        "最后想问您一句",
        "{{ salutation }}，您好！\n\n我们不想打扰您。如果不希望再收到我们的来信，"
        "点击下方链接即可；如果想来看看，回复这封邮件就好。\n\n{{ clinic_name }}",
    ),
)
