# ruff: noqa: E501 - a table, one entry a line
"""Families of claims, wider than the words they were first met in; over folded text.

Where `patterns_zh` and `patterns_en` list what is said, this lists how it may be said: every
«without» beside every harm, every way of time running backwards, every reader that is quoted.
"""

from campaigns.content.patterns_en import _FAMOUS
from campaigns.content.patterns_zh import _FLAW, _IN, _MARKET, _N, _QUICK

_READER = (
    r"(?:顾客|客户|患者|会员|用户|老客|客人|姐妹|闺蜜|粉丝|宝妈|网友|她们|他们|大家|别人|过来人)"
)
_HARM = (
    r"(?:疼|痛(?!苦的)|肿|疤|创(?!新|立|始)|恢复期|不良反应(?!史)|副作用|伤害|损伤|风险(?!提示|告知)|休养|误工|后遗症|痛感"
    r"|疼痛|淤青|瘀青|出血|结痂|脱皮|红肿|刺激|负担)"
)
_WITHOUT = r"(?:(?<!如|若|有)无|(?<!是)不(?!适)|零|没有?|(?<!避)免|毫无)(?:会|用|必|需|须|再|担心|怕|留下?|任何|一点|丝毫|半点|什么|出现|产生|觉得|感到|有){0,3}"
_TREATED = r"(?:做|术|治疗|改造|整|变美|护理|手术|使用|用|项目|改变)"
_PLACE_ZH = r"(?:其[他它]|别的?|别人|同行|隔壁|外面|市面上|有些|某些|那些|普通|一般)(?:的)?(?:家|机构|诊所|医院|店|小店|地方|品牌|产品)?"
_IDEAL = r"(?:v脸|小脸|巴掌脸|瓜子脸|a4腰|小蛮腰|直角肩|天鹅颈|蜜桃臀|筷子腿|牛奶肌|水光肌|鸡蛋肌|瓷肌|白瓷|妈生|童颜|女神|冷白皮)"
_NUMBER_EN = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|a few|several|a couple of)"

CHINESE: dict[str, tuple[str, ...]] = {
    "effect_promise": (
        # what bothers people goes away by itself
        rf"{_FLAW}{_IN}{{0,6}}(?:褪[去掉尽]|退散|看不[见到出]|不再|没有了|熨平|抚平|就平|变少|减少|脱落|逃|拜拜)|(?:通通|统统|全部|全都|一一|一次性){_IN}{{0,3}}(?:熨平|抚平|搞定|扫光|带走|送走|消失)",
        # time runs backwards
        r"时光(?:倒流|逆转|停|定格)|(?:岁月|时间){0,1}(?:不留痕|倒流|倒转|停在)|岁月[^,。]{0,4}(?:痕迹|带走|偷走)[^。]{0,8}(?:还给|找回|抹)|(?:胶原|青春|弹性|紧致)[^,。]{0,5}(?:找回|回来|归来|满满|重启)|(?:回到|停在|重回)[^,。]{0,8}(?:状态|模样|时候|岁)",
        # to be seen with bare eyes
        r"肉眼(?:可见|看得见)|(?:紧致|变化|改变|效果|改善)[^,。]{0,3}(?:看得[见到]|摸得[着到]|太明显|真的?明显|一目了然|立显|惊艳|超出)|(?:看得[见到])的[^,。]{0,3}(?:紧致|年轻|美)",
        # otherwise the money comes back
        r"(?:不达标|达不到|不达|未达|没达到|没变化|看不到)[^。!?]{0,8}(?:退|赔|免单|重做)|退还[^,。]{0,4}(?:费用|全款|款项)|全额[^,。]{0,2}(?:退|赔)",
        # once and never again
        rf"一次[^,。]{{0,4}}(?:干净|终身|受益|够|搞定|解决|成型|到底)|{_N}年(?:内)?(?:不用|无需|不必|免)|(?:再也?|从此|从今)[^,。]{{0,4}}(?:不用|不必|不会|无需|不需要|告别)|(?:不用|不必|无需)再[^,。]{{0,4}}(?:发愁|担心|烦恼|遮|为)",
        # becoming another
        r"焕然一新|蜕变|脱胎换骨|逆袭|变身女神|美出新高度|不是梦|梦想成真|(?:都|就|必|准|稳|包|能|会)(?:能|会|可以|变得?){0,2}(?:变美|变白|变瘦|变年轻|瘦下来|白回来)",
        rf"(?:躺着|睡着|不运动|不节食|轻轻松松)[^,。]{{0,4}}(?:瘦|美|白)|(?:打造|拥有|练就|变成|塑造|雕刻?|养出|拥抱|get|收获)[^,。]{{0,6}}{_IDEAL}",
        rf"(?:{_QUICK}|转眼|眨眼|隔夜|一晚|一觉|几天|出门){{1}}[^,。]{{0,6}}(?:见证|就平|变脸|惊艳|上镜|判若|恢复年轻|亮白|透亮|变样|换了?)",
        rf"年轻[^,。]{{0,2}}{_N}岁|(?:减|少|小)(?:龄)?{_N}岁|白得|美得|嫩得|滑得|瘦得",
        r"(?:保证|承诺|确保|担保)[^,。]{0,6}(?:每一?[位个]|所有|人人|都能|都会)|人人都(?:能|会|可以)[^,。]{0,3}(?:美|瘦|白|年轻)",
    ),
    "safety_promise": (
        rf"{_WITHOUT}{_HARM}|零感|无感(?:操作|治疗|体验|注射)|无创|微痛|轻松无忧",
        r"安全(?:系数|指数|等级)|(?:全程|过程|整个过程|项目)[^,。]{0,4}(?:安全|放心|无忧|安心)|(?:放心|安心)(?:交给|做|使用|体验|变美)|(?:大可|尽管|尽可)放心",
        r"(?:孕妈?|孕期|哺乳|敏感肌|宝宝|老人|任何人|过敏体质|体质差)[^,。]{0,8}(?:放心|安心|都能|都可|可以[用做]|可用|也[能可]|无忧|不受限)",
        r"(?:做完|打完|术后|随后|当场|立马)[^,。]{0,4}(?:就能|即可|照样|照常|可以)[^,。]{0,4}(?:约会|上班|化妆|出门|工作|洗脸|见人|逛街)",
    ),
    "cure_rate": (
        rf"(?:百分之|[0-9.]+%|[五六七八九]成|{_N}分之){_IN}{{0,8}}(?:的)?{_READER}{_IN}{{0,8}}(?:满意|好|改善|推荐|回头|变|复购|表示|选择|见效|认可)",
        rf"{_N}个?(?:人|位|顾客|客户){_IN}{{0,4}},?{_N}个?(?:人|位)?{_IN}{{0,4}}(?:说|满意|好|见效|变|成功|推荐|回头)",
        r"(?:成功|成功率|治愈|手术)[^,。]{0,4}(?:案例|病例|超过?\d)|(?:零|无一例?|没有一例)(?:失误|事故|失败|投诉|差评|意外|纠纷)",
        rf"(?:好评|有效|改善|治愈|成功|满意|复购|回头)(?:率|度){_IN}{{0,6}}(?:{_N}|\d)",
    ),
    "before_after": (
        rf"{_TREATED}(?:之|以)?前[^。!?\n]{{0,10}}后[^。!?\n]{{0,8}}(?:照|图|对比|对照|差[了别距得]|不同|不一样|变样|惊|公开|比一比|一目了然)",
        r"前后[^,。]{0,4}(?:照片?|图|视频|反差|变化|公开|合影)|对照(?:图|照|组照)|(?:变化|改变|反差)(?:惊人|巨大|太大|明显)|(?:今昔|昔日|过去)[^,。]{0,6}(?:对比|照片|判若)",
    ),
    "testimonial": (
        rf"(?:听|看|瞧)(?:听|看|瞧|一?下|一听|一看){{0,2}}{_IN}{{0,3}}{_READER}{_IN}{{0,10}}(?:说|讲|评价|聊|夸|重拾|分享|经历|故事|改变|口碑|反馈)",
        rf"{_READER}{_IN}{{0,8}}(?:写道|留言|留下好评|夸(?:我们|赞)|点赞|晒出|亲口|直呼|感叹|惊呼|坦言|口碑|后悔没)|后悔没(?:早|有)",
        r"(?:女士|小姐|先生|阿姨|姐|妈妈|同学)[^,。]{0,6}(?:亲身|分享|讲述|告诉我们|告诉你|感慨|直言|说[::,“\"])|评论区|(?<!您的)(?<!你的)(?:真实|亲身)[^,。]{0,4}(?:口碑|评价|感受|经历|顾客|客户)",
    ),
    "endorsement": (
        r"(?:明星|艺人|演员|歌手|网红|主播|博主|达人|名媛|模特|超模|影后|影帝|偶像)[^,。]{0,14}(?:打卡|常客|光顾|都来|来过|同款|打call|安利|力挺|挚爱|信赖|选择|偏爱|捧场)",
        r"(?:专家|教授|院士|博士|名医|主任(?:医师)?|院长|协会|学会|联盟|委员会|权威|官方|政府|卫健委|药监局|部门)[^,。]{0,10}(?:推荐|推崇|力荐|认可|认证|指定|背书|授予|点名|点赞|站台|合作单位|示范单位)",
        r"(?:电视台|央视|卫视|报纸|媒体|日报|新闻)[^,。]{0,8}(?:报道|专题|推荐|采访|专访|关注|曝光)|(?:荣获|荣膺|获得?|曾获)[^,。]{0,12}(?:大奖|金奖|称号|殊荣|授牌)",
    ),
    "absolute_words": (
        rf"{_MARKET}{_IN}{{0,8}}(?:第一|唯一|领先|首家|首个|最[^近后初]|no\.?1)|首屈一指|数一数二|无出其右|独步|登峰造极|炉火纯青|出类拔萃|空前|绝佳|极致|标杆|教科书级|天花板级",
        r"唯一(?:一家|拥有|具备|能|可以|通过|合法|正规|获)|(?:口碑|技术|实力|服务|品质|环境|设备|价格|团队|效果)[^,。]{0,3}(?:第一|最[^近后初]|无敌|之王|封神|登顶)|(?:顶级|顶尖|顶配|至高|至上)",
    ),
    "drug_or_device": (
        r"减[肥重脂][^,。]{0,3}针|司美(?!惠)|溶脂(?:针|注射)|胶原(?:蛋白)?(?:针|注射|填充)|玻(?:尿)?酸|水光(?:针|注射)?(?=[^肌]|$)|瘦(?:脸|肩|腿|手臂)[^,。]{0,2}针|埋线|线雕|童颜|再生针|肉毒",
        r"热玛(?:吉)?|超声(?:炮|刀)|光子嫩肤仪|皮秒|黄金微针|五代(?:到店|机)|酷塑|射频仪",
    ),
    "disease_name": (r"皮肤病|多汗症|疱疹|鱼鳞病|灰指甲|脚气|色素失调|抑郁症|甲状腺|乳腺增生",),
    "body_anxiety": (
        r"(?:脸垮|垮了|显老|变老|丑|胖|素颜|皱纹|黄脸|脸大|塌鼻|皮肤差)[^。!?\n]{0,14}(?:老公|男友|男人|老板|工资|面试|约会|订单|谈成|没人|谁(?:还|会)?(?:愿意|敢|想)|多看|嫌|走了|不要|配)",
        r"你[^,。]{0,4}(?:穷|单身|失败|输|没人)[^,。]{0,6}(?:丑|胖|脸|长相|颜值)|(?:叫|喊|当成|误认|以为是?|看成)(?:你|您|我|人|是|作|为)?(?:阿姨|大妈|大叔|奶奶|妈妈辈)",
        r"(?:颜值|长得?好|长相|脸蛋?|美貌)[^。!?\n]{0,8}(?:工资|收入|机会|优势|话语权|好运|资本|生产力|加分|通行证)|拼颜值|以貌取人|第一眼就输",
    ),
    "minors": (
        r"(?:1[0-7]|十[一二三四五六七])(?:周)?岁[^。!?\n]{0,4}(?:以上|起|即可|可做|开始|就(?:能|可以|可)|的(?:你|她|他))",
        r"(?:带|陪)(?:着)?(?:孩子|女儿|儿子|宝贝)[^。!?\n]{0,6}(?:来|做|变美|割|整|体验)|(?:暑期|暑假|寒假|毕业季|开学)[^。!?\n]{0,10}(?:学生|双眼皮|隆鼻|整|割)",
    ),
    "comparison": (
        rf"(?:甩|胜过|强过|好过|优于|超过|超越|赢过|领先|吊打|秒杀|碾压|区别于){_IN}{{0,4}}{_PLACE_ZH}|不像{_IN}{{0,6}}(?:店|家|机构|诊所|医院|地方)|比{_PLACE_ZH}{_IN}{{0,10}}(?:好|强|安全|有效|便宜|优|高|快|多|正宗|专业|省)",
        rf"{_PLACE_ZH}{_IN}{{0,8}}(?:做[不几两三]|要做|需要|只能|还在|做不|差|贵|慢)[^。!?\n]{{0,8}}(?:我们|一次|这里|本院)",
    ),
    "price_trick": (
        rf"原价(?!格)[^,。]{{0,10}},?[^。!?\n]{{0,6}}(?:今天|今日|现在|如今|现|今|只|仅|到手|活动|会员)[^,。\n]{{0,4}}(?:{_N}|\d)",
        r"免费(?:做|送|打|割|隆|除|祛|脱|领取?手术)|(?:白送|倒贴|不要钱)|成本价",
    ),
    "pressure": (
        r"涨价|下手|机会不等人|欲购从速|抢购|速抢|秒光|售罄|再不[^,。]{0,6}(?:就|要)(?:晚|没|老|贵|错|后悔)|错过(?:就|等|今|再|后悔|不再|这次|可惜|拍)",
        r"(?:最后|仅剩|只剩|只有|限)[^,。]{0,2}(?:\d+|[一两二三四五六七八九十]+)(?:个|位|席)?(?:名额|席位|份)|名额(?:有限|紧张|告急|不多)|限时(?:抢|秒杀|疯)",
    ),
}  # fmt: skip

ENGLISH: dict[str, tuple[str, ...]] = {
    "effect_promise": (
        r"(?:is|'s) all it takes|all you need to (?:lose|look|be|get)|wake up (?:looking|feeling)|look(?:ing)? (?:\w+ )?(?:years|decades) younger|(?:lines?|wrinkles?|spots?|scars?|marks?|hair|fat|chin|bags?)\b[^.!?]{0,20}(?:gone for good|vanish|disappear|melt|fade away|history|erased|be gone|for good)",
        r"(?:watch|see|make)[^.!?]{0,25}(?:vanish|disappear|melt away|fade away|dissolve)|(?:lose|drop|shed|trim) (?:\w+ )?(?:inch|inches|stone|pounds|kilos|sizes?|your double chin)|never (?:need|have) to[^.!?]{0,20}again|permanent(?:ly)? (?:free|freedom|smooth|hairless|young)",
        r"(?:we|i) (?:promise|guarantee|vow|swear|pledge)(?! (?:to (?:answer|call|reply|listen)))|works? (?:for|on) every|every (?:single )?time[.!]|turn(?:s|ing)? back the clock|your money back|or it(?:'s| is) free|fountain of youth|defy age",
        r"(?:flawless|perfect|ageless|poreless|line-free|baby[- ]soft|glass) (?:skin|complexion|face|body|lips)|the (?:face|body|skin|nose|lips) (?:of your dreams|you (?:always|have always))",
    ),
    "safety_promise": (
        r"\b(?:no|zero|without|not any|free of)\b[^.!?]{0,14}(?:side[- ]effects?|downtime|recovery|pain\b|risks?|bruis|scar|swelling|needles?,? no|complications?|discomfort)|(?:not|won't|nothing will) (?:feel a thing|hurt|bruise|scar|swell)",
        r"(?:100 ?%|totally|fully|proven|perfectly|completely|entirely|always) (?:\w+ )?(?:safe|gentle|painless|natural)|safe for (?:every|any|all|you)|risk[- ]free|gentle enough for|relax,? it(?:'s| is) safe",
    ),
    "cure_rate": (
        r"(?:\d+(?:\.\d+)?|ninety\w*(?:[- ]\w+)?) ?(?:%|per ?cent) (?:of )?(?:our |all |the )?(?:patients|clients|customers|women|men|people|users|guests|would|saw|success|satisf)|(?:success|satisfaction|cure|recommendation) rates?",
        r"(?:nine|eight|seven|9|8|7|99|95) (?:out of|in) (?:ten|10|every ten|100)|thousands of (?:successful|happy)|\d[\d,]* (?:successful|happy) (?:cases|treatments|patients|clients)",
    ),
    "before_after": (
        r"(?:then and now|now and then|day one and|the difference)[^.!?]{0,15}(?:photo|picture|see|face|look)?|(?:compare|swipe|see|look)[^.!?]{0,20}(?:then and now|before|transformations?)|transformations?\b[^.!?]{0,14}(?:photos?|pictures?|inside|gallery|below|videos?)|\bbefore[^.!?]{0,8}\bafter\b[^.!?]{0,12}(?:photo|picture|shot|gallery|image|pic|video)",
    ),
    "testimonial": (
        r"what [^.!?]{0,24}(?:say|said|think|thought|wrote|told us)\b[^.!?]{0,10}(?:about|of|:|us)|(?:hear|read|watch|meet|discover)[^.!?]{0,20}(?:\w+'s (?:story|journey|experience)|stories|reviews?|journeys?)|[\"”’'],? ?(?:says?|said|writes?|wrote|raves?|tells?) |\w+ (?:says|said|told us)[^.!?]{0,12}[:\"“]|confidence back",
    ),
    "endorsement": (
        rf"favou?rite (?:among|of|with|for) [^.!?]{{0,10}}{_FAMOUS}|{_FAMOUS}[^.!?]{{0,20}}(?:alike|approved|flock|come to us|queue|visit)|(?:approved|recommended|endorsed|praised|backed|certified|loved|trusted) by [^.!?]{{0,16}}(?:doctors?|dermatologists?|surgeons?|experts?|stars|professors?|nurses|vogue|the press|television)",
        r"(?:as seen|featured|shown|reported) (?:on|in) (?:tv|television|vogue|the|itv|bbc|channel)|the (?:stars|celebrities)' (?:choice|secret)",
    ),
    "absolute_words": (
        r"the (?:world|country|city|nation|region|industry|market)(?:'s)? (?:\w+ )?(?:most|best|first|finest|leading|only|number)|(?:simply|by far|hands down|probably) the best|the best (?:\w+ ){0,3}(?:clinic|team|doctors?|treatment|price|skin|laser|results?)\b|second to none|unrivall?ed|unbeatable|unmatched|peerless|unsurpassed|incomparable|premier|flagship of|leader in",
    ),
    "drug_or_device": (
        r"\bfillers?\b|(?:anti[- ]?wrinkle|wrinkle|lip|fat[- ]dissolving|weight[- ]loss|slimming|skin booster|collagen) (?:injection|injectable|jab|filler|pen|shot)s?|\btox\b|hyaluronic acid inject|\bhifu\b|ultherapy|thermage|semaglutide|\bglp-?1\b",
    ),
    "disease_name": (r"\bboils?\b|\bwarts?\b|impetigo|shingles|herpes|fungal|folliculitis|keratosis|hair loss disease|depression",),
    "body_anxiety": (
        r"who would (?:date|hire|love|marry|want)|(?:old|tired|bad|saggy|wrinkled|dull) (?:skin|face|eyes|body)[^.!?]{0,12}(?:costs?|lose|losing|kills?|ruins?)|look(?:ing|s)? like (?:your|their|his|her|a) (?:mother|mum|gran\w*|father|granny|old)|(?:people|men|he|they|everyone)[^.!?]{0,12}(?:staring at|laugh|judge|notice)[^.!?]{0,10}(?:wrinkles|nose|skin|face|belly|age)|(?:asking|guess(?:ing)?) your (?:real )?age|hide your (?:face|body|skin)",
    ),
    "minors": (
        r"(?:aged?|from the age of|turned) (?:1[0-7]|thirteen|fourteen|fifteen|sixteen|seventeen)\b|\b(?:teen\w*|prom|school\w*|gcse|a-levels?|half[- ]term)\b[^.!?]{0,40}(?:filler|lip|nose|half price|deal|special|treat|offer|reshap|laser|surgery)",
    ),
    "comparison": (
        r"(?:better|safer|faster|gentler|cheaper|stronger|longer[- ]lasting|more \w+)[^.!?]{0,20} than (?:any|other|our|the|elsewhere|anywhere|most)|other (?:clinics|places|salons|doctors)[^.!?]{0,16}(?:rush|cut|charge|use|fail|cannot|can't|don't|will not|promise|hide)|(?:twice|three times|ten times) (?:as|more|the)|unlike (?:other|most|the)|nobody else",
    ),
    "price_trick": (
        r"(?:was|usually|normally|worth|instead of|before) [£$€]?\d[\d,.]*[^.!?]{0,14}[£$€]?\d|free (?:\w+ )?(?:surgery|operation|injections?|filler|procedure|lift)|absolutely free|for nothing|giving away",
    ),
    "pressure": (
        rf"(?:only|just|last|final) (?:\d+|{_NUMBER_EN}) (?:more )?(?:spots?|places?|seats?|slots?|hours?|chances?|left)|hurry|last chance|act (?:now|fast)|(?:don't|do not|you can't|never) miss|before (?:it's|they're|it is) (?:too late|gone|all gone)|selling (?:out|fast)|running out|while (?:stocks?|places) last|once it's gone|now or never",
    ),
}  # fmt: skip
