"""Reviews to begin with, by language, written for this: films in English, hotels in Chinese."""

from __future__ import annotations

from webapp.i18n import N_

NAMES = {
    "mixed": N_("Mixed"),
    "positive": N_("Clearly positive"),
    "negative": N_("Clearly negative"),
    "turn": N_("With a turn"),
    "long": N_("Long"),
    "short": N_("One line"),
}
REVIEWS: dict[str, dict[str, str]] = {
    "en": {
        "mixed": (
            "I went in expecting very little and came out oddly fond of it. The first half hour drags, and half of the "
            "jokes were old when my father was young. The songs are forgettable. Still, the two leads are a joy to "
            "watch together, and the scene on the ferry is one of the funniest I have seen this year. The ending makes "
            "no sense whatsoever. If you can forgive a lazy script, there is a warm and charming film hiding in here."
        ),
        "positive": (
            "What a wonderful surprise. A small film about three sisters who inherit a bakery could so easily have "
            "been sentimental, yet every scene feels true. The acting is superb, above all the youngest sister, who "
            "says more with one look than most actors do in a whole speech. Beautifully shot, gently funny and deeply "
            "moving. I have already seen it twice and I loved it even more the second time."
        ),
        "negative": (
            "This is two hours of my life that I will never get back. The plot is a mess, the dialogue is painful and "
            "nobody behaves like a human being. The special effects look as if they were made on a telephone. By the "
            "middle I had stopped caring who lived and who died. The worst film I have sat through in years; avoid it."
        ),
        "turn": (
            "The trailer promised a clever thriller. The cast is excellent, the photography is beautiful and the "
            "opening robbery is a brilliant piece of work. But after that the film has nothing left to say. It repeats "
            "itself, explains what we already know and ends with a twist that anybody will guess. What a waste of "
            "great talent."
        ),
        "long": (
            "My grandfather drove a night train for thirty years, so I was always going to see this film. It follows a "
            "young driver called Ines through a single winter on a line that is about to be closed. Not much happens. "
            "She drives, she sleeps, she drinks bad coffee with the signalman, and slowly she understands that she "
            "will have to leave the only place where she has ever felt useful.\n\n"
            "I will be honest about what does not work. The subplot with the journalist is thin, and he disappears for "
            "forty minutes as if the writers had forgotten him. The music tells us what to feel when the pictures have "
            "already done so. One or two speeches sound as though they were written for a poster.\n\n"
            "None of this matters much. Ana Reyes is astonishing as Ines: stubborn, funny, tired, and never once "
            "asking for our pity. The director trusts silence, and he is right to. There is a long shot of the train "
            "crossing a frozen lake at dawn that made the whole cinema hold its breath. When the last station came I "
            "noticed that the man beside me was crying, and then that I was too.\n\n"
            "It is too slow for some, and I saw three people walk out. Their loss. This is the best film about work "
            "that I have seen in a very long time, and I would gladly watch it again tomorrow. Take somebody you love, "
            "sit close to the screen, and do not look at your watch."
        ),
        "short": "Not bad at all, but I have seen better.",
    },
    "zh": {
        "mixed": (
            "位置非常好，出门就是地铁站，周围吃饭也方便。房间不大，但是打扫得很干净。隔音实在太差，隔壁说话听得一清二楚，"
            "半夜还被走廊的声音吵醒了两次。早餐品种少，味道一般。前台小姑娘很热情，帮我们叫了车，还多给了两瓶水。"
            "价格摆在那里，总的来说还算值得。"
        ),
        "positive": (
            "这次出差住得最满意的一家酒店。房间宽敞明亮，床很舒服，一觉睡到天亮。服务员非常热情，我的充电器忘在房间里，"
            "他们当天就寄了回来。早餐丰富，咖啡也好喝。窗外就是江景，晚上特别漂亮。下次来一定还住这里，强烈推荐。"
        ),
        "negative": (
            "太失望了。房间里一股霉味，地毯上全是污渍，卫生间的水龙头一直漏水。空调坏了，打了三次电话才有人来，态度还很差。"
            "网上的照片跟实际完全不一样。这个价格简直是抢钱，再也不会住了。"
        ),
        "turn": (
            "大堂装修得很气派，门口的服务员也很客气，第一印象非常好。房间看上去也新，床单雪白。可是晚上洗澡的时候没有热水，"
            "打电话给前台，对方只说等一等，结果等到半夜也没有解决。第二天退房连一句道歉都没有，再漂亮也没用。"
        ),
        "long": (
            "国庆节带父母和孩子去海边玩，提前两个月订了这家酒店的家庭房。到的那天正好下大雨，门童打着伞跑出来帮我们搬行李，"
            "老人很感动。办入住的人很多，等了差不多四十分钟，孩子有点不耐烦，前台送来了饼干和果汁。\n\n"
            "房间在八楼，阳台正对着大海，早上躺在床上就能看日出。家具有些旧了，柜子的门关不严，地毯也该换了。"
            "卫生间很小，两个人转不开身。不过床品干净，热水很足，空调也安静。\n\n"
            "早餐让人惊喜，光是粥就有六种，还有现做的海鲜面，我妈妈每天都要吃两碗。晚餐就不推荐了，又贵又没有味道，"
            "出门走五分钟有很多小店，便宜又新鲜。游泳池的水有点凉，开放时间也短，孩子没有玩够。\n\n"
            "最让我们感谢的是客房部的刘阿姨。我父亲半夜胃疼，她帮忙找药，还煮了姜汤送上来，第二天又特地来问好些了没有。"
            "这样的服务在别的地方没有遇到过。虽然设施老了一点，节日的价格也不便宜，但是一家人住得很开心，明年还想再来。"
        ),
        "short": "房间还可以，就是早餐太一般了。",
    },
}


def reviews(language: str | None) -> dict[str, str]:
    """Six reviews in a language, given by its code; English ones for a language without any."""
    return REVIEWS.get(language or "en", REVIEWS["en"])
