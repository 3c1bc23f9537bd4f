"""Writes the suite file and the page of all finished stories: CLIPS/suite.yaml and CLIPS/README.md.

page.py ../../clips
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

HEAD = """\
# 合成短片 Stories

虚拟厨房里按剧本演出的短片，每一帧都有精确真值；用来检验规则，不能说明在真实厨房里的准确率。
Stories played in rendered kitchens, with exact truth for every frame. They test the rules and say nothing about
accuracy in real kitchens. Rooms, people, hats and cabinets here were never used for training.
{count} stories, {seconds:.0f} s, {size:.0f} MB.

```bash
# 过模型、判断、打分：两核约 2.5 分钟，再跑只要几秒 inference, rules, score: 2.5 minutes on two cores, then seconds
edge-agent evaluate clips --out 结果
edge-agent replay clips/{first}.mp4 -c clips/{first}.site.yaml --out 结果 --annotate
```

每段：`NAME.mp4`，`NAME.truth.json` 真值，`NAME.site.yaml` 区域和规则（时长按短片缩短），`taught/` 柜门和工作服示教。
`stills/`、`cabinets/`、`clothes/` 是量模型用的图片 are pictures to measure the models on。
怎么做的 how they are made: [scripts/kitchen_studio](../scripts/kitchen_studio/README.md)。

下图：绿框 帽子口罩都戴好；红框 没戴好、餐盆敞开、柜门开着；下面的红条是真值里的情况，灰色是谁也看不见的时候。
Green: hat and mask worn; red: not, or an open tray or door. The bars are what truly held, grey where nobody could tell.
"""


def block(truth: dict[str, Any]) -> str:
    """One story's part of the page."""
    name, title = truth["clip"], truth["title"]
    lines = [f"## {title['zh']} {title['en']}", ""]
    rules = "、".join(f"`{rule}`" for rule in truth["looks_for"])
    held = [f"`{one['rule']}` {one['start_s']:g}–{one['end_s']:g} s" for one in truth["incidents"]]
    held_text = "，".join(held) or "无 nothing"
    lines.append(f"[{name}.mp4]({name}.mp4)，{truth['duration_s']:g} s；看 looks for {rules}；真值 truth: {held_text}")
    return "\n".join([*lines, "", f"![{title['zh']} {title['en']}](look/{name}.jpg)", ""])


def suite(names: list[str]) -> str:
    """The suite file of all stories."""
    lines = [
        "# 全部合成短片。All stories; written by scripts/kitchen_studio/page.py.",
        "version: 1",
        "name: stories",
        "recordings:",
    ]
    lines += [
        f"  - {{id: {n}, video: {n}.mp4, camera: cam-01, truth: {n}.truth.json, config: {n}.site.yaml}}" for n in names
    ]
    return "\n".join([*lines, ""])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder of the finished stories")
    clips = parser.parse_args().clips
    truths = [json.loads(path.read_text("utf-8")) for path in sorted(clips.glob("*.truth.json"))]
    stories = [truth for truth in truths if "looks_for" in truth]
    if not stories:
        raise SystemExit(f"error: {clips}: no finished story: film.py finish first")
    names = [truth["clip"] for truth in stories]
    size = sum((clips / f"{name}.mp4").stat().st_size for name in names) / 1e6
    head = HEAD.format(count=len(stories), seconds=sum(t["duration_s"] for t in stories), size=size, first=names[0])
    (clips / "README.md").write_text("\n".join([head, *map(block, stories)]), "utf-8")
    (clips / "suite.yaml").write_text(suite(names), "utf-8")
    print(f"{clips / 'README.md'}, {clips / 'suite.yaml'}: {len(stories)} stories")


if __name__ == "__main__":
    main()
