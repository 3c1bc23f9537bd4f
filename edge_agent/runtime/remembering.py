"""What a restart must not forget is written down now and then, and what was written down is read at the start."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import structlog

from edge_agent.incidents.memory import StoredMemory
from edge_agent.pipeline import CameraPipeline
from edge_agent.values.errors import StateError
from edge_agent.values.memory import Memory
from edge_agent.vision.quality import ViewQuality
from edge_agent.vision.view_reference import ViewReference

DUTIES_EVERY_S = 30.0
"""A power cut costs a duty at most so much of its watched time."""
VIEWS_EVERY_S = 900.0
"""A usual view follows with half-lives of hours; 30 kB each."""
ASK_EVERY_S = 2.0
"""How long an operator waits until an accepted view is taken up."""

_log = structlog.get_logger()


def known_views(stored: StoredMemory) -> dict[str, ViewReference]:
    """Camera id -> its usual view from before; one that cannot be read, or is not wanted any more, is learnt anew."""
    for camera in stored.views_to_accept():
        stored.view_accepted(camera)
    known = {}
    for camera, body in stored.views().items():
        try:
            known[camera] = ViewReference.decode(body)
        except ValueError as error:
            _log.warning("usual view unreadable, learnt anew", camera=camera, reason=str(error))
    return known


class Remembering:
    """Used by the judge's thread alone, between two observations. A disk that fails costs the memory, nothing else.

    Args:
        stored: where it is kept.
        cores: camera id -> core, for its open duties.
        quality: of all views.
        clock: monotonic seconds.
        wall: unix seconds.
    """

    def __init__(
        self,
        stored: StoredMemory,
        cores: Mapping[str, CameraPipeline],
        quality: ViewQuality,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._stored = stored
        self._cores = cores
        self._quality = quality
        self._clock = clock
        self._wall = wall
        now = clock()
        self._due = {self._keep_duties: now, self._keep_views: now + VIEWS_EVERY_S, self._take_up_views: now}
        self._duties = {camera: core.memory().duties for camera, core in cores.items()}
        self._views: set[str] = set()
        """Cameras whose view was kept by this run."""
        self._failing = False

    def work(self) -> None:
        """Do what is due."""
        now = self._clock()
        every = {self._keep_duties: DUTIES_EVERY_S, self._keep_views: VIEWS_EVERY_S, self._take_up_views: ASK_EVERY_S}
        for chore, due in self._due.items():
            if now >= due:
                self._due[chore] = now + every[chore]
                self._attempt(chore)

    def keep(self) -> None:
        """Write all of it down: the agent stops."""
        self._attempt(self._keep_duties)
        self._attempt(self._keep_views)

    def _keep_duties(self) -> None:
        for camera, core in self._cores.items():
            duties = core.memory().duties
            if duties != self._duties[camera]:
                self._stored.keep_duties(camera, duties, self._wall())
                self._duties[camera] = duties

    def _keep_views(self) -> None:
        for camera in self._cores:
            if reference := self._quality.reference(camera):
                self._stored.keep_view(camera, reference.encode(), self._wall())
                self._views.add(camera)

    def _take_up_views(self) -> None:
        for camera in self._stored.views_to_accept():
            self._quality.forget(camera)
            self._stored.view_accepted(camera)
            self._views.discard(camera)
            _log.info("view accepted, learnt anew", camera=camera)
        for camera in self._cores:
            # A view just learnt is kept at once: a box may be switched off at any time.
            if camera not in self._views and (reference := self._quality.reference(camera)):
                self._stored.keep_view(camera, reference.encode(), self._wall())
                self._views.add(camera)

    def _attempt(self, chore: Callable[[], None]) -> None:
        try:
            chore()
        except StateError as error:
            if not self._failing:
                self._failing = True
                _log.warning("memory for the next start cannot be kept", reason=str(error))
        else:
            self._failing = False


def joined(cores: Mapping[str, CameraPipeline]) -> Memory:
    """What the cores of a box remember now."""
    return Memory.joined(core.memory() for core in cores.values())
