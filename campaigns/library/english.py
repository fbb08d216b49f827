# ruff: noqa: E501 - letters, one paragraph a line
"""key → (name, subject, body)."""

ENGLISH: dict[str, tuple[str, str, str]] = {
    "return": (
        "Come back: it has been a while",
        "{{ first_name | default: 'Hello' }}, shall we find you a time?",
        """Dear {{ salutation | default: "customer" }},

it is {{ days_since_visit | default: "quite a few" }} days since we last saw you at {{ branch | default: "our clinic" }}. You were here for your {{ last_treatment | default: "treatment" }} then.

If you would like to go on with it, or only to ask something first, reply to this mail. {{ consultant | default: "Our team" }} will suggest two or three times.

{{ clinic_name }}""",
    ),
    "return_sms": (
        "Come back, short",
        "",
        """{{ salutation | default: "Hello" }}, it has been a while. Would you like a time this month? Reply to this SMS or call {{ branch | default: "us" }}.""",
    ),
    "return_call": (
        "Come back: call",
        "",
        """Hello {{ salutation | default: "" }}, this is {{ clinic_name }}. Is this a good moment?
1. Last here on {{ last_visit | default: "a day some time ago" }} for {{ last_treatment | default: "a visit" }}. Ask how it went since then.
2. Listen first. If something was wrong: note it, apologise, promise a call back, and offer nothing today.
3. If all is well: offer two times with {{ consultant | default: "their consultant" }}.
4. If not now: ask when to call again, and write the day down.""",
    ),
    "return_wechat": (
        "Come back, by WeChat",
        "",
        """{{ salutation | default: "Hello" }}, your last visit was on {{ last_visit | default: "a day some time ago" }}. If you would like to come by, answer here and we will keep a time for you.""",
    ),
    "due": (
        "Treatment due",
        "Your next {{ due_treatment | default: 'appointment' }}",
        """Dear {{ salutation | default: "customer" }},

going by your own rhythm, your {{ due_treatment | default: "next appointment" }} would be due around {{ due_on | default: "now" }}.

Whether it is time is for your doctor to say. If you would like to be seen, tell us two days that suit you and we will keep a place at {{ branch | default: "our clinic" }}.

{{ consultant | default: "Your team" }}, {{ clinic_name }}""",
    ),
    "due_sms": (
        "Treatment due, short",
        "",
        """{{ salutation | default: "Hello" }}, your {{ due_treatment | default: "next appointment" }} would be due around {{ due_on | default: "now" }}. Call us for a time.""",
    ),
    "due_call": (
        "Treatment due: call",
        "",
        """Hello {{ salutation | default: "" }}, this is {{ clinic_name }}.
1. Their {{ due_treatment | default: "next treatment" }} would be due around {{ due_on | default: "now" }}.
2. Ask: any change in health, medicines, pregnancy? If so, offer a consultation first.
3. Offer two times at {{ branch | default: "their branch" }}. Name the price from the price list only if asked.
4. Repeat day and time, and say what to bring.""",
    ),
    "second_visit": (
        "Second visit",
        "How are you after your first visit?",
        """Dear {{ salutation | default: "customer" }},

you were with us for the first time on {{ last_visit | default: "a day this month" }}. How has it been since?

Your plan was made together with {{ consultant | default: "our team" }}. If you would like to go on with it, or change it, a second appointment is the right place. Reply with a day that suits you.

{{ clinic_name }}""",
    ),
    "second_visit_sms": (
        "Second visit, short",
        "",
        """{{ salutation | default: "Hello" }}, thank you for your first visit. Would you like to talk about the next step with {{ consultant | default: "our team" }}? Reply for a time.""",
    ),
    "first_visit_thanks": (
        "Thanks for the first visit",
        "Thank you for coming to {{ clinic_name }}",
        """Dear {{ salutation | default: "customer" }},

thank you for your first visit to {{ branch | default: "our clinic" }}.

Your care sheet tells what to do in the next days. If anything is unclear or worries you, reply to this mail or call us: {{ consultant | default: "our team" }} will answer.

{{ clinic_name }}""",
    ),
    "birthday": (
        "Birthday",
        "Happy birthday, {{ first_name | default: 'from all of us' }}",
        """Dear {{ salutation | default: "customer" }},

happy birthday! Everybody at {{ branch | default: "our clinic" }} wishes you a good year.

A small present waits for you at the desk this month. Nothing needs to be bought for it; just tell us your name.

{{ clinic_name }}""",
    ),
    "birthday_sms": (
        "Birthday, short",
        "",
        """Happy birthday, {{ salutation | default: "from all of us" }}! A small present waits for you at the desk this month.""",
    ),
    "spring_festival": (
        "Spring Festival",
        "A happy Spring Festival to you and yours",
        """Dear {{ salutation | default: "customer" }},

we wish you and your family a happy Spring Festival.

Please look up our opening hours before you come: over the holidays they differ. Times in the weeks after can be booked now.

{{ clinic_name }}""",
    ),
    "womens_day": (
        "Women's Day",
        "Flowers for you on Women's Day",
        """Dear {{ salutation | default: "customer" }},

on 8 March there are flowers at the desk of {{ branch | default: "our clinic" }}. Come by and take some, with or without an appointment.

If you would like to use the day for a basic care session, reply to this mail for a time.

{{ clinic_name }}""",
    ),
    "mid_year": (
        "618 members' days",
        "Members' days from 16 to 18 June",
        """Dear {{ salutation | default: "customer" }},

from 16 to 18 June we hold members' days. The care packages in them, with their prices, are on the price list at the desk and on our site; prices hold until the evening of the 18th.

You have {{ points | default: "0" }} points. They can be used on these days too.

{{ clinic_name }}""",
    ),
    "qixi_sms": (
        "Qixi, short",
        "",
        """{{ salutation | default: "Hello" }}, a happy Qixi from {{ clinic_name }}. If you come in pairs this week, the tea is on us.""",
    ),
    "mid_autumn_sms": (
        "Mid-Autumn Festival, short",
        "",
        """{{ salutation | default: "Hello" }}, a happy Mid-Autumn Festival to you and your family. Mooncakes are at the desk this week.""",
    ),
    "double_11": (
        "Double 11 members' days",
        "Members' days until 12 November",
        """Dear {{ salutation | default: "customer" }},

our members' days around Double 11 last until 12 November. What is in them, and at what price, is on the price list at the desk and on our site.

You need not decide by then: packages bought on these days can be used for a year, and you may give back what you have not used.

{{ clinic_name }}""",
    ),
    "double_12_sms": (
        "Double 12, short",
        "",
        """{{ salutation | default: "Hello" }}, members' days until 12 December: care packages at the prices of the list at the desk. Questions? Reply to this SMS.""",
    ),
    "anniversary": (
        "Anniversary of the clinic",
        "Our birthday, and an invitation",
        """Dear {{ salutation | default: "customer" }},

{{ clinic_name }} has a birthday, and you have been part of our story. Come by {{ branch | default: "the clinic" }} this week for a piece of cake.

If you would like to combine it with an appointment, reply to this mail.

{{ clinic_name }}""",
    ),
    "care_day_1_sms": (
        "Care, day 1",
        "",
        """{{ salutation | default: "Hello" }}, how are you after yesterday? Some redness or swelling can be normal. If it gets worse or hurts, call us at once.""",
    ),
    "care_day_1_call": (
        "Care, day 1: call",
        "",
        """Hello {{ salutation | default: "" }}, this is {{ clinic_name }}, about your {{ last_treatment | default: "visit" }} yesterday.
1. How are you? Pain, swelling, redness, fever, bruising: where, how much, better or worse?
2. Fever, strong or growing pain, a pale or blue patch, trouble seeing: put them through to the doctor now.
3. Remind: care sheet, sun protection, no heat, medicines as told.
4. Tell them when we call again, and write down what they said.""",
    ),
    "care_day_7_sms": (
        "Care, day 7",
        "",
        """{{ salutation | default: "Hello" }}, a week has passed since your visit. Is everything as you expected? If not, reply or call: we will have a look together.""",
    ),
    "care_day_30": (
        "Care, day 30",
        "A month on: how is it?",
        """Dear {{ salutation | default: "customer" }},

a month ago you were with us for your {{ last_treatment | default: "treatment" }}. By now most people have settled into a routine at home.

If you would like us to check how it is going, a short review costs nothing. Reply with a day that suits you. And if something is not as you hoped, please say so.

{{ consultant | default: "Your team" }}, {{ clinic_name }}""",
    ),
    "points": (
        "Points about to expire",
        "{{ points_expiring }} of your points end on {{ points_expire_on }}",
        """Dear {{ salutation | default: "customer" }},

{{ points_expiring }} of your {{ points | default: "" }} points end on {{ points_expire_on }}. Until then you can use them at the desk of {{ branch | default: "our clinic" }}.

What they are good for stands in your account; ask us if you are not sure.

{{ clinic_name }}""",
    ),
    "points_sms": (
        "Points about to expire, short",
        "",
        """{{ salutation | default: "Hello" }}, {{ points_expiring }} of your points end on {{ points_expire_on }}. You can use them at the desk.""",
    ),
    "tier": (
        "Tier about to lapse",
        "Your {{ tier | default: 'membership' }} benefits",
        """Dear {{ salutation | default: "customer" }},

your {{ tier | default: "membership" }} tier is looked at again soon. It goes by what was spent in the last year; the desk can tell you where you stand.

We write in good time, so that you can decide for yourself.

{{ clinic_name }}""",
    ),
    "review": (
        "Asking for feedback",
        "How did we do?",
        """Dear {{ salutation | default: "customer" }},

you were at {{ branch | default: "our clinic" }} on {{ last_visit | default: "a day this month" }}. Would you tell us how it was? Reply to this mail: what was good, what was not.

{{ consultant | default: "Somebody of us" }} reads every answer, and we will not show it to others.

{{ clinic_name }}""",
    ),
    "review_sms": (
        "Asking for feedback, short",
        "",
        """{{ salutation | default: "Hello" }}, how was your visit? Reply with a number from 1 to 5, and a word on why if you like.""",
    ),
    "referral": (
        "Thanks for a referral",
        "Thank you for sending somebody our way",
        """Dear {{ salutation | default: "customer" }},

somebody you know has been to see us, and named you. Thank you for your trust.

Our thanks are in your account already. You need not do anything; at your next visit the desk will tell you what they are.

{{ clinic_name }}""",
    ),
    "referral_sms": (
        "Thanks for a referral, short",
        "",
        """{{ salutation | default: "Hello" }}, thank you for sending somebody our way. A small thank-you is in your account.""",
    ),
    "win_back_1": (
        "Win back, first wave",
        "Is there something we could have done better?",
        """Dear {{ salutation | default: "customer" }},

your last visit was on {{ last_visit | default: "a day long ago" }}. We would like to know whether something went wrong.

One line is enough: reply to this mail and {{ consultant | default: "the head of the clinic" }} will read it.

{{ clinic_name }}""",
    ),
    "win_back_2": (
        "Win back, second wave",
        "A consultation, whenever you like",
        """Dear {{ salutation | default: "customer" }},

skin changes, plans change. If you would like to know what makes sense for you today, we offer you half an hour with {{ consultant | default: "a consultant" }}, free of charge and without obligation.

Reply with a day that suits you. Your record from {{ branch | default: "our clinic" }} is kept, so you need not begin anew.

{{ clinic_name }}""",
    ),
    "win_back_3": (
        "Win back, third wave",
        "Shall we stop writing?",
        """Dear {{ salutation | default: "customer" }},

we have written to you twice and do not want to be a burden. If you would rather not hear from us, use the link below: one click is enough.

If you would like to stay in touch, there is nothing to do. And if you would like to come by, reply to this mail.

{{ clinic_name }}""",
    ),
}
