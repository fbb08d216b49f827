"""The content check: what it finds, what it leaves alone, and that it says where."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.content import PACKS, findings, hints, packs_for
from campaigns.content.folding import fold
from campaigns.content.kinds import kinds_in
from campaigns.content.labelled import found_in, score
from campaigns.content.labels import CLEAN, HALVES, HELD_BACK, labelled_texts
from campaigns.content.rules import RULES, patterns
from campaigns.content.sounds import spans_by_sound


def rules(text: str, *, channel: str = "email", **asked) -> set[str]:
    return {one.rule_id for one in findings(text, channel=channel, **asked)}


@pytest.mark.parametrize("half", HALVES)
def test_the_labelled_texts_are_found(half):
    pairs, _texts = score(half)

    assert pairs.recall() >= 0.95
    assert pairs.precision() >= 0.80


def test_there_are_labelled_texts_enough_in_both_languages_and_many_are_clean():
    texts = [one for half in (*HALVES, CLEAN) for one in labelled_texts(half)]

    assert len({one.text for one in texts}) == len(texts) >= 300
    assert {one.language for one in texts} == {"zh", "en"}
    assert 0.3 < sum(not one.rules for one in texts) / len(texts) < 0.65
    assert {one.text for one in texts}.isdisjoint(
        one.text for half in HELD_BACK for one in labelled_texts(half)
    )


def test_every_label_is_a_rule_and_every_rule_has_a_text():
    told = {rule for half in HALVES for one in labelled_texts(half) for rule in one.rules}

    assert told <= set(RULES)
    assert set(patterns()) | {"opt_out_missing", "signature_missing"} == told


@pytest.mark.parametrize("half", HELD_BACK)
def test_texts_that_nothing_was_learned_from_are_found_with_few_false_alarms(half):
    pairs, texts = score(half)

    assert texts.recall() >= 0.95
    assert texts.precision() >= 0.80
    assert pairs.recall() >= 0.85
    assert pairs.precision() >= (0.65 if half == "sealed" else 0.80)  # labelled by its first rule


def test_words_a_gateway_refuses_do_not_hide_a_likeness_beside_them():
    """In mail nobody asks for gateway words, and what surrounds them is read all the same."""
    text = "If your nose makes you feel self-conscious, hiding it is over: cosmetic surgery helps."

    assert rules(text) & {"body_anxiety", "effect_promise", "safety_promise"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("两周之后，鱼尾纹就褪了", {"=soon", "=flaw", "=gone", "=flaw=gone"}),
        ("Your jowls melt overnight", {"=flaw", "=gone", "=soon", "=flaw=gone", "=gone=soon"}),
        ("请把车停在地下二层", set()),
    ],
)
def test_words_that_mean_alike_are_of_one_family(text, kinds):
    assert kinds <= set(kinds_in(fold(text).text))
    assert ("=flaw" in kinds) == ("=flaw" in set(kinds_in(fold(text).text)))


def test_ordinary_messages_near_the_line_raise_few_alarms():
    alarmed = [bool(found_in(one)) for one in labelled_texts(CLEAN)]

    assert len(alarmed) > 200
    assert sum(alarmed) / len(alarmed) < 0.05


def test_a_faint_likeness_is_told_and_stands_in_nobodys_way():
    found = [
        one for half in HELD_BACK for each in labelled_texts(half)
        for one in findings(each.text, channel="email") if one.like
    ]  # fmt: skip

    assert {one.severity for one in found} == {"block", "warn"}


def test_a_promise_without_any_listed_word_is_found_by_what_it_resembles():
    text = "本周四下午三点见。第三次护理之后，额头的纹路就看不出来了。"

    (found,) = findings(text, channel="email")

    assert found.rule_id == "effect_promise"
    assert found.words == "第三次护理之后，额头的纹路就看不出来了。"
    assert "effect_promise" in {
        rule for half in HALVES for one in labelled_texts(half) if one.text == found.like
        for rule in one.rules
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["菠尿酸两支起", "肉读素到店", "rou毒素到店", "瘦脸zhen约起来", "热马吉周末做", "约bns"]
)
def test_a_product_written_as_it_sounds_is_found(text):
    assert "drug_or_device" in rules(text)


@pytest.mark.parametrize("text", ["请及时赴约，谢谢。", "手链真好看，谢谢您。", "湖面水光，真美。"])
def test_what_only_sounds_alike_is_left_alone(text):
    assert list(spans_by_sound(fold(text).text)) == []


def test_a_finding_says_where_which_rule_and_what_to_do():
    text = "王女士您好，我们保证效果，欢迎回来。"

    (found,) = findings(text, channel="email")

    assert text[slice(*found.span)] == found.words == "保证效果"
    assert (found.rule_id, found.severity, found.pack) == (
        "effect_promise", "block", "cn-medical-ads",
    )  # fmt: skip
    assert "中华人民共和国广告法 第十六条（一）" in found.cites
    assert found.version == "2026.2"
    assert found.why
    assert found.what_to_do


@pytest.mark.parametrize(
    "text",
    [
        "我们保 证 效 果。",
        "我们保·证·效·果。",
        "我们保\u200b证\u200c效\ufeff果。",
        "我們保證效果。",
        "我们保-证-效-果。",
        "我们保🔥证✨效果。",
        "我们 保　证　效　果。",
    ],
)
def test_disguised_chinese_is_found_and_shown_as_it_stands(text):
    (found,) = findings(text, channel="email")

    assert found.rule_id == "effect_promise"
    assert text[slice(*found.span)] == found.words
    assert found.words[0] == "保"
    assert found.words[-1] == "果"


@pytest.mark.parametrize(
    "word",
    [
        "Botox", "BOTOX", "Ｂｏｔｏｘ", "b o t o x", "B.o.t.o.x", "B0T0X", "Bоtоx", "Bo\u200btox",
        "𝐁𝐨𝐭𝐨𝐱", "Bótox",
    ],
)  # fmt: skip
def test_disguised_english_is_found(word):
    assert "drug_or_device" in rules(f"Ask for {word} today.")


@pytest.mark.parametrize(
    "text",
    [
        "最近好吗？这是您第一次收到我们的邮件。",
        "最后一天的预约还有位置。",
        "我们无法保证效果。",
        "We cannot guarantee results.",
        "Meet us at 5 pm in room B12, 100 High St.",
        "本项目不面向未成年人。",
    ],
)
def test_harmless_uses_are_left_alone(text):
    assert rules(text) == set()


def test_gateway_words_matter_in_an_sms_only():
    text = "医美护理会员日，积分兑换开始。"

    assert rules(text, channel="sms") == {"provider_words"}
    assert rules(text, channel="email") == set()


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("【北辰】本周会员日。拒收请回复R", set()),
        ("本周会员日。退订回T【北辰】", set()),
        ("【北辰】本周会员日。", {"opt_out_missing"}),
        ("本周会员日。拒收请回复R", {"signature_missing"}),
        ("North: members' week. Reply STOP to opt out", set()),
        ("North: members' week.", {"opt_out_missing"}),
    ],
)
def test_a_whole_sms_has_a_signature_and_a_way_out(text, missing):
    assert rules(text, channel="sms", is_whole=True) == missing
    assert rules(text, channel="sms") == set()


def test_what_must_stand_there_cannot_be_overridden_and_words_can():
    whole = findings("本周医美会员日", channel="sms", is_whole=True)

    assert {one.rule_id: one.is_final for one in whole} == {
        "signature_missing": True, "opt_out_missing": True, "provider_words": False,
    }  # fmt: skip


def test_a_clinic_in_another_country_is_told_that_countrys_rules():
    packs = packs_for("GB")

    (found,) = findings("See the before and after photos.", channel="email", packs=packs)

    assert (found.pack, found.severity) == ("uk-ads", "warn")
    assert "CAP Code" in found.cites[0]
    assert packs_for("ZZ") == packs_for("CN")


def test_packs_say_their_source_and_day_and_only_known_rules():
    assert len({(pack.id, pack.version) for pack in PACKS}) == len(PACKS)
    for pack in PACKS:
        assert pack.source
        assert pack.effective_on < date(2026, 12, 31)
        assert set(pack.rules) <= set(RULES)
        assert all(cited.cites for cited in pack.rules.values())


@given(st.text(max_size=200), st.sampled_from(["email", "sms", "wechat"]))
def test_any_text_is_checked_and_every_span_lies_in_it(text, channel):
    for one in findings(text, channel=channel, is_whole=True):
        assert 0 <= one.span[0] <= one.span[1] <= len(text)
        assert text[slice(*one.span)] == one.words


@given(st.text(max_size=80))
def test_every_folded_letter_knows_its_place(text):
    folded = fold(text)

    assert len(folded.text) == len(folded.places)
    assert list(folded.places) == sorted(folded.places)


def test_a_long_text_is_checked_fast_enough_to_be_typed_beside():
    import time

    text = "您的护理距上次已满六个月，可以和顾问聊聊是否需要再做。" * 700  # 19,600 letters
    started = time.process_time()
    findings(text, channel="email")

    assert time.process_time() - started < 2.5


@pytest.mark.parametrize(
    ("subject", "body", "channel", "expected"),
    [
        ("Hello", "How are you?", "email", set()),
        ("Hello", "Great!!! News!", "email", {"exclamation"}),
        ("HUGE SALE TODAY ONLY", "COME NOW", "email", {"capitals"}),
        ("x" * 61, "Hi", "email", {"subject_long"}),
        ("Hi {{ customer_name }}" + "x" * 50, "Hi", "email", set()),
        ("Hi", " ".join(f"https://a.example/{n}" for n in range(4)), "email", {"links"}),
        ("Hi", "See https://bit.ly/abc", "email", {"shortener"}),
        ("", "x" * 500, "sms", {"long"}),
        ("", "See https://clinic.example/" + "a" * 40, "sms", {"long_link"}),
        ("", "Your visit – see you", "sms", {"odd_letters"}),
    ],
)
def test_hints(subject, body, channel, expected):
    found = hints(subject=subject, body=body, channel=channel, language="en")

    assert {one.id for one in found} == expected


def test_a_chinese_subject_is_shorter():
    assert [one.id for one in hints(subject="您" * 26, body="好", channel="email", language="zh-hans")] == ["subject_long"]  # fmt: skip  # noqa: E501


def test_the_language_of_templates_is_no_part_of_the_words():
    assert rules('您的{{ tier | default: "会员" }}等级') == set()
    assert rules("{% if points %}保{% endif %}证") == set()
    text = '{{ consultant | default: "最好的医生" }}等您'

    (found,) = findings(text, channel="email")

    assert text[slice(*found.span)] == found.words == "最好的"
