"""Chinese names: surnames by weight (per thousand, roughly the national register), given names
with their pinyin, and the slips a front desk makes with them."""

SURNAMES = """
王 wang 72|李 li 70|张 zhang 66|刘 liu 52|陈 chen 50|杨 yang 31|赵 zhao 23|黄 huang 23|周 zhou 21
吴 wu 20|徐 xu 18|孙 sun 16|胡 hu 14|朱 zhu 14|高 gao 12|林 lin 12|何 he 12|郭 guo 11|马 ma 11
罗 luo 10|梁 liang 9|宋 song 8|郑 zheng 8|谢 xie 8|韩 han 7|唐 tang 7|冯 feng 7|于 yu 7|董 dong 7
肖 xiao 6|程 cheng 6|曹 cao 6|袁 yuan 6|邓 deng 6|许 xu 6|傅 fu 5|沈 shen 5|曾 zeng 5|彭 peng 5
吕 lv 5|苏 su 5|卢 lu 5|蒋 jiang 5|蔡 cai 5|贾 jia 4|丁 ding 4|魏 wei 4|薛 xue 4|叶 ye 4|闫 yan 3
余 yu 3|潘 pan 3|杜 du 3|戴 dai 3|夏 xia 3|钟 zhong 3|汪 wang 3|田 tian 3|任 ren 3|姜 jiang 3
范 fan 3|方 fang 3|石 shi 3|姚 yao 3|谭 tan 3|廖 liao 3|邹 zou 3|熊 xiong 2|金 jin 2|陆 lu 4
郝 hao 2|孔 kong 2|白 bai 2|崔 cui 2|康 kang 2|毛 mao 2|邱 qiu 2|秦 qin 2|江 jiang 2|史 shi 2
顾 gu 4|侯 hou 2|邵 shao 2|孟 meng 2|龙 long 2|万 wan 2|段 duan 2|钱 qian 3|汤 tang 2|尹 yin 2
黎 li 1|易 yi 1|常 chang 1|武 wu 1|乔 qiao 1|贺 he 1|赖 lai 1|龚 gong 1|文 wen 1|欧阳 ouyang 1
"""

FEMALE = """
静 jing 12|敏 min 11|丽 li 9|艳 yan 8|芳 fang 7|娟 juan 7|霞 xia 6|玲 ling 6|婷 ting 9|洁 jie 6
雪 xue 5|颖 ying 7|琳 lin 6|倩 qian 7|莉 li 5|丹 dan 6|萍 ping 4|燕 yan 5|璐 lu 5|瑶 yao 5
悦 yue 5|婷婷 tingting 8|欣怡 xinyi 9|思雨 siyu 7|佳怡 jiayi 7|雨欣 yuxin 7|梦瑶 mengyao 6
晓燕 xiaoyan 6|丽娟 lijuan 5|晓红 xiaohong 4|雅琴 yaqin 4|海燕 haiyan 5|丽华 lihua 4|佳琪 jiaqi 6
诗涵 shihan 5|雅婷 yating 7|雪梅 xuemei 4|晓丽 xiaoli 5|玉兰 yulan 3|春梅 chunmei 3|丽丽 lili 5
莉莉 lili 4|美玲 meiling 5|秀英 xiuying 2|秀兰 xiulan 2|慧敏 huimin 5|嘉敏 jiamin 4|文静 wenjing 6
思琪 siqi 6|雨桐 yutong 5|子涵 zihan 4|可欣 kexin 5|梓萱 zixuan 3|怡然 yiran 4|心怡 xinyi 5
梦洁 mengjie 5|晨曦 chenxi 4|佩佩 peipei 3|晓琳 xiaolin 5|冰洁 bingjie 3|诗琪 shiqi 5|依依 yiyi 3
若溪 ruoxi 3|婉清 wanqing 3|书瑶 shuyao 3|语嫣 yuyan 2|佳宁 jianing 4|晓芸 xiaoyun 4|丹丹 dandan 4
璐瑶 luyao 3|安琪 anqi 4|亚楠 yanan 4|俊芳 junfang 2|凤霞 fengxia 2|爱华 aihua 2|瑞雪 ruixue 3
紫萱 zixuan 3|静怡 jingyi 5|艺涵 yihan 3|美琪 meiqi 4|乐瑶 leyao 3|慧玲 huiling 4|雅雯 yawen 4
晓慧 xiaohui 5
"""

MALE = """
伟 wei 10|强 qiang 7|磊 lei 9|军 jun 6|洋 yang 7|勇 yong 6|杰 jie 8|涛 tao 7|超 chao 7|明 ming 5
刚 gang 4|平 ping 4|辉 hui 5|鹏 peng 6|斌 bin 6|浩 hao 6|宇 yu 5|帅 shuai 4|凯 kai 5|健 jian 4
子轩 zixuan 4|浩然 haoran 5|宇轩 yuxuan 4|俊杰 junjie 6|志强 zhiqiang 5|建国 jianguo 2
文博 wenbo 4|家豪 jiahao 4|子豪 zihao 4|天宇 tianyu 4|志伟 zhiwei 4|明轩 mingxuan 3|嘉伟 jiawei 3
晓东 xiaodong 4|海涛 haitao 3|一鸣 yiming 3|俊宇 junyu 3|泽宇 zeyu 3|思远 siyuan 3|国强 guoqiang 2
"""

TRADITIONAL = str.maketrans(
    "张刘陈杨赵黄吴孙马罗郑谢韩冯邓许苏卢蒋贾丁叶阎钟谭邹陆龙万钱汤顾贺赖龚丽艳静颖莹莉萍梦"
    "华兰诗凤爱国东强杰伟军辉鹏宇轩豪鸣远书语宁艺乐楠晓琼涛溪婷",
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許蘇盧蔣賈丁葉閻鍾譚鄒陸龍萬錢湯顧賀賴龔麗豔靜穎瑩莉萍夢"
    "華蘭詩鳳愛國東強傑偉軍輝鵬宇軒豪鳴遠書語寧藝樂楠曉瓊濤溪婷",
)

# Characters that sound alike and are taken for one another at the desk.
SLIPS = str.maketrans(
    "怡佳雅静婷玲丽晓欣颖洁琪涵芳敏娟燕雨瑶琳慧伟杰浩宇轩强磊明俊",
    "宜嘉亚婧亭羚莉小昕莹婕琦晗芬闽鹃艳语遥霖惠炜洁皓羽萱墙蕾铭骏",
)
