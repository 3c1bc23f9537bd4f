"""From an entry of the site file to a source."""

from pathlib import Path

from av.container import InputContainer

from edge_agent.config import site
from edge_agent.video import rtsp, stream
from edge_agent.video.recording import RecordingSource, open_recording
from edge_agent.video.ring import PacketRing
from edge_agent.video.rtsp import RtspSource
from edge_agent.video.source import Source
from edge_agent.video.stream import StreamSource


def open_source(camera: site.Camera, *, base: Path, ring: PacketRing, paced: bool = False) -> Source:
    """The source of one camera; nothing is opened before its `frames` is called.

    Args:
        camera: from the site file.
        base: folder that the file's relative paths start from.
        ring: takes the encoded packets.
        paced: recordings in real time, as a camera would send them.

    Raises:
        Unreadable: an option of a recording makes no sense.
    """
    source = camera.source
    if isinstance(source, site.FileSource):
        return RecordingSource(
            camera.id,
            base / source.path,
            start=source.start,
            loop=source.loop,
            analysis_fps=camera.analysis_fps,
            ring=ring,
            paced=paced,
        )
    source = resolved(source, base)
    if isinstance(source, site.RtspSource):
        return RtspSource(camera.id, source, camera.analysis_fps, ring)
    return StreamSource(camera.id, source, camera.analysis_fps, ring)


def open_container(camera: site.Camera, base: Path) -> InputContainer:
    """The recording or stream of one camera, opened for a look; the caller closes it.

    Raises:
        VideoError: what is wrong with the camera or file.
    """
    source = camera.source
    if isinstance(source, site.FileSource):
        return open_recording(base / source.path)
    source = resolved(source, base)
    if isinstance(source, site.RtspSource):
        return rtsp.connect(camera.id, source)
    return stream.connect(camera.id, source)


def resolved(source: site.NetworkSource, base: Path) -> site.NetworkSource:
    """The same with the CA file's path made absolute."""
    return source.model_copy(update={"ca": base / source.ca}) if source.ca else source
