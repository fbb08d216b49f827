# ruff: noqa: E501 - a table, one entry a line
"""Families of words that mean alike, in both languages, over folded text.

A likeness of letters knows «细纹» and not «鱼尾纹», «wrinkle» and not «jowl». Told that both are
flaws, and that «melt» and «bin» both make things go away, it knows the sentence that was never
seen. A family alone breaks no rule; which of them, and in which order, is learned.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

FAMILIES: dict[str, str] = {
    # what bothers people, and where
    "flaw": r"(?:皱|细|干|颈|法令|鱼尾|川字|抬头|木偶|妊娠|表情|假性)纹|皱褶|[雀晒黄褐老年色]+斑|斑|痘|粉刺|毛孔|黑头|暗沉|蜡黄|泛红|红血丝|眼袋|黑眼圈|泪沟|双下巴|嘟嘟肉|赘肉|肥肉|脂肪|游泳圈|拜拜肉|副乳|大象腿|疤|印记|松弛|松垮|下垂|塌陷|凹陷|衰老|老态|疲态|脱发|发际线|稀疏|汗毛|体毛|油光|粗糙"
    r"|\b(?:wrinkl\w*|(?:fine|frown|laugh|smile|deep|expression|\w+ ?)?lines?|crow'?s feet|creases?|folds|spots?|freckl\w*|pigment\w*|blemish\w*|pimples?|zits|breakouts?|pores?|blackheads?|dull\w*|redness|eye ?bags?|bags under|dark circles|jowls?|double chin|chins|sagging|droop\w*|cellulite|stretch marks?|scars?|marks|fat|flab|love handles|bulges?|muffin top|stubble|hairs?|baldness|bald|bump|sun damage|age?ing|tired(?:ness)?|puff\w*|hollows?|imperfections?)\b",
    "part": r"脸|面部|肌肤|皮肤|鼻|眼|眉|额|下巴|下颌|轮廓|侧颜|唇|嘴角|脖|颈|腰|腹|肚|臀|胸|腿|手臂|头发|肤色|五官|曲线|身材|腋下"
    r"|\b(?:face|skin|complexion|nose|eyes?|brows?|forehead|jaw\w*|chin|cheek\w*|lips?|neck|waist\w*|tummy|stomach|belly|thighs?|legs?|arms?|bum|breasts?|hands|figure|silhouette|body|hair)\b",
    "gone": r"消失|不见|看不[见到出]|没了|没有了|告别|再见|拜拜|去掉|去除|祛除|除掉|清除|清掉|扫[光空走]|抹[平去掉]|抚平|熨平|填平|打平|褪|退散|淡化|变淡|淡了|浅了|赶走|带走|甩掉|甩开|瘦掉|减掉|减龄|归零|搞定|解决|根除|根治|逆转|缩小|变小|变少|溶掉|干净"
    r"|\b(?:vanish\w*|disappear\w*|gone|erase[sd]?|eras\w+|remove[sd]?|removal|banish\w*|goodbye|farewell|bye|history|melt\w*|dissolv\w*|fade\w*|fading|eliminat\w*|rid|clear(?:s|ed)?|blur\w*|soften\w*|smooth(?:s|ed|en\w*)?|shrink\w*|shed|lose|lost|drop|bin|ditch|zap\w*|wipe[sd]?|revers\w*|undo\w*|rewind|turn(?:s|ing)? back|wave|kiss|forget|solve[sd]?|fix(?:es|ed)?|cure[sd]?|reduc\w+|tak(?:e|es|ing) (?:\w+ ){0,3}(?:off|care of))\b",
    "better": r"紧致|紧实|提拉|收紧|收上|光滑|光洁|细腻|细嫩|嫩|透亮|透|亮|发光|白皙|变白|美白|水润|水嫩|饱满|挺拔|立体|精致|年轻|减龄|逆龄|冻龄|显小|容光|焕|好气色|瘦|苗条|纤细|浓密|清爽|平整|服帖|惊艳|变美|美丽|漂亮|好看|女神|少女"
    r"|\b(?:smooth(?:er)?|firm(?:er|s|ed)?|tight(?:er|en\w*)?|lift(?:ed|s|ing)?|plump\w*|glow\w*|radian\w*|dewy|bright(?:er|en\w*)?|fresh(?:er)?|young(?:er)?|youth\w*|flawless|perfect|clear(?:er)?|slim\w*|sculpt\w*|toned?|lean(?:er)?|beautiful|gorgeous|stunning|prettier|pretty|confiden\w+|rejuvenat\w*|refreshed|transform\w*|new you|silky|baby[- ]soft|rested|perkier|fuller|sharper|defined|healthy looking|dream)\b",
    # how soon, how long, how sure
    "soon": r"立[刻即马竿杆]|马上|瞬间|当[天晚日场]|即刻|一[次针夜觉招步]|[一二两三四五六七八九十几半\d]+(?:个)?(?:次|天|周|星期|小时|分钟|月|疗程)|隔天|第[一二三\d]+[天次]|转眼|快速|极速|很快|午休"
    r"|\b(?:instant\w*|immediate\w*|overnight|straight away|at once|(?:one|single|two|three|four|six|a few|\d+|first) (?:\w+ )?(?:visits?|sessions?|treatments?|days?|weeks?|hours?|minutes?|months?|appointments?|goes|go)|lunch ?(?:break|hour|time)|in no time|a fortnight|by (?:the|your) \w+|the same (?:day|evening)|quick\w*|fast)\b",
    "lasting": r"永久|永远|永不|终[身生]|一辈子|一劳永逸|再也|从此|以后都|不反弹|不复发|不会再|不再|长期|持久|一整年|[一二两三四五六七八九十\d]+年|多年|维持|如初|定型"
    r"|\b(?:for ?ever|permanent\w*|for good|for life|lifetime|never (?:\w+ )?again|once and for all|lasting|last(?:s|ed)? (?:for )?(?:years|months|\w+)|for years|long[- ]term|no longer|ageless|stays? that way|years)\b",
    "sure": r"保证|承诺|确保|担保|包[您你管]|一定|必定|肯定|绝对|敢说|签约|签字|协议|负责|说到做到|放心|安心|无忧|有保障|敢"
    r"|\b(?:guarantee\w*|promis\w+|assur\w+|certain\w*|sure|confident that|so confident|proven|no doubt|trust us|rest assured|count on|relax|don'?t (?:worry|be)|nothing to (?:worry|fear))\b",
    "refund": r"退款|退费|全[额款]退|退还|如数奉还|分文不[收取]|不收[钱费]|免单|无效|不满意|赔"
    r"|\b(?:money back|refund\w*|every (?:penny|pound)|don'?t pay|costs? (?:you )?nothing|free of charge if|or it'?s free|pay nothing)\b",
    "works": r"见效|有效|效果|疗效|功效|奏效|管用|起效|成果|变化|改善|区别|不同|改变"
    r"|\b(?:results?|works?|worked|effective\w*|effects?|difference|improve\w*|change[sd]?|changing)\b",
    # safety
    "harm": r"疼|痛|肿|淤青|出血|见血|流血|疤痕|创口|伤口|创伤|损伤|伤害|恢复期|休养|副作用|不良反应|后遗症|风险|隐患|意外|事故|纠纷|失败|失误|麻药|麻醉|开刀|动刀|住院|针眼|刺激|过敏|负担|出过(?:问题|事)"
    r"|\b(?:pain\w*|hurts?|swelling|bruis\w*|redness|bleed\w*|downtime|recovery|side[- ]effects?|after[- ]?effects?|risks?|complications?|reactions?|irritat\w*|needles?|scalpel|scarring|stitches|discomfort|sting\w*|worry|nervous|scary|harm\w*|failures?|wrong)\b",
    "none": r"无|不|没|零|免|别|未|毫无|绝无|告别"
    r"|\b(?:no|not|n'?t|none|zero|without|free|never|nothing|hardly|barely|nobody|cannot|can'?t|won'?t|don'?t|didn'?t|isn'?t|doesn'?t|harmless|painless)\b",
    "safe": r"安全|温和|天然|无害|舒适|舒服|轻松|简单|像[^,。]{0,6}一样|大胆|孕妈|孕妇|孕期|哺乳"
    r"|\b(?:safe\w*|gentle|gently|natural|harmless|painless|comfortable|comfy|easy|easily|simple|effortless\w*|a breeze|mums?-to-be|pregnan\w*|breastfeeding|everyone|everybody|anyone|sensitive)\b",
    "daily": r"上班|上妆|化妆|见客户|见人|约会|洗脸|逛街|出门|聚会|正常生活|该干嘛|照常|火锅"
    r"|\b(?:back to work|work|office|desk|meeting|board|party|school run|make-?up|gym|dinner|date night|wedding|holiday|leave the house|carry on)\b",
    # what others say
    "share": r"\d[\d.]*%|百分之|[一二三四五六七八九九十]成|率|[\d,万千百]+(?:例|人次|位|条|台|人)|五星|满分|十个[^,。]{0,6}九|分之"
    r"|\b(?:\d[\d.,]*\+? ?(?:%|per ?cent)|(?:\w+|\d+) (?:out of|in) (?:\w+ ){0,3}(?:ten|\d+)|rates?|rated|thousands?|hundreds?|five[- ]star|stars?|\d[\d,]+ (?:patients|clients|women|procedures|treatments)|nearly all|almost all|most of our)\b|\d%",
    "reader": r"顾客|客户|客人|患者|会员|用户|老客|姐妹|闺蜜|粉丝|宝妈|网友|她们?|大家|求美者|女士|小姐|阿姨|太太|姐|妈妈|朋友圈|老公|同事|人人|路人"
    r"|\b(?:clients?|patients?|customers?|women|ladies|she|her|they|people|regulars?|members?|mums?|mrs|ms|friends|husband|colleagues|everyone|owners?)\b",
    "saying": r"说|告诉|夸|写道|写给|留言|评价|好评|口碑|点评|分享|讲述|故事|反馈|晒|直呼|追着问|问[她我]|亲口|——|「|“|逢人"
    r"|\b(?:says?|said|told|tells?|writes?|wrote|raves?|raving|reviews?|stor(?:y|ies)|words|feedback|messages like|asks?|asking|notic\w+|compliment\w*|i (?:feel|look|wish|love|can)|my (?:skin|face|nose|husband|friends))\b|[\"“”]",
    "famous": r"明星|艺人|演员|主播|网红|博主|达人|名媛|模特|影视|影后|偶像|太太团|总裁|空姐|编辑"
    r"|\b(?:celebrit\w*|stars|a-list\w*|influencers?|bloggers?|presenters?|actress\w*|actors?|models?|royals?|cast of|hollywood|soap|editors?|tv|television)\b",
    "expert": r"专家|教授|博士|院士|主任|院长|名医|医生|协会|学会|医学会|消协|权威|官方|单位|机构|三甲|药监|卫健"
    r"|\b(?:doctors?|dr|surgeons?|dermatologists?|nurses?|experts?|professors?|medical director|association|institute|nhs|academy|specialists?)\b",
    "praise": r"推荐|认可|认证|指定|背书|信赖|同款|选择|首选|都[在来]|打卡|常来|常客|授予|荣获|称号|报道|登上|采访|杂志|电视|央视|亲自|自己也"
    r"|\b(?:recommend\w*|endors\w*|approved|trust\w*|choose|choice|chosen|swears? by|favou?rite|loved?|featured|as seen|award\w*|voted|certified|magazine|tatler|vogue|herself|himself|come to us|flock|queue)\b",
    "top": r"第一|唯一|最[^近后初少多长晚早]|顶[级尖配]|首[家个屈选]|领先|一流|独家|独此|殿堂|史无前例|至尊|极致|国家级|世界级|no\.?1|之王|巅峰|资深|只有我们"
    r"|\b(?:best|leading|number one|no\.? ?1|most (?:\w+)|finest|top|only|first|unrivall?ed|unbeatable|world[- ]class|state[- ]of[- ]the[- ]art|cutting[- ]edge|premier|greatest|highest|no ?(?:one|body) else|leader|award[- ]winning|more \w+ anywhere|proud)\b",
    "scope": r"全[国城市球]|本[市地]|业界|行业|华东|华南|华北|亚洲|国际|世界|国内|放眼|同行|全[省区]"
    r"|\b(?:in the (?:uk|country|city|world|midlands|area)|london'?s?|britain'?s?|europe'?s?|uk'?s|world'?s?|anywhere|industry|nation\w*|manchester|harley street|company|companies|around|on earth)\b",
    "others": r"别[人家的处]|其[他它]|隔壁|同行|街边|小店|外面|市面|传统|普通|一般|他们|老机器|旧款"
    r"|\b(?:other (?:clinics|places|salons|doctors|practices)|others|elsewhere|rivals?|competitors?|ordinary|conventional|traditional|salon|down the road|high street|cheap)\b",
    "than": r"比|胜|超过|强|顶[他三两]|差距|更|媲美|不如|碾压"
    r"|\b(?:than|better|safer|faster|gentler|twice|times (?:as|more)|unlike|compared|beats?|superior|more \w+)\b",
    # products, illnesses, minors, shame
    "product": r"针|玻尿?酸|肉毒|水光|童颜|热玛吉|热拉提|超声[炮刀]|皮秒|黄金微针|线雕|嗨体|菲洛嘉|乔雅登|衡力|保妥适|射频|单位|支装|[一二两三四五\d]支|肽|发数"
    r"|\b(?:botox|botulinum|toxin|tox|fillers?|inject\w*|jabs?|hyaluronic|juv\w*derm|restylane|profhilo|sculptra|polynucleotide\w*|thermage|ulthera\w*|hifu|mounjaro|wegovy|ozempic|semaglutide|tirzepatide|anti[- ]wrinkle|ml|units?|areas?|syringe|skin boosters?|threads?)\b",
    "illness": r"痤疮|湿疹|皮炎|荨麻疹|银屑病|白癜风|玫瑰|狐臭|癣|毛囊炎|脱发症|多汗症|疱疹|疣|病|症"
    r"|\b(?:acne|rosacea|eczema|psoriasis|dermatitis|melasma|vitiligo|hyperhidrosis|sweating|warts?|alopecia|hives|disease|condition|disorder|suffer\w*)\b",
    "minor": r"学生|高考|中考|准考证|高三|初三|初中|高中|大学|毕业|录取|暑假|寒假|孩子|女儿|儿子|宝贝|家长|十[三四五六七]岁|1[0-7](?:周)?岁|未成年|青少年|花季|同学"
    r"|\b(?:under[- ]?1[68]s?|1[3-7]|teen\w*|sixteen|seventeen|school|students?|exams?|gcse\w*|a-levels?|prom|parent\w*|daughters?|sons?|kids?|child\w*|freshers)\b",
    "shame": r"丑|胖|老了|显老|变老|垮|塌|土|平庸|普通|输|嫌|被刷|没人|单身|自卑|不敢|丢脸|抬不起头|黄脸|大妈|阿姨|难怪|别怪|可怕|不甘心|甘心|笑话|双下巴"
    r"|\b(?:ugly|fat|old(?:er)?|frumpy|plain|ashamed|embarrass\w*|self-conscious|insecur\w*|hate|hiding|hide|judge[sd]?|staring|laugh\w*|tired|single|unhappy|mistaken for|nobody|who wants|left behind|worse|unlov\w+|invisible)\b",
    "success": r"面试|升职|加薪|工资|老板|老公|男友|男人|婚|相亲|机会|成功|人生|运气|命|事业|职场|自信|竞争力|赢|钱"
    r"|\b(?:job|interview|career|promot\w+|boss|husband|boyfriend|partner|marriage|married|dat(?:e|es|ing)|success\w*|life|luck\w*|earn\w*|salary|win|love life|happ(?:y|ier|iness)|photos?)\b",
    # money and haste
    "price": r"\d[\d,]*元|[￥¥]\d|\d{3,5}(?!\d|-)|[一二三四五六七八九两\d][百千万]|[一二三四五六七八九\d.]+折|半价|立减|特价|优惠|价"
    r"|[£$€]\d[\d,.]*|\b(?:\d+% off|half price|price|discount|save|offer|deal)\b",
    "former": r"原价|门市价|市场价|专柜价|平时|今天只要|现价|今日价|疯了|亏本|清仓|白送|零元|0元|免费|倒贴"
    r"|\b(?:was|normally|usually|instead of|worth|rrp|free|mad|crazy|giving away|for nothing|unlimited)\b",
    "haste": r"仅剩|只剩|最后[一二两三四五\d]|倒[数计]|手慢|抢|秒杀|售罄|见底|截止|错过|来不及|后悔|别再犹豫|赶紧|马上付|今晚十二点|仅此一天|涨价|翻倍|名额|哭|等十年"
    r"|\b(?:only \w+ (?:\w+ )?(?:left|slots?|places?|spots?)|last (?:few|chance|three|two|\d+)|hurry|now|tonight|midnight|hours only|clock|ticking|gone|miss(?:ing)? out|lose out|regret\w*|act|before it'?s too late|ends?|next hour|limited|remaining|only)\b",
    "picture": r"照片|图片|对比|对照|前后|相册|案例|左滑|扫码看|同一角度|同一个人|第\d+天|日记|视频"
    r"|\b(?:photos?|pictures?|album|gallery|swipe|befores?|afters?|before and after|day \d+|transformation|side by side|images?|look at|compare|then and now)\b",
    # what ordinary messages are about
    "treating": r"项目|护理|疗程|光电|光子|激光|仪器|治疗|手术|注射|嫩肤|紧肤|塑形|植发|脱毛|面膜|导入|清洁"
    r"|\b(?:treatments?|sessions?|facials?|peels?|laser|procedures?|surgery|course|therapy|contouring|massage|injector)\b",
    "errand": r"预约|改期|取消|到店|前台|地址|停车|出口|地铁|营业|放假|休息|发票|小票|退回|余额|积分|有效期|到期|会员卡|登记|身份证|证件|资料|电话|联系|回复|附件|提醒|通知|排班|出诊|坐诊|接诊|复诊|面诊|验证码|账户|规则|隐私|问卷|打分|意见|投诉|道歉|抱歉|致歉"
    r"|\b(?:appointments?|book(?:ed|ing)|cancel\w*|reschedul\w*|confirm\w*|remind\w*|address|parking|car park|opening hours|closed|open|invoice|receipt|points|expire\w*|valid|voucher|account|form|id|call us|ring|reply|attached|deposit|manager|complaint|sorry|privacy|unsubscribe|branch|floor|arrive|diary|questionnaire|number)\b",
    "advice": r"请|避免|勿|建议|记得|注意|应当|如果|如有|若|医嘱|涂|防晒|之前|期间|不宜|告诉我们|告知"
    r"|\b(?:please|avoid|should|if you|let us know|tell us|remember|bring|keep|don'?t use|before your|after your|sunscreen|contact)\b",
    "unsure": r"可能|因人而异|评估|由医生|医生会|不能承诺|无法保证|是否|不代表|以医生|商量|风险|不一定|说明|了解|考虑"
    r"|\b(?:may|might|var(?:y|ies)|depends?|cannot promise|can'?t (?:tell|promise|guarantee)|realistic|suitable|explain\w*|discuss|risks|consultation|assess\w*|normal|common|whether)\b",
    "refrain": r"我们(?:只|不|从不|没有|无法|不会|不能|不想|不愿)|不承诺|无法|不能保证|请勿|未经|不公开|不会[^,。]{0,8}(?:公布|使用|发布|公开)|没有哪|并非|不面向|谨防|不要轻信|不作"
    r"|\b(?:we (?:do not|don'?t|never|cannot|can'?t|only|won'?t|will not)|no treatment|nobody can|there is no|not (?:every|all)\w*|without your|unless you)\b",
    "today": r"最近|天气|换季|秋冬|节日|生日|中秋|国庆|春节|端午|祝|谢谢|感谢|问候|您好|辛苦|恭喜"
    r"|\b(?:happy|thank you|thanks|hello|hi|dear|congratulations|season|christmas|weather|birthday|welcome)\b",
}  # fmt: skip


@lru_cache(maxsize=1)
def _families() -> dict[str, re.Pattern]:
    return {name: re.compile(words) for name, words in FAMILIES.items()}


def kinds_in(folded: str) -> Iterator[str]:
    """«flaw», and «soon flaw» for two that stand in one sentence, in their order."""
    places = sorted(
        (found.start(), name)
        for name, words in _families().items()
        if (found := words.search(folded))
    )
    names = [name for _place, name in places]
    yield from (f"={name}" for name in names)
    yield from (f"={one}={other}" for one, other in combinations(names, 2))
