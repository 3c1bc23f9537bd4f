"""A site file opened for a verb: read, and checked as far as the verb needs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from edge_agent.cli.redaction import REDACTION
from edge_agent.config import check
from edge_agent.config.loading import LoadedSite, load_site
from edge_agent.config.problem import Problem


def open_live_site(path: Path) -> LoadedSite:
    """For verbs that run the cameras: everything in the file and everything it names must be in order.

    Raises:
        ConfigFileError: every problem with its line.
        ModelError: a model cannot be read.
    """
    site = load_site(path, os.environ)
    REDACTION.learn(site.secrets)
    site.refuse([*check.structure(site.config), *check.files(site), *rule_problems(site)])
    return site


def open_offline_site(path: Path) -> LoadedSite:
    """For verbs that connect to nothing: secrets may be absent, and so may recordings and taught states.

    Raises:
        ConfigFileError: every problem with its line.
    """
    site = load_site(path, os.environ, require_secrets=False)
    REDACTION.learn(site.secrets)
    site.refuse(check.structure(site.config))
    return site


def rule_problems(site: LoadedSite) -> Sequence[Problem]:
    """What rules and models say about the file."""
    from edge_agent.rules import check as rules_check

    return rules_check.problems(site.config)
