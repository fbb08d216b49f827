"""English words by rule, over folded text: lower case, without accents, look-alikes undone."""

_N = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
_TIMES = r"(?:day|days|week|weeks|session|sessions|treatment|treatments|hour|hours|minute|minutes)"
_BETTER = r"(?:better|safer|cheaper|faster|gentler|more effective)"
_PLACE = r"(?:clinic|place|practice|surgeon|surgeons|doctor|doctors|team|laser|facial|peel|treatment|skin|results|injector|offer|price|prices|technology|programme|program)"  # noqa: E501

ENGLISH: dict[str, tuple[str, ...]] = {
    "effect_promise": (
        r"guaranteed? (?:\w+ )?(?:results?|effects?|success|to work|for life)",
        r"(?:results?|effects?|success) (?:is |are )?guaranteed|guaranteed results|permanent and guaranteed",
        r"(?:your )?money back(?! in)|or we treat you again",
        rf"(?:{_N} )?years younger|decade (?:off|younger)|turn back (?:time|the clock)|look younger",
        r"permanent (?:hair|result|removal|solution|cure|lift|and)|permanently (?:remove|smooth|gone)",
        r"never (?:grows?|comes?|returns?) back|no relapse|once and for all|for life\b",
        r"(?:erase|gone|lasts?|lasting|smooth|wrinkles?|away)[^.!?]{0,20} for ?ever",
        r"(?:goodbye|rid|remove|banish)[^.!?]{0,30} for good",
        r"(?:erase|eliminate|remove|banish|disappear|vanish)[^.!?]{0,25}(?:completely|instantly|overnight|once)",
        r"(?:completely|totally|instantly) (?:remove|erase|eliminate|cure|clear|disappear|vanish)",
        rf"(?:visible|results?|difference)[^.!?]{{0,20}} (?:in|within|after) (?:just |only )?{_N} {_TIMES}",
        r"miracle|works? (?:for everyone|for everybody|every (?:single )?time)|clinically proven|overnight",
        r"promise[^.!?]{0,20}(?:results?|difference|younger|works?)",
    ),
    "safety_promise": (
        r"(?:100 ?%|completely|totally|absolutely|perfectly|entirely) (?:safe|harmless|painless)",
        r"(?:no|zero|without(?: any)?) (?:side[- ]effects?|risks?|pain\b|downtime|scars?|scarring)",
        r"risk[- ]free|painless|pain[- ]free|even (?:during|in) pregnancy|suitable for all skin",
    ),
    "cure_rate": (
        r"\d(?:\.\d+)? ?% (?:success|satisfaction|effective|of (?:our )?(?:patients|clients|customers|women))",
        r"(?:success|satisfaction|cure) rate|\d+ out of (?:\d+|ten|a hundred)",
    ),
    "before_after": (
        r"before ?(?:and|&|/|-) ?after(?: the)? ?(?:photo|picture|gallery|shot|image|result)",
        r"before/after|transformation (?:photo|picture|gallery)",
        r"before(?: treatment)?[,:]? [^.!?]{0,15}after(?: treatment)?[,:]? [^.!?]{0,10}(?:glow|smooth|young|look|flawless)",
    ),
    "testimonial": (
        r"testimonials?|(?:patient|client|customer) (?:story|stories|reviews?)|real (?:patients|stories|women|people)",
        r"(?:hear|read|see)[^.!?]{0,12}(?:what|from) (?:our )?(?:patients|clients|customers)",
        r"rave[sd]? about|(?:five|5)[- ]star reviews?|(?:happy|delighted) (?:clients|customers|patients)",
        r"[\"”'] ?(?:,? ?)says? \w+|(?:loved|loves) her new",
    ),
    "endorsement": (
        r"(?:celebrit(?:y|ies)|the stars|a-list|influencers?|bloggers?|hollywood)[^.!?]{0,20}(?:love|choose|swear|recommend|use)",
        r"(?:loved|used|recommended|endorsed|approved|trusted|chosen) by (?:celebrit|leading|top|doctors|dermatolog|experts|the stars|the national)",
        r"(?:doctors|dermatologists|experts|surgeons) recommend|our ambassador|bloggers recommend",
    ),
    "absolute_words": (
        rf"\b(?:best|finest|leading|greatest|top|number one|no\.? ?1|#1) {_PLACE}",
        r"\b(?:best|finest|greatest|lowest|cheapest|most \w+)\b[^.!?]{0,25} (?:in|of) (?:the (?:world|country|city|uk)|town|europe|asia)",
        r"world'?s (?:best|most|leading|first|finest|only)|world[- ]class|number one \w+ for|no\.? ?1 rated|#1",
        r"second[- ]to[- ]none|unrivall?ed|unbeatable|unparalleled|a unique|ultimate|nothing beats|top[- ]rated",
        r"most (?:advanced|effective|powerful|luxurious|trusted|exclusive)|ever made|lowest prices?|cheapest",
        r"the only (?:clinic|place|practice)",
    ),
    "drug_or_device": (
        r"botox|botulinum|dysport|xeomin|azzalure|bocouture|jeuveau|daxxify|letybo|\btox\b",
        r"juvederm|restylane|radiesse|sculptra|belotero|teosyal|profhilo|ellanse|revanesse|kybella|aqualyx",
        r"(?:anti[- ]?wrinkle|wrinkle[- ]?(?:relaxing|relaxer|smoothing)) (?:injection|jab|treatment)s?",
        r"ozempic|wegovy|mounjaro|saxenda|semaglutide|tirzepatide|liraglutide|skinny jabs?",
        r"tretinoin|accutane|roaccutane|isotretinoin|hydroquinone|minoxidil|finasteride",
        r"thermage|ultherapy|coolsculpting|morpheus8|emsculpt",
    ),
    "disease_name": (
        r"\bacne\b|rosacea|psoriasis|eczema|melasma|vitiligo|hyperhidrosis|alopecia|dermatitis",
    ),
    "body_anxiety": (
        r"\bugly\b|\bsaggy\b|\bflabby\b|scaring (?:him|her|them)|nobody (?:hires|wants|loves)",
        r"(?:beautiful|pretty|attractive) (?:people|girls|women)[^.!?]{0,12}(?:earn|promoted|succeed|win)",
    ),
    "minors": (
        r"(?:teens?|teenagers?|under[- ]?1[0-8]s?|sixteen|high school|schoolgirls?|students?)\b[^.!]{0,40}"
        r"(?:special|nose job|makeover|% off|surgery|deal|fillers?|injections?|discount)",
        r"(?:makeover|fillers?|nose job|surgery|special)[^.!?]{0,30}(?:teens?|teenagers|under 1[0-8]|students)",
    ),
    "comparison": (
        rf"{_BETTER}[^.!?]{{0,15}} than (?:any|other|our|the)[^.!?]{{0,8}} ?(?:clinics?|competitors?|others|rest|place)",
        r"unlike other (?:clinics|places|doctors)|outperforms?",
    ),
    "price_trick": (
        r"(?:was|usual price|usually|normally) [£$€]?\d[\d,.]*[^.!?]{0,10}(?:now|today)[^.!?]{0,8}\d",
        r"free (?:surgery|procedure|operation|injections?)|giving it away",
    ),
    "pressure": (
        r"last chance|act now|hurry|only \d+ (?:spots?|places?|seats?|slots?) left|almost gone|final hours",
        r"(?:can't|cannot) afford to miss|don't miss out|regret it",
    ),
    "provider_words": (r"cosmetic surgery|plastic surgery|medical aesthetics",),
}  # fmt: skip

NEGATED = (
    r"\b(?:cannot|can not|can't|do not|don't|does not|doesn't|never|not|nobody|no one|without"
    r"|no guarantee|in advance|if)\b"
)
