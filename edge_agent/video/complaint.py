"""FFmpeg's errors of a network camera, in words for an operator: what is wrong, and what to do."""

from __future__ import annotations

import socket
from errno import EHOSTUNREACH, EINVAL, EIO, ENETUNREACH, EPROTONOSUPPORT
from urllib.parse import urlsplit

from av import error as fault

from edge_agent.config import site
from edge_agent.config.redaction import redact
from edge_agent.video.challenge import unsupported_login
from edge_agent.video.fault import Lost, Refused

ENCRYPTED = ("rtsps:", "https:", "rtmps:")
"""How the address of a source begins that has a certificate."""

_REFUSALS: dict[type[fault.FFmpegError], str] = {
    fault.HTTPForbiddenError: "不允许该用户观看，请在摄像头里给 source.url 中的用户预览权限 "
    "does not let this user watch; give the right to view to the user in source.url",
    fault.HTTPNotFoundError: "在摄像头上不存在（404），请改 source.url 中的路径 "
    "does not exist on the camera (404); correct the path in source.url",
}
_CLOSED = "断开了连接，可能在重启或观看人数过多 closed the connection; it may be restarting or have too many viewers"
_SILENT = "不再发送，请检查供电、网线和摄像头设置 has stopped sending; check power, cable and the camera's settings"
_UNREACHABLE = "从本机无法到达，请检查网络和地址 cannot be reached from this box; check network and address"
_LOSSES: dict[type[fault.FFmpegError], str] = {
    fault.ConnectionRefusedError: "拒绝连接，请检查摄像头是否开机、RTSP 等服务是否开启、端口是否正确 "
    "refuses connections; is the camera on, RTSP enabled and the port right?",
    fault.ConnectionResetError: _CLOSED,
    fault.BrokenPipeError: _CLOSED,
    fault.EOFError: _CLOSED,
    fault.ExitError: _SILENT,
    fault.TimeoutError: _SILENT,
    fault.HTTPServerError: "自身出错（5xx），请重启摄像头或服务器 "
    "reports an error of its own (5xx); restart the camera or server",
    fault.HTTPOtherClientError: "拒绝了请求（4xx），可能观看人数过多或路径有误 "
    "refuses the request (4xx); too many viewers, or check the path in source.url",
}
_BY_NUMBER = {EHOSTUNREACH: _UNREACHABLE, ENETUNREACH: _UNREACHABLE}


def explain(
    error: fault.FFmpegError,
    camera: str,
    config: site.NetworkSource,
    *,
    silent: bool = False,
) -> Refused | Lost:
    """What to raise for an error of FFmpeg.

    Args:
        error: as it came.
        camera: id from the site config.
        config: of the camera; may be asked once more, without password, how it wants to be logged in to.
        silent: the time-out for opening was used up.
    """
    where = f"摄像头 camera {camera}: {redact(config.url)}"
    if said := _refusal(error, config):
        return Refused(f"{where} {said}")
    if silent:
        protocol = _protocol(config)
        return Lost(
            f"{where} {config.open_timeout_s:g} 秒内没有应答，请检查供电、地址和端口 "
            f"gives no {protocol} answer within {config.open_timeout_s:g} s; check power, address and port"
        )
    return Lost(f"{where} {_loss(error, config)}")


def _refusal(error: fault.FFmpegError, config: site.NetworkSource) -> str | None:
    """What needs a change of the settings, here or there; None for what may heal by itself."""
    if isinstance(error, fault.HTTPUnauthorizedError):
        return _unauthorized(config)
    if error.errno == EPROTONOSUPPORT and isinstance(config, site.RtspSource):
        other = {"tcp": "udp", "udp": "tcp"}[config.transport]
        return (
            f"不支持 {config.transport.upper()} 传输（461），请在 source 里写 transport: {other} "
            f"does not offer {config.transport.upper()} (461); set transport: {other} in source"
        )
    if error.errno == EIO and config.ca and not config.ca.is_file():
        return f"CA 证书不存在，请改 source.ca: the CA file {config.ca} does not exist; correct source.ca"
    return _REFUSALS.get(type(error))


def _loss(error: fault.FFmpegError, config: site.NetworkSource) -> str:
    if error.errno == EIO:
        return _broken(config)
    if isinstance(error, fault.InvalidDataError) or error.errno == EINVAL:
        return _no_video(config)
    by_udp = isinstance(config, site.RtspSource) and config.transport == "udp"
    if by_udp and isinstance(error, fault.ExitError | fault.TimeoutError):
        return (
            "没有 UDP 画面到达，请在防火墙放行 UDP，或改 transport: tcp "
            "sends nothing that arrives by UDP; let UDP pass the firewall, or set transport: tcp"
        )
    said = _LOSSES.get(type(error)) or _BY_NUMBER.get(error.errno or 0)
    return said or f"出错 failed: {redact(error.strerror or type(error).__name__)}"


def _protocol(config: site.NetworkSource) -> str:
    return config.url.partition(":")[0].upper().removesuffix("S")


def _unauthorized(config: site.NetworkSource) -> str:
    if "@" not in config.url:
        return "需要用户名和密码，请写在 source.url 里 wants a user and password; put them into source.url"
    if asked := unsupported_login(config.url, config.open_timeout_s):
        return (
            f"要求 {asked} 认证，本程序只会 MD5 摘要和基本认证，请在摄像头安全设置里把认证算法改为 MD5 "
            f"asks for {asked} authentication, the agent knows MD5 digest and basic only; "
            f"set the algorithm to MD5 in the camera's security settings"
        )
    return (
        "不接受用户名或密码，请在 source.url 中改正（为免锁定账号，很少重试） refuses the user or password; "
        "correct them in source.url (tried again only rarely, as cameras lock accounts)"
    )


def _no_video(config: site.NetworkSource) -> str:
    if isinstance(config, site.RtspSource):
        return "有应答但不是 RTSP 视频，请核对地址和端口 answers, but not with RTSP video; check address and port"
    return (
        f"有应答但不是能读的视频流（MJPEG、HLS、FLV、TS），或转到了别种地址，请核对 source.url "
        f"answers by {_protocol(config)}, but not with a stream that can be read (MJPEG, HLS, FLV, TS), "
        f"or leads to another kind of address; check source.url"
    )


def _broken(config: site.NetworkSource) -> str:
    """FFmpeg says EIO for a name that does not resolve, for TLS that fails, and for much else."""
    try:
        socket.getaddrinfo(urlsplit(config.url).hostname, None)
    except (OSError, ValueError):  # a name that is none at all is a UnicodeError, which is a ValueError
        return "的主机名无法解析，请核对主机名和 DNS: the host name does not resolve; check it and the DNS"
    if config.url.startswith(ENCRYPTED):
        return (
            "TLS 连接失败，请核对主机名，以及证书是否由 source.ca 签发 "
            "no TLS connection; check the host name, and that source.ca signed its certificate"
        )
    return "连接中断，请检查网络和摄像头 broke off (input/output error); check the network and the camera"
