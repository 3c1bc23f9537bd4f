"""A finding of a check, tied to the option that caused it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a site file.

    Attributes:
        path: keys and indices from the root of the YAML to the option, e.g. `("cameras", 0, "zones", 1, "rules", "no_hatt")`.
        message: one sentence: what is wrong and what to do.
    """

    path: tuple[str | int, ...]
    message: str
