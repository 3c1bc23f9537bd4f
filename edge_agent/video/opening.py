"""From an entry of the site file to a source."""

from pathlib import Path

from edge_agent.config import site
from edge_agent.video.recording import RecordingSource
from edge_agent.video.ring import PacketRing
from edge_agent.video.rtsp import RtspSource
from edge_agent.video.source import Source


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
    return RtspSource(camera.id, resolved(source, base), camera.analysis_fps, ring)


def resolved(source: site.RtspSource, base: Path) -> site.RtspSource:
    """The same with the CA file's path made absolute."""
    return source.model_copy(update={"ca": base / source.ca}) if source.ca else source
