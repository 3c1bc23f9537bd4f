"""A story file: who does what when in which room. README.md describes it for those who write one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

HatState = Literal["on", "off", "in_hand"]
MaskState = Literal["worn", "nose", "chin", "none"]
Cover = Literal["open", "half", "lid", "film"]
Light = Literal["day", "evening", "uv", "backlight", "off"]

VERBS = ("go", "turn", "hat", "mask", "open", "close", "cover", "take", "put", "light", "steam", "bump")
OF_A_PERSON = frozenset({"go", "turn", "hat", "mask", "open", "close", "cover", "take", "put"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(_Part):
    """What a person reads."""

    zh: str
    en: str


class Where(_Part):
    """The room: its kind, the seed that draws everything in it, its light."""

    kind: Literal["cooking", "plating", "sampling", "serving", "dishwashing", "store"]
    seed: int
    light: Light = "day"


class Role(_Part):
    """Somebody of the cast: where they stand and what they wear at the beginning.

    `look` fixes fields of `people.looks.Look`; the rest is drawn from the story's seed.
    """

    start: str = "outside"
    hat: HatState = "on"
    mask: MaskState = "worn"
    look: dict[str, str | int | float | bool] = {}


class Action(_Part):
    """One line of the timeline: `at` seconds, `who`, and exactly one verb with its object.

    go: a spot of the room. turn: degrees to the left of where the spot faces. hat, mask: the new state.
    open, close: a cabinet; who opens it must stand at it. cover: a tray, `with` its new cover. take: a sample box
    into the hand; put: it down, `to` a tray's place on the counter or into a cabinet. light: of the room. steam: its
    strength 0..1, `for` seconds. bump: the camera's aim, degrees to the left and up.
    """

    at: float = Field(ge=0)
    who: str | None = None
    go: str | None = None
    turn: float | None = None
    hat: HatState | None = None
    mask: MaskState | None = None
    open: str | None = None
    close: str | None = None
    cover: str | None = None
    with_: Cover | None = Field(default=None, alias="with")
    take: str | None = None
    put: str | None = None
    to: str | None = None
    light: Light | None = None
    steam: Annotated[float, Field(gt=0, le=1)] | None = None
    for_: float | None = Field(default=None, alias="for", gt=0)
    bump: tuple[float, float] | None = None

    @property
    def verb(self) -> str:
        """The one verb that is given."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(VERBS)}; has {', '.join(given) or 'none'}")
        if (given[0] in OF_A_PERSON) != (self.who is not None):
            raise ValueError(f"{given[0]}: {'needs' if self.who is None else 'takes no'} `who`")
        for verb, member in (("cover", "with_"), ("put", "to"), ("steam", "for_")):
            if (given[0] == verb) != (getattr(self, member) is not None):
                raise ValueError(f"`{member.rstrip('_')}` belongs to `{verb}`, and `{verb}` needs it")
        return self


class Story(_Part):
    """A whole story.

    Attributes:
        seed: draws the cast's looks, their fidgeting and the camera's noise.
        size: of the picture, pixels.
        fps: pictures rendered for each second.
        rules: what the story is for: the rules whose truth it states, each with the dwell time it is cut for.
        trays: tray -> cover at the beginning; `all` for the others.
        samples: sample box -> tray's place or cabinet where it stands; the others are put away.
    """

    title: Title
    room: Where
    view: str = "main"
    seed: int
    size: tuple[int, int] = (1280, 720)
    fps: int = Field(default=5, ge=1, le=30)
    seconds: float = Field(gt=0, le=600)
    clock: datetime
    rules: dict[str, float]
    trays: dict[str, Cover] = {"all": "lid"}
    samples: dict[str, str] = {}
    cast: dict[str, Role]
    timeline: list[Action] = []

    @property
    def frames(self) -> int:
        """Number of rendered pictures."""
        return round(self.seconds * self.fps)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for action in self.timeline:
            if action.who is not None and action.who not in self.cast:
                raise ValueError(f"at {action.at:g} s: nobody called {action.who}; there are {', '.join(self.cast)}")
            if action.at >= self.seconds:
                raise ValueError(f"at {action.at:g} s: the story ends at {self.seconds:g} s")
        return self


def read_story(path: Path) -> Story:
    """Read and check a story file.

    Raises:
        SystemExit: one line: what is wrong and where.
    """
    try:
        return Story.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise SystemExit(f"error: {path}: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        message = first["msg"].removeprefix("Value error, ")
        raise SystemExit(f"error: {path}: {where + ': ' if where else ''}{message}") from None
