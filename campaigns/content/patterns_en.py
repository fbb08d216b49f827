# ruff: noqa: E501 - a table, one entry a line
"""English words by rule, over folded text: lower case, without accents, look-alikes undone."""

_N = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|a single|\d+)"
_TIMES = r"(?:day|week|session|treatment|hour|minute|visit|month|jab|appointment)s?"
_IN = r"[^.!?;\n]"
_BETTER = r"(?:better|safer|cheaper|faster|gentler|more (?:effective|experienced|skilled)|superior)"
_PLACE = (
    r"(?:clinic|place|practice|surgeons?|doctors?|team|laser|facial|peel|treatments?|skin|results?"
    r"|injectors?|offer|prices?|technology|programme|program|quality|service|specialists?)"
)
_CHANGE = (
    r"(?:visible|results?|difference|gone|younger|flawless|slimmer|lift|smooth|wrinkle|vanish"
    r"|dress sizes?|transformed|glowing|perfect skin|stunning|gorgeous)"
)
_FAMOUS = (
    r"(?:celebrit(?:y|ies)|the stars|a-list(?:ers)?|influencers?|bloggers?|hollywood|models"
    r"|film stars?|royals?)"
)
_CLAIM = r"(?:love|loved|choose|swear|recommend|use|adored|favou?rite|trust|rave|secret)"

ENGLISH: dict[str, tuple[str, ...]] = {
    "effect_promise": (
        r"years off|is history\b|(?:wrinkle|line|spot|blemish)[- ]free|in its tracks|[,.] promise[!.]|you don't pay|permanently \w+ (?:legs|skin|lips)",
        rf"(?:instant|immediate|dramatic|lasting|amazing|incredible) (?:results?|effects?|difference)|stop age?ing|{_N} {_TIMES} and (?:your|you)",
        r"guaranteed? (?:\w+ )?(?:results?|effects?|success|to (?:work|look|lift)|for life|satisfaction)",
        r"(?:results?|effects?|success|satisfaction) (?:is |are |100% )?guaranteed|permanent and guaranteed",
        r"[,:] ?(?:we )?guarantee(?:d)?(?: it)?[.!]|we guarantee (?:you|that|it|a)",
        r"(?:your )?money back|or we treat you again|(?:full )?refund if|doesn't work",
        rf"(?:{_N} )?years younger|decade (?:off|younger)|turn back (?:time|the clock)|look younger|reverse age?ing|age?ing reversed",
        r"permanent (?:hair|result|removal|solution|cure|lift|and|fix)|permanently (?:remove|smooth|gone|slim)",
        r"never (?:grows?|comes?|returns?) back|no relapse|once and for all|for life\b|last(?:s|ing)? (?:a lifetime|for ?ever)",
        rf"(?:erase|gone|smooth|wrinkles?|away|results?){_IN}{{0,20}} for ?ever",
        rf"(?:goodbye|rid|remove|banish){_IN}{{0,30}} for good",
        rf"(?:erase|eliminate|remove|banish|melt|dissolve|disappear|vanish){_IN}{{0,25}}(?:completely|instantly|overnight|once|entirely|away)",
        r"(?:completely|totally|instantly|effortlessly) (?:remove|erase|eliminate|cure|clear|disappear|vanish|transform)",
        rf"{_CHANGE}{_IN}{{0,20}} (?:in|within|after) (?:just |only |as little as )?(?:{_N}|your first) (?:little )?{_TIMES}",
        rf"(?:in|within|after) (?:just |only )?{_N} (?:little )?{_TIMES},? you{_IN}{{0,20}}{_CHANGE}",
        r"miracle|magic(?:al)? (?:result|cream|treatment)|works? (?:for everyone|for everybody|every (?:single )?time)|clinically proven",
        r"overnight (?:result|success|change)|younger overnight|wake up (?:with|to) (?:flawless|perfect|younger|smooth)",
        rf"promise{_IN}{{0,20}}(?:results?|difference|younger|works?)|that is a promise|(?:immediate|instant) (?:lift|result|effect|improvement)",
        rf"you(?:'ll| will) (?:look|be) (?:stunning|gorgeous|flawless|younger|perfect|amazing)|lose {_N} (?:dress|stone|pounds|kilos|inches)",
    ),
    "safety_promise": (
        r"(?:can't|cannot) (?:get hurt|go wrong)|(?:fully|perfectly|always) safe|safe for (?:you and|everyone|everybody|all)",
        r"(?:100 ?%|completely|totally|absolutely|perfectly|entirely) (?:safe|harmless|painless)",
        r"(?:no|zero|without(?: any)?|free (?:of|from)(?: any)?) (?:known )?"
        r"(?:side[- ]effects?|risks?|pain\b|downtime|scars?|scarring|bruising|complications?|discomfort|danger)",
        r"risk[- ]free|painless|pain[- ]free|even (?:during|in) pregnancy|suitable for all skin|harmless",
        r"(?:won't|will not|don't) (?:feel|notice) a thing|nothing can go wrong|nothing to worry about|back at work (?:the same day|within)",
    ),
    "cure_rate": (
        r"(?:success|satisfaction) rates?:? ?(?:of )?\d|\d+ ?(?:%|percent|per cent) of (?:our )?\w+ (?:would|saw|said|felt|look)",
        rf"\d(?:\.\d+)? ?%{_IN}{{0,3}} ?(?:success|satisfaction|effective|of (?:our )?(?:patients|clients|customers|women|users|people))",
        r"(?:success|satisfaction|cure) rate|(?:\d+|nine|eight|seven) (?:out of|in) (?:\d+|ten|a hundred)\b(?! (?:minutes|days|hours|weeks))",
    ),
    "before_after": (
        rf"before[- ]?(?:and|&|/)[- ]?after{_IN}{{0,6}}(?:photo|album|picture|galler|shot|image|video|reel|transformation)",
        r"before ?(?:and|&|/|-|n)(?: |-)?afters?(?: the)? ?(?:photo|picture|gallery|shot|image|result|on our|here|pics)",
        r"before[- ]and[- ]afters|before ?/ ?after|transformation (?:photo|picture|gallery)|(?:amazing|stunning|incredible) transformation",
        r"before(?: treatment)?[,:]? [^!?]{0,15}after(?: treatment)?[,:]? [^!?]{0,10}(?:glow|smooth|young|look|flawless|radian|fresh)",
    ),
    "testimonial": (
        r"[\"”’!.] ?[-–—] ?[a-z]+, ?\d\d|keep raving|real results|what (?:they|clients|patients) say|success stories",
        r"testimonials?|(?:patient|client|customer) (?:story|stories|reviews?)|real (?:patients|stories|women|people)",
        rf"(?:hear|read|see){_IN}{{0,12}}(?:what|from) (?:our |other )?(?:patients|clients|customers)|(?:clients|patients|customers) (?:love|adore) (?:us|it)",
        r"rave[sd]? about|(?:five|5)[- ]star reviews?|glowing reviews?|(?:happy|delighted) (?:clients|customers|patients)|take our word",
        r"[\"”'] ?(?:,? ?)says? \w+|(?:loved|loves) her new|^[a-z]+ from [a-z]+: ?[\"“']|changed my life|decision of my life",
    ),
    "endorsement": (
        rf"(?:trusted|loved|used) by {_IN}{{0,10}}(?:models|tv|presenters|actors|actresses)|(?:dermatologist|doctor|celebrity|expert)[- ](?:recommended|approved|loved|endorsed)",
        rf"{_FAMOUS}{_IN}{{0,25}}{_CLAIM}|{_CLAIM} by {_FAMOUS}|as seen (?:on|in)|red carpet",
        r"(?:loved|used|recommended|endorsed|approved|trusted|chosen|backed) by (?:leading|top|doctors|dermatolog|experts|surgeons|the national|the royal)",
        r"(?:doctors|dermatologists|experts|surgeons)(?:'|’)? ?(?:recommend|favou?rite|choose|choice|agree|swear)|our ambassador|what experts choose",
    ),
    "absolute_words": (
        r"market leader|favou?rite,? (?:number one|clinic)|number one (?:skin|clinic|choice)|money can buy|no one (?:comes close|else)",
        rf"\b(?:best|finest|leading|greatest|top|number one|no\.? ?1|#1|highest|first and only) (?:\w+ )?{_PLACE}",
        rf"\b(?:best|finest|greatest|lowest|cheapest|most \w+)\b{_IN}{{0,25}} (?:in|of) (?:the (?:world|country|city|uk|north|south)|town|europe|asia|london)",
        r"(?:world|europe|britain|asia|london|country|city|uk)'?s (?:best|most|leading|first|finest|only|number|top)|world[- ]class|number one \w+ for|no\.? ?1 rated|#1",
        r"second[- ]to[- ]none|unrivall?ed|unbeatable|unparalleled|a unique|ultimate|nothing beats|top[- ]rated|unmatched|one of a kind|only of its kind",
        r"most (?:advanced|effective|powerful|luxurious|trusted|exclusive|experienced)|ever made|lowest prices?|cheapest|does it better|simply the best|the very best|the perfect (?:treatment|result)",
        r"the only (?:clinic|place|practice)|award[- ]winning",
    ),
    "drug_or_device": (
        r"botox|botulinum|dysport|xeomin|azzalure|bocouture|jeuveau|daxxify|letybo|\b(?:baby[- ]?)?tox\b",
        r"juvederm|voluma|restylane|radiesse|sculptra|belotero|teosyal|profhilo|ellanse|revanesse|kybella|aqualyx|bellafill|polynucleotide",
        r"(?:anti[- ]?wrinkle|wrinkle[- ]?(?:relaxing|relaxer|smoothing)) (?:injection|jab|treatment)s?",
        r"ozempic|wegovy|mounjaro|saxenda|semaglutide|tirzepatide|liraglutide|skinny jabs?|weight[- ]loss (?:jabs?|injections?)",
        r"tretinoin|accutane|roaccutane|isotretinoin|hydroquinone|minoxidil|finasteride|lidocaine",
        r"thermage|ultherapy|coolsculpting|morpheus8|emsculpt",
    ),
    "disease_name": (
        r"\bacne\b|rosacea|psoriasis|eczema|melasma|vitiligo|hyperhidrosis|alopecia|dermatitis",
    ),
    "body_anxiety": (
        rf"too (?:old|fat|wrinkled) to|(?:wrinkles?|looks?|nose|skin|face|body){_IN}{{0,12}} cost(?:s|ing) you|look(?:s|ing)? like a failure|ashamed of your",
        r"\bugly\b|\bsaggy\b|\bflabby\b|\bchubby\b|scaring (?:him|her|them)|nobody (?:hires|wants|loves)|before he leaves|look like a failure",
        rf"(?:beautiful|pretty|attractive|thin) (?:people|girls|women|is){_IN}{{0,12}}(?:earn|promoted|succeed|win|rich|hired)|embarrassed (?:by|about) your",
    ),
    "minors": (
        r"1[0-7][- ]year[- ]olds?|school id|teenage[^.!]{0,20}(?:deal|offer|special|facial)|half[- ]term[^.!]{0,20}(?:nose|treat|filler)",
        r"(?:teens?|teenagers?|under[- ]?1[0-8]s?|sixteen|high school|schoolgirls?|sixth[- ]formers?|students?|young(?:est)? girls?|prom)\b[^.!]{0,40}"
        r"(?:special|nose job|makeover|% off|half price|surgery|deal|fillers?|lips|injections?|discount|from age)",
        r"(?:makeover|fillers?|nose job|surgery|special)[^.!?]{0,30}(?:teens?|teenagers|under 1[0-8]|students)|prom-ready|from age 1[0-7]",
    ),
    "comparison": (
        rf"other (?:clinics|salons|places){_IN}{{0,20}}\. we|other clinics (?:cut|use|charge|rush)|(?:twice|times) as (?:effective|good|safe|fast){_IN}{{0,6}} as|(?:salon|clinic) next door",
        rf"{_BETTER}{_IN}{{0,20}} than (?:any|other|our|the|high|most|your)",
        r"unlike other (?:clinics|places|doctors)|outperforms?|(?:down|across) the road (?:cannot|can't)|other clinics (?:cannot|can't|fail)",
    ),
    "price_trick": (
        rf"(?:was|usual price|usually|normally|worth) [£$€]?\d[\d,.]*{_IN}{{0,10}}(?:now|today|yours){_IN}{{0,8}}\d",
        r"free (?:surgery|procedure|operation|injections?)|giving it away",
    ),
    "pressure": (
        r"last chance|act now|hurry|only \d+ (?:spots?|places?|seats?|slots?) left|almost gone|final hours|going, going",
        r"(?:can't|cannot) afford to miss|don't miss out|regret it|or lose it|before it's too late",
    ),
    "provider_words": (r"cosmetic surgery|plastic surgery|medical aesthetics",),
}  # fmt: skip

DENIED = (
    r"\b(?:cannot|can not|can't|do not|don't|does not|doesn't|did not|never|not|nobody can|no one can"
    r"|no guarantee|nor)\b"
)
