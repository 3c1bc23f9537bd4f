"""Does each camera answer, and does it send what the agent can work with?"""

from __future__ import annotations

import re
from dataclasses import asdict

from edge_agent.cli.doctor.finding import Finding
from edge_agent.config.loading import LoadedSite
from edge_agent.config.site import Camera, FileSource
from edge_agent.values.errors import VideoError
from edge_agent.video.fault import Refused
from edge_agent.video.probe import probe

_LONGEST_GOP_S = 4.0
"""Keyframes further apart make recovery after a lost packet, and the start of clips, that late."""
_SMALLEST_HEIGHT = 720
"""A head of a 1080p picture has about 45 pixels; below 720 lines masks cannot be judged."""


def look_at_camera(site: LoadedSite, camera: Camera) -> list[Finding]:
    """Connect, watch for some seconds, disconnect."""
    subject = f"摄像头 camera {camera.id}"
    live = not isinstance(camera.source, FileSource)
    try:
        seen = probe(camera, site.base)
    except Refused as error:
        return [
            Finding.fail(
                subject, _said(error, camera), "核对用户名、密码和路径 check user, password and path of the URL"
            )
        ]
    except VideoError as error:
        remedy = (
            "从盒子上 ping 它的地址，看网口的灯 ping its address from the box, look at the port's light"
            if live
            else "换一个视频文件 use another file"
        )
        return [Finding.fail(subject, _said(error, camera), remedy)]
    values = asdict(seen)
    text = f"{seen.codec} {seen.width}x{seen.height} @ {seen.fps:g} fps, 首帧 first picture {seen.first_frame_s:.1f} s"
    if seen.gop_s is not None:
        text += f", 关键帧 keyframe every {seen.gop_s:.1f} s"
    if seen.decode_errors:
        text += f", 损坏 damaged {seen.decode_errors}"
        remedy = "网络丢包或码流损坏，换网线或降码率 packets are lost: change the cable or lower the bit rate"
    elif seen.height < _SMALLEST_HEIGHT:
        remedy = "改用主码流 1080p use the main stream: heads are too small to judge"
    elif seen.fps < camera.analysis_fps:
        remedy = f"把帧率调到 raise the camera's rate to at least {camera.analysis_fps:g} fps"
    elif seen.gop_s is not None and seen.gop_s > _LONGEST_GOP_S:
        remedy = "把 I 帧间隔设为 1~2 秒 set the camera's I-frame interval to 1-2 s"
    else:
        return [Finding.ok(subject, text, **values)]
    return [Finding.warn(subject, text, remedy, **values)]


def _said(error: VideoError, camera: Camera) -> str:
    """Without the camera's name, which is the finding's subject already."""
    return re.sub(rf"^\S*\s*camera {re.escape(camera.id)}: ", "", str(error))
