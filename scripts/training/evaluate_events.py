"""How the rules fare on the studio's stories with the models that ship: videos, inference, rules."""

from __future__ import annotations

from pathlib import Path

from figures import Row

from edge_agent.cli.progress import progress_bar
from edge_agent.config.loading import load_site
from edge_agent.evaluation.figures import Share
from edge_agent.runtime.evaluate import Evaluation, evaluate

ON = "stories, unseen rooms"


def judge(suite: Path, out: Path) -> Evaluation:
    """The suite's evaluation; its page and journals stay in `out`, and what was seen once is not looked at again."""
    with progress_bar() as report:
        return evaluate(suite, out, lambda path: load_site(path, {}, require_secrets=False), report)


def target_rows(found: Evaluation) -> list[Row]:
    """Precision and recall over all stories."""
    return [_row("events: precision", found.total.precision), _row("events: recall", found.total.recall)]


def _row(what: str, share: Share | None) -> Row:
    one = share or Share(0.0, 0.0, 1.0, 0)
    return Row(what, ON, one.value, one.low, one.high, one.n, None, 0.95, synthetic=True)
