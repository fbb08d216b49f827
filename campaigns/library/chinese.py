# ruff: noqa: E501 - letters, one paragraph a line
"""键 →（名称，主题，正文）。"""

CHINESE: dict[str, tuple[str, str, str]] = {
    "return": (
        "回访：好久不见",
        "{{ salutation | default: '您好' }}，最近方便来坐坐吗？",
        """{{ salutation | default: "您好" }}：

距离您上次到{{ branch | default: "本店" }}已有{{ days_since_visit | default: "好些" }}天，上次您做的是{{ last_treatment | default: "护理" }}。

如果您想继续，或者只是想先问几句，直接回复这封邮件就可以，{{ consultant | default: "我们的顾问" }}会给您两三个时间供您挑选。

{{ clinic_name }}""",
    ),
    "return_sms": (
        "回访短信",
        "",
        """{{ salutation | default: "您好" }}，好久不见。本月想约个时间吗？回复本短信或致电{{ branch | default: "门店" }}即可。""",
    ),
    "return_call": (
        "回访电话",
        "",
        """{{ salutation | default: "您好" }}，我是{{ clinic_name }}的顾问，现在方便说话吗？
1. 上次到店：{{ last_visit | default: "有一段时间了" }}，项目：{{ last_treatment | default: "未记录" }}。先问近况和感受。
2. 先听。若有不满意：记录、致歉、约定回电时间，当天不做任何推荐。
3. 若一切顺利：给出两个时间，由{{ consultant | default: "其顾问" }}接待。
4. 若暂时不来：问清何时再联系，并记下日期。""",
    ),
    "return_wechat": (
        "回访微信",
        "",
        """{{ salutation | default: "您好" }}，您上次到店是{{ last_visit | default: "前一段时间" }}。想过来的话，在这里回复一声，我们为您留好时间。""",
    ),
    "due": (
        "项目到期提醒",
        "您的{{ due_treatment | default: '护理' }}差不多到时间了",
        """{{ salutation | default: "您好" }}：

按您以往的节奏，{{ due_treatment | default: "下一次护理" }}大约在{{ due_on | default: "近期" }}。

是否需要做、何时做，请以医生面诊为准。想来看看的话，告诉我们两个您方便的日子，我们在{{ branch | default: "门店" }}为您预留。

{{ clinic_name }} {{ consultant | default: "您的顾问" }}""",
    ),
    "due_sms": (
        "项目到期短信",
        "",
        """{{ salutation | default: "您好" }}，按您以往的节奏，{{ due_treatment | default: "下一次护理" }}大约在{{ due_on | default: "近期" }}，需要预约请来电。""",
    ),
    "due_call": (
        "项目到期电话",
        "",
        """{{ salutation | default: "您好" }}，我是{{ clinic_name }}的顾问。
1. {{ due_treatment | default: "下一次项目" }}大约在{{ due_on | default: "近期" }}到期。
2. 询问：近期健康、用药、是否怀孕有无变化？有变化先约面诊。
3. 在{{ branch | default: "其门店" }}给出两个时间。对方问起价格时，只按价目表回答。
4. 复述日期和时间，提醒携带物品。""",
    ),
    "second_visit": (
        "第二次到店",
        "第一次到店之后，您感觉如何？",
        """{{ salutation | default: "您好" }}：

{{ last_visit | default: "本月" }}是您第一次来到我们这里。这段时间感觉怎么样？

您的方案是和{{ consultant | default: "我们的顾问" }}一起商量的，想继续或想调整，都可以在第二次到店时当面聊。回复一个您方便的日子即可。

{{ clinic_name }}""",
    ),
    "second_visit_sms": (
        "第二次到店短信",
        "",
        """{{ salutation | default: "您好" }}，感谢您第一次到店。想和{{ consultant | default: "顾问" }}聊聊下一步吗？回复本短信，为您安排时间。""",
    ),
    "first_visit_thanks": (
        "首次到店致谢",
        "感谢您来到{{ clinic_name }}",
        """{{ salutation | default: "您好" }}：

感谢您第一次来到{{ branch | default: "我们的门店" }}。

接下来几天的注意事项都写在护理单上。有不清楚或担心的地方，回复这封邮件或致电即可，{{ consultant | default: "我们的顾问" }}会为您解答。

{{ clinic_name }}""",
    ),
    "birthday": (
        "生日祝福",
        "{{ salutation | default: '您好' }}，生日快乐",
        """{{ salutation | default: "您好" }}：

生日快乐！{{ branch | default: "我们" }}的每一位同事都祝您新的一岁平安顺心。

本月到店，前台为您备了一份小礼物，无需消费，报上姓名即可领取。

{{ clinic_name }}""",
    ),
    "birthday_sms": (
        "生日短信",
        "",
        """{{ salutation | default: "您好" }}，生日快乐！前台为您备了一份小礼物，本月到店即可领取。""",
    ),
    "spring_festival": (
        "春节",
        "给您和家人拜年了",
        """{{ salutation | default: "您好" }}：

祝您和家人春节快乐，平安喜乐。

节日期间门诊时间有调整，出门前请先看一眼。节后的时间现在就可以预约。

{{ clinic_name }}""",
    ),
    "womens_day": (
        "三八妇女节",
        "三月八日，为您留了一束花",
        """{{ salutation | default: "您好" }}：

三月八日，{{ branch | default: "门店" }}前台备了鲜花，有没有预约都欢迎来取一束。

想顺便做一次基础护理的话，回复这封邮件，我们为您安排时间。

{{ clinic_name }}""",
    ),
    "mid_year": (
        "618 会员日",
        "6 月 16 日至 18 日会员日",
        """{{ salutation | default: "您好" }}：

6 月 16 日至 18 日是我们的会员日。包含哪些护理、价格多少，都写在前台和网站的价目表上，价格到 18 日晚为止。

您现有 {{ points | default: "0" }} 积分，这几天同样可以使用。

{{ clinic_name }}""",
    ),
    "qixi_sms": (
        "七夕短信",
        "",
        """{{ salutation | default: "您好" }}，{{ clinic_name }}祝您七夕快乐。本周结伴到店，请您二位喝茶。""",
    ),
    "mid_autumn_sms": (
        "中秋短信",
        "",
        """{{ salutation | default: "您好" }}，祝您和家人中秋快乐。前台备了月饼，本周到店可取。""",
    ),
    "double_11": (
        "双十一会员日",
        "会员日到 11 月 12 日",
        """{{ salutation | default: "您好" }}：

双十一会员日到 11 月 12 日结束。包含哪些护理、价格多少，都写在前台和网站的价目表上。

不必着急：这几天购买的套餐一年内都能用，没用过的部分可以退。

{{ clinic_name }}""",
    ),
    "double_12_sms": (
        "双十二短信",
        "",
        """{{ salutation | default: "您好" }}，会员日到12月12日，护理套餐价格见前台价目表。有疑问直接回复本短信。""",
    ),
    "anniversary": (
        "店庆",
        "我们过生日，请您来坐坐",
        """{{ salutation | default: "您好" }}：

{{ clinic_name }}又长了一岁，一路有您。本周来{{ branch | default: "店里" }}吃块蛋糕吧。

想顺便约个时间的话，回复这封邮件就好。

{{ clinic_name }}""",
    ),
    "care_day_1_sms": (
        "护理第 1 天短信",
        "",
        """{{ salutation | default: "您好" }}，昨天之后感觉如何？轻微泛红或肿胀属常见反应，若加重或疼痛请立即来电。""",
    ),
    "care_day_1_call": (
        "护理第 1 天电话",
        "",
        """{{ salutation | default: "您好" }}，我是{{ clinic_name }}，想问问您昨天{{ last_treatment | default: "到店" }}之后的情况。
1. 感觉如何？疼痛、肿胀、泛红、发热、淤青：哪里、多少、好转还是加重？
2. 发热、剧烈或加重的疼痛、皮肤发白发紫、视物异常：立即转接医生。
3. 提醒：护理单、防晒、避免高温、按医嘱用药。
4. 告知下次回访时间，并记录对方所说。""",
    ),
    "care_day_7_sms": (
        "护理第 7 天短信",
        "",
        """{{ salutation | default: "您好" }}，到店已有一周，情况和您预想的一样吗？有出入请回复或来电，我们一起看看。""",
    ),
    "care_day_30": (
        "护理第 30 天",
        "一个月了，想问问您的近况",
        """{{ salutation | default: "您好" }}：

一个月前您做了{{ last_treatment | default: "护理" }}，现在家里的日常护理应该已经习惯了。

想让我们看看情况的话，复查不收费，回复一个您方便的日子即可。如果和您期望的不一样，也请直接告诉我们。

{{ clinic_name }} {{ consultant | default: "您的顾问" }}""",
    ),
    "points": (
        "积分即将到期",
        "您有 {{ points_expiring }} 积分将于{{ points_expire_on }}到期",
        """{{ salutation | default: "您好" }}：

您的 {{ points | default: "" }} 积分中，有 {{ points_expiring }} 积分将于{{ points_expire_on }}到期，在此之前都可以在{{ branch | default: "门店" }}前台使用。

能用在哪里，账户里有说明，不清楚的话问前台就好。

{{ clinic_name }}""",
    ),
    "points_sms": (
        "积分到期短信",
        "",
        """{{ salutation | default: "您好" }}，您有{{ points_expiring }}积分将于{{ points_expire_on }}到期，到店前台可用。""",
    ),
    "tier": (
        "等级即将到期",
        "您的{{ tier | default: '会员' }}权益提醒",
        """{{ salutation | default: "您好" }}：

您的{{ tier | default: "会员" }}等级即将重新评定，依据是近一年的消费，目前的情况可以问前台。

提前告诉您，方便您自己决定。

{{ clinic_name }}""",
    ),
    "review": (
        "征求意见",
        "想听听您的意见",
        """{{ salutation | default: "您好" }}：

{{ last_visit | default: "前些天" }}您来过{{ branch | default: "店里" }}，想听听您的感受：哪里满意，哪里不满意，回复这封邮件就好。

{{ consultant | default: "我们" }}会读每一封回信，不会给外人看。

{{ clinic_name }}""",
    ),
    "review_sms": (
        "征求意见短信",
        "",
        """{{ salutation | default: "您好" }}，这次到店感觉如何？请回复1到5分，愿意的话写一句原因。""",
    ),
    "referral": (
        "感谢介绍朋友",
        "谢谢您介绍朋友来",
        """{{ salutation | default: "您好" }}：

您的朋友已经来过，并提到了您。谢谢您的信任。

谢礼已放入您的账户，无需任何操作，下次到店时前台会告诉您是什么。

{{ clinic_name }}""",
    ),
    "referral_sms": (
        "感谢介绍朋友短信",
        "",
        """{{ salutation | default: "您好" }}，谢谢您介绍朋友来，谢礼已放入您的账户。""",
    ),
    "win_back_1": (
        "挽回第一封",
        "有什么地方，我们本可以做得更好？",
        """{{ salutation | default: "您好" }}：

您上次到店是{{ last_visit | default: "很久以前" }}。我们想知道，是不是哪里让您不满意了。

一句话就够：回复这封邮件，{{ consultant | default: "院长" }}会亲自看。

{{ clinic_name }}""",
    ),
    "win_back_2": (
        "挽回第二封",
        "想聊聊的时候，随时来",
        """{{ salutation | default: "您好" }}：

皮肤在变，打算也会变。想知道现在适合做些什么，可以和{{ consultant | default: "顾问" }}聊半小时，不收费，也不必当场决定。

回复一个您方便的日子即可。您在{{ branch | default: "店里" }}的记录都在，不用从头说起。

{{ clinic_name }}""",
    ),
    "win_back_3": (
        "挽回第三封",
        "还需要我们写信给您吗？",
        """{{ salutation | default: "您好" }}：

这是我们第三次写信，不想打扰您。不希望再收到的话，点一下文末的链接就可以。

愿意继续收到消息，则无需任何操作。想来看看，回复这封邮件就好。

{{ clinic_name }}""",
    ),
}
