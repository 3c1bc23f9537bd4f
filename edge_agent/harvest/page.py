"""The chosen frames on one HTML page that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from edge_agent.harvest.choice import Candidate

WHY = {
    "score": "分数接近阈值 score near its threshold",
    "class": "分不清是哪一类 class cannot be told",
    "state": "帽子或口罩看不准 hat or mask near one half",
    "flicker": "判断来回跳 flickers within a track",
    "zone": "区域状态不明 zone state not known",
}
"""`Doubt.why` in words."""

_STYLE = """
body{font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:24px;color:#263238}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:14px}
figure{margin:0;background:#f5f7f8;padding:8px}img{width:100%;display:block}
figcaption{font-size:12px;line-height:1.5;margin-top:6px;word-break:break-all}small{color:#546e7a}
.warn{background:#fff3e0;border-left:5px solid #e65100;padding:8px 12px}
"""

BLURRED = (
    "人脸已模糊：可以标人、食品、留样盒；不能标头、帽子、口罩。 Faces are blurred: persons, food and sample "
    "boxes can be labelled; heads, hats and masks cannot."
)
FACES = (
    "人脸没有模糊：可以标全部类别。这些图片含个人信息，只给标注的人看，用完删除。 Faces are NOT blurred: everything "
    "can be labelled. These pictures are personal data: show them to the labellers alone and delete them afterwards."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A chosen frame and its small picture, JPEG, with what was in doubt framed."""

    frame: Candidate
    picture: bytes


def page(shown: Sequence[Shown], *, blurred: bool) -> str:
    """The whole page, in the order given."""
    note = f"<p>{BLURRED}</p>" if blurred else f'<p class="warn">{FACES}</p>'
    return (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>待标注 To be labelled</title>'
        f"<style>{_STYLE}</style></head><body><h1>待标注的 {len(shown)} 帧 Frames to label</h1>{note}"
        "<p><small>橙框是系统拿不准的地方，最有用的排在前面。 Orange marks what was in doubt; the most useful come "
        f"first.</small></p><main>{''.join(map(_figure, shown))}</main></body></html>\n"
    )


def _figure(one: Shown) -> str:
    frame = one.frame
    why = "<br>".join(f"{WHY[d.why]}: {escape(d.said)}" for d in frame.strongest())
    source = f"data:image/jpeg;base64,{base64.b64encode(one.picture).decode()}"
    return (
        f'<figure><img alt="" loading="lazy" src="{source}"><figcaption><b>{escape(frame.name)}</b> '
        f"{frame.second:.1f} s<br><small>{why}</small></figcaption></figure>"
    )
