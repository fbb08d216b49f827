"""Two ready clinics. Prices and intervals are of the order found on such clinics' price lists."""

from clinic_crm.simulator.config import BranchSpec, ClinicConfig, ConsultantSpec, Season
from clinic_crm.simulator.price_list import price_list, standard_offers, weighted

SHANGHAI = ClinicConfig(
    slug="yujing",
    name="玉镜医疗美容",
    language="zh-hans",
    timezone="Asia/Shanghai",
    currency="CNY",
    n_customers=3000,
    years=4.0,
    external_id_prefix="YJ",
    price_step_minor=1000,
    growth=2.2,
    branches=(
        BranchSpec("JA", "静安旗舰店", 0.48, waiting_minutes=15),
        BranchSpec("XH", "徐汇店", 0.32, waiting_minutes=12),
        BranchSpec("PD", "浦东世纪店", 0.35, opens_after=0.45, waiting_minutes=23),
    ),
    consultants=(
        ConsultantSpec("JA01", "周雅文", "JA", 0.6),
        ConsultantSpec("JA02", "陈思敏", "JA", 0.9),
        ConsultantSpec("JA03", "许嘉宁", "JA", 1.1),
        ConsultantSpec("XH01", "沈佳慧", "XH", 0.7),
        ConsultantSpec("XH02", "陆婉婷", "XH", 1.0),
        ConsultantSpec("PD01", "顾晓芸", "PD", 1.0),
        ConsultantSpec("PD02", "孙丽君", "PD", 2.6),
    ),
    treatments=price_list("""
CONSULT|consultation|面诊咨询        |    0|   0
BTX    |injection   |肉毒素除皱      | 2580| 620|105 | 90 |150 | 70 |1 |  0 |21 |22
HA     |injection   |玻尿酸填充      | 6800|1900|270 |180 |365 |120 |1 |  0 |11 |14
BOOST  |skin        |水光针          | 1680| 360| 45 | 30 | 60 | 25 |3 |150 |15 |18
IPL    |skin        |光子嫩肤        | 1280| 180| 35 | 28 | 45 | 21 |5 |180 |15 |16
LASER  |laser       |激光脱毛        |  980|  90| 42 | 35 | 60 | 28 |6 |365 | 9 | 7
RF     |device      |热玛吉紧肤      |16800|5200|420 |365 |540 |300 |1 |  0 | 6 | 9
FACIAL |care        |小气泡清洁护理  |  398|  65| 28 | 21 | 40 | 10 |1 |  0 | 9 |11
BODY   |body        |冷冻塑形        | 2980| 600| 56 | 42 | 70 | 40 |3 |330 | 5 | 3
LIDS   |surgery     |双眼皮成形术    |12800|3100|  0 |  0 |  0 |  0 |1 |  0 | 6 | 0
NOSE   |surgery     |综合隆鼻术      |26800|8200|  0 |  0 |  0 |  0 |1 |  0 | 3 | 0
P-SUN  |retail      |医用防晒乳      |  268|  98
P-MASK |retail      |械字号修复面膜  |  198|  62
P-SERUM|retail      |维C精华         |  480| 156
"""),
    offers=standard_offers(gift_cost_minor=6200),
    sources=weighted(
        "小红书 30|老客介绍 19|大众点评 14|抖音 12|美团团购 9|自然到店 9|新氧 7",
    ),
    referral_source="老客介绍",
    districts=weighted(
        "上海 静安区 18|上海 徐汇区 15|上海 浦东新区 22|上海 黄浦区 9|上海 长宁区 9|上海 普陀区 7|"
        "上海 闵行区 9|上海 杨浦区 5|苏州 工业园区 2|杭州 西湖区 1"
    ),
    occupations=weighted(
        "- 22|公司职员 20|金融 9|互联网 9|自由职业 8|企业管理 7|教师 6|个体经营 6|居家 6|"
        "设计师 5|公务员 4|医护 4"
    ),
    tags=weighted(
        "敏感肌 .14|怕痛 .09|关注抗衰 .17|关注祛斑 .10|价格敏感 .08|微信沟通 .22|周末到店 .11"
    ),
    complaint_reasons=weighted(
        "等待时间过长 26|效果不如预期 30|服务态度 16|推销过多 18|术后护理不到位 10"
    ),
    seasons=(
        Season("spring_festival", -20, -4, 1.35),
        Season("spring_festival", -3, -1, 0.35),
        Season("spring_festival", 0, 4, 0.0),
        Season("spring_festival", 5, 14, 0.55),
        Season("03-08", -5, 1, 1.3, is_promotion=True),
        Season("06-18", -10, 3, 1.5, is_promotion=True),
        Season("10-01", 0, 6, 0.8),
        Season("11-11", -12, 4, 1.7, is_promotion=True),
    ),
)

LONDON = ClinicConfig(
    slug="harley-rose",
    name="Harley & Rose Aesthetics",
    language="en",
    timezone="Europe/London",
    currency="GBP",
    n_customers=900,
    years=4.0,
    external_id_prefix="HR",
    price_step_minor=500,
    growth=1.7,
    mean_age=40.0,
    email_share=0.94,
    phone_untidy_share=0.4,
    branches=(
        BranchSpec("HS", "Harley Street", 0.62, waiting_minutes=11),
        BranchSpec("RM", "Richmond", 0.38, opens_after=0.2, waiting_minutes=15),
    ),
    consultants=(
        ConsultantSpec("HS01", "Imogen Hart", "HS", 0.6),
        ConsultantSpec("HS02", "Nadia Rahman", "HS", 0.8),
        ConsultantSpec("HS03", "Oliver Grant", "HS", 1.2),
        ConsultantSpec("RM01", "Charlotte Webb", "RM", 0.9),
        ConsultantSpec("RM02", "Leah Foster", "RM", 2.2),
    ),
    treatments=price_list("""
CONSULT|consultation|Consultation                |    0|   0
BTX    |injection   |Botulinum toxin, three areas|  295|  78|105 | 90 |150 | 70 |1 |  0 |31 |26
HA     |injection   |Hyaluronic acid filler      |  395| 115|270 |180 |365 |120 |1 |  0 |16 |20
BOOST  |skin        |Skin booster                |  275|  82| 45 | 30 | 60 | 25 |3 |180 |10 |16
IPL    |skin        |IPL photorejuvenation       |  195|  24| 35 | 28 | 45 | 21 |5 |210 | 9 |11
LASER  |laser       |Laser hair removal          |  120|  11| 42 | 35 | 60 | 28 |6 |365 |12 | 6
FACIAL |care        |Medical facial              |   95|  16| 28 | 21 | 40 | 10 |1 |  0 |11 |15
BODY   |body        |Body contouring             |  450|  95| 56 | 42 | 70 | 40 |3 |330 | 5 | 6
LIDS   |surgery     |Upper eyelid surgery        | 2950| 920|  0 |  0 |  0 |  0 |1 |  0 | 5 | 0
MOLE   |surgery     |Mole removal                |  345|  65|  0 |  0 |  0 |  0 |1 |  0 | 2 | 0
P-SPF  |retail      |SPF 50 sunscreen            |   34|  15
P-RET  |retail      |Retinol night cream         |   68|  27
P-VITC |retail      |Vitamin C serum             |   85|  32
"""),
    offers=standard_offers(gift_cost_minor=1500),
    sources=weighted("Google 27|Instagram 26|Friend 22|Walk-in 8|Treatwell 9|TikTok 8"),
    referral_source="Friend",
    districts=weighted(
        "London Marylebone 16|London Richmond 17|London Kensington 12|London Islington 9|"
        "London Wandsworth 12|London Hammersmith 9|London Camden 8|London Hackney 6|"
        "Twickenham - 6|Guildford - 3|Brighton - 2"
    ),
    occupations=weighted(
        "- 34|Finance 12|Marketing 9|Law 8|Teacher 6|Nurse 6|Consultant 7|Designer 5|Property 6|"
        "Media 3|Business owner 4"
    ),
    tags=weighted(
        "Sensitive skin .15|Needle-shy .08|Anti-ageing .18|Pigmentation .09|Bride-to-be .03|"
        "Prefers e-mail .2"
    ),
    complaint_reasons=weighted(
        "Long wait 24|Result below expectation 34|Felt pressured to buy 14|Attitude of staff 14|"
        "Bruising and aftercare 14"
    ),
    weekday_weights=(0.85, 1.0, 1.05, 1.15, 1.15, 1.3, 0.5),
    seasons=(
        Season("06-25", 0, 20, 1.15),
        Season("08-10", 0, 20, 0.85),
        Season("11-24", -2, 6, 1.25, is_promotion=True),
        Season("12-08", -4, 13, 1.45),
        Season("12-25", -1, 2, 0.0),
        Season("12-28", 0, 3, 0.4),
        Season("01-01", 0, 0, 0.0),
        Season("01-02", 0, 8, 0.75),
    ),
)

CLINICS = {config.slug: config for config in (SHANGHAI, LONDON)}
