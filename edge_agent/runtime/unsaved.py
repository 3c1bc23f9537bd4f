"""What the judge has decided and the disk does not hold yet, in the order in which it was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import structlog

from edge_agent.incidents.context import EventContext
from edge_agent.incidents.outbox import Message
from edge_agent.incidents.store import Store
from edge_agent.runtime.assembly import Contexts
from edge_agent.values.errors import StateError
from edge_agent.values.evidence import EvidenceItem
from edge_agent.values.incident import Transition

_log = structlog.get_logger()


@dataclass(slots=True)
class Changed:
    """A transition; its evidence joins it here, as far as it can be made before the commit.

    Attributes:
        incident: id, as the store names it.
        transition: from the core, which says it once.
        recorded: unix seconds.
        synchronised: whether the box's clock was trusted then; None where that is not known.
        evidence: thumbnail and picture.
    """

    incident: str
    transition: Transition
    recorded: float
    synchronised: bool | None
    evidence: Sequence[EvidenceItem] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """Evidence that came after the change that it proves."""

    incident: str
    item: EvidenceItem
    recorded: float


class Unsaved:
    """Waits in memory until it is committed; an entry leaves only then. For one thread, but for `len` and `trouble`.

    Args:
        store: where it goes.
        contexts: names and clauses for the events.
    """

    def __init__(self, store: Store, contexts: Contexts) -> None:
        self._store = store
        self._contexts = contexts
        self._waiting: list[Changed | Added] = []
        self._refused: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def trouble(self) -> str | None:
        """That an incident cannot be told for another reason than the disk; None: none is so."""
        if not self._refused:
            return None
        return f"{len(self._refused)} 个事件无法记录，见日志 incident(s) cannot be recorded, see the log"

    def add(self, entries: Iterable[Changed | Added]) -> None:
        """Queue behind what waits."""
        self._waiting += entries

    def commit(self) -> list[Message]:
        """Commit what waits, in order; returns the messages.

        What the store refuses for another reason than the disk is a fault of the program, and trying again may not
        help: it is named in the log and stays, with all that follows of its incident, while other incidents go on.
        Evidence that is refused so is given up.

        Raises:
            StateError: the state folder cannot be written; what waits is tried again at the next call.
        """
        messages: list[Message] = []
        refused: set[str] = set()
        place = 0
        while place < len(self._waiting):
            entry = self._waiting[place]
            if entry.incident in refused:
                place += 1
                continue
            try:
                messages += self._committed(entry)
            except StateError as error:
                error.add_note(f"{len(self._waiting)} change(s) wait in memory")
                raise
            except Exception:  # noqa: BLE001 - one incident that cannot be told must not silence the others
                if isinstance(entry, Changed):
                    if entry.incident not in self._refused:
                        _log.exception("incident cannot be recorded and waits", incident=entry.incident)
                    refused.add(entry.incident)
                    place += 1
                    continue
                _log.exception("evidence cannot be attached", incident=entry.incident, uri=entry.item.uri)
            del self._waiting[place]
        self._refused = frozenset(refused)
        return messages

    def _committed(self, entry: Changed | Added) -> list[Message]:
        if isinstance(entry, Added):
            return self._store.attach(entry.incident, entry.item, entry.recorded)
        context = replace(self._context(entry), clock_synced=entry.synchronised)
        return self._store.record(entry.transition, entry.evidence, context, entry.recorded)

    def _context(self, entry: Changed) -> EventContext:
        """Of its rule; an incident of a rule that the site file no longer has keeps what it was opened with."""
        key = entry.transition.incident.key
        if context := self._contexts.get((key.camera, key.zone, key.rule)):
            return context
        stored = self._store.incident(entry.incident)
        if stored is None:
            raise LookupError(f"incident {entry.incident} of unknown rule {key.rule}")
        return stored.context
