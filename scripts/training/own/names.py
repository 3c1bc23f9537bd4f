"""What others call our classes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from labels import CLASSES

from own.dataset import DataSetError

HEAD_STATES = ("head_covered", "head_bare", "mask_worn", "mask_none", "mask_improper")
"""Classes of a head whose hat or mask was labelled: to the detector, a head."""

IGNORED = "-"

_ALIASES: Mapping[str, Sequence[str]] = {
    "person": (
        "people", "human", "pedestrian", "worker", "staff", "cook", "chef", "人", "人员", "工作人员", "厨师", "员工",
    ),
    "head": ("heads", "human_head", "头", "人头", "头部"),
    "food_open": (
        "open_food", "uncovered_food", "food_uncovered", "打开的食品", "敞开的食品", "敞口食品", "未加盖食品",
        "未盖食品", "食品未加盖", "未加盖",
    ),
    "food_covered": (
        "covered_food", "加盖食品", "加盖的食品", "盖好的食品", "已加盖食品", "食品加盖", "已加盖", "加盖",
    ),
    "sample_box": ("sample", "sample_container", "留样盒", "留样", "样品盒", "留样容器"),
    "head_covered": ("with_hat", "hat_on", "戴帽", "戴帽子", "已戴帽"),
    "head_bare": ("no_hat", "without_hat", "hat_off", "bare_head", "未戴帽", "未戴帽子", "不戴帽", "没戴帽子"),
    "mask_worn": ("with_mask", "mask_on", "戴口罩", "已戴口罩"),
    "mask_none": ("no_mask", "without_mask", "mask_off", "未戴口罩", "不戴口罩", "没戴口罩"),
    "mask_improper": (
        "mask_weared_incorrect", "incorrect_mask", "improper_mask", "口罩佩戴不规范", "口罩不规范", "口罩未戴好",
    ),
}  # fmt: skip


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


_OURS = {_plain(alias): ours for ours, others in _ALIASES.items() for alias in (ours, *others)}


def mapping(theirs: Iterable[str], given: Sequence[str] = (), unused: Container[str] = ()) -> dict[str, str]:
    """Their class -> ours, or `IGNORED`.

    Args:
        theirs: names of the data set.
        given: `theirs=ours`, from the command line; `theirs=-` leaves a class out.
        unused: those of which there is no box: tools list classes that nobody asked for.

    Raises:
        DataSetError: a name that is nobody's, naming all of them.
    """
    names = list(theirs)
    chosen: dict[str, str] = {}
    for item in given:
        left, equals, right = item.rpartition("=")
        if not equals or (right != IGNORED and right not in _ALIASES):
            raise DataSetError(
                f"--map {item}: 应为 write THEIRS=OURS with OURS one of {', '.join((*_ALIASES, IGNORED))}"
            )
        if left not in names:
            raise DataSetError(f"--map {item}: 数据里没有 {left} is not in the data: it has {', '.join(names)}")
        chosen[left] = right
    found = {
        name: chosen.get(name) or _OURS.get(_plain(name)) or (IGNORED if name in unused else None) for name in names
    }
    if unknown := [name for name, ours in found.items() if ours is None]:
        raise DataSetError(
            f"不认识的类别 unknown classes: {', '.join(unknown)}; 请逐个指定 say what each is, e.g. "
            + " ".join(f"--map '{name}={IGNORED}'" for name in unknown[:3])
            + f" (- 忽略 leaves it out; ours are {', '.join(_ALIASES)})"
        )
    return {name: ours for name, ours in found.items() if ours is not None}


def detector_class(ours: str) -> int:
    """Number of the detector's class that a class of ours is to it."""
    return CLASSES.index("head" if ours in HEAD_STATES else ours)
