#!/usr/bin/python3
"""A camera for tests: Debian's gst-rtsp-server looping Annex-B files; nothing is decoded or encoded.

    gst_rtsp_server.py PORT [--user U --password P [--digest]] [--cert C --key K] [--fps N] NAME=FILE.h264|FILE.h265 ...

Runs on the system's Python, which has the GObject bindings; prints `ready` once it listens on loopback.
The files need access unit delimiters (x264 and x265 write them with `aud=1`) and no B-frames, as cameras send.
SIGUSR1 stops the pictures and leaves the session alive, SIGUSR2 lets them flow again.
"""

import argparse
import re
import signal
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions must be named first

DELIMITER = {"h264": rb"\x00\x00\x00\x01\x09", "h265": rb"\x00\x00\x00\x01\x46"}


class Shutter:
    """Whether pictures flow; shared by all mounts."""

    def __init__(self) -> None:
        self.open = True

    def set(self, value: bool) -> bool:
        self.open = value
        return True


class Looped(GstRtspServer.RTSPMediaFactory):
    """One mount: pushes the file's access units at a steady rate, for ever, with growing timestamps."""

    def __init__(self, file: Path, fps: int, shutter: Shutter) -> None:
        super().__init__()
        codec = file.suffix[1:]
        data = file.read_bytes()
        starts = [m.start() for m in re.finditer(DELIMITER[codec], data)]
        self._units = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
        self._fps = fps
        self._shutter = shutter
        self.set_launch(
            f"( appsrc name=units is-live=true format=time do-timestamp=true block=false max-bytes=8000000 "
            f'caps="video/x-{codec},framerate={fps}/1,stream-format=byte-stream,alignment=au" '
            f"! {codec}parse ! rtp{codec}pay name=pay0 pt=96 config-interval=1 )"
        )
        self.set_shared(True)
        self.connect("media-configure", self._configure)

    def _configure(self, _factory: object, media: GstRtspServer.RTSPMedia) -> None:
        source = media.get_element().get_child_by_name("units")
        state = {"next": 0, "on": True}

        def push() -> bool:
            if state["on"] and self._shutter.open:
                unit = self._units[state["next"] % len(self._units)]
                source.emit("push-buffer", Gst.Buffer.new_wrapped(unit))
                state["next"] += 1
            return state["on"]

        GLib.timeout_add(1000 // self._fps, push)
        media.connect("unprepared", lambda _media: state.update(on=False))


def guard(options: argparse.Namespace) -> GstRtspServer.RTSPAuth:
    auth = GstRtspServer.RTSPAuth()
    if options.user:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        if options.digest:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options.user, options.password, token)
        else:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    if options.cert:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(options.cert, options.key))
        if not options.user:
            token = GstRtspServer.RTSPToken()
            token.set_string("media.factory.role", "viewer")
            auth.set_default_token(token)
    return auth


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("mounts", nargs="+")
    options = parser.parse_args()

    Gst.init(None)
    shutter = Shutter()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    guarded = bool(options.user or options.cert)
    for mount in options.mounts:
        name, file = mount.split("=", 1)
        factory = Looped(Path(file), options.fps, shutter)
        if guarded:
            permissions = GstRtspServer.RTSPPermissions()
            for action in ("media.factory.access", "media.factory.construct"):
                permissions.add_permission_for_role("viewer", action, True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if guarded:
        server.set_auth(guard(options))
    if not server.attach(None):
        raise SystemExit(f"port {options.port} is taken")
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR1, shutter.set, False)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR2, shutter.set, True)
    GLib.timeout_add_seconds(5, lambda: server.get_session_pool().cleanup() >= 0)
    print("ready", flush=True)  # noqa: T201 - the fixture waits for this line
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
