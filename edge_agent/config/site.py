"""The site file: `configs/site.example.yaml` shows every option."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge_agent.config.fields import Identifier, Name, Polygon, Section, Window


class _Labelled(StrEnum):
    """A choice with its Chinese name."""

    zh: str

    def __new__(cls, value: str, zh: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member


class Stage(_Labelled):
    """The nine stages of a school kitchen's day."""

    RECEIVE = "receive", "验收"
    STORE = "store", "储存"
    WASH = "wash", "清洗"
    COOK = "cook", "加工"
    PLATE = "plate", "出餐（备餐）"
    SAMPLE = "sample", "留样"
    SERVE = "serve", "分餐"
    DINE = "dine", "就餐"
    CLEAN = "clean", "洗消"


class Area(_Labelled):
    """What kind of place a zone is; decides where a mask is required by law."""

    COOKING = "cooking", "烹饪区"
    PREPARATION = "preparation", "粗加工、切配、清洗"
    PLATING = "plating", "备餐区：必须戴口罩"
    SPECIAL = "special", "专间：必须戴口罩"
    SERVING = "serving", "分餐区：必须戴口罩"
    SAMPLE = "sample", "留样区：必须戴口罩"
    RECEIVING = "receiving", "验收区"
    STORE = "store", "库房"
    DISHWASH = "dishwash", "洗消间"
    DINING = "dining", "就餐区"
    OTHER = "other", "其他"


class Site(Section):
    """Who and where this box is; these ids form the MQTT topics and the events' source."""

    county: Identifier = Field(title="县代码")
    school: Identifier = Field(title="学校编号")
    box: Identifier = Field(title="盒子编号")
    name: Name = Field(title="学校名称")
    timezone: str = Field(default="Asia/Shanghai", title="时区", description="IANA name.")
    calendar: Path | None = Field(
        default=None,
        title="校历文件",
        description="YAML with terms, holidays and make-up days; beside this file.",
    )


class RtspSource(Section):
    """A network camera that speaks RTSP."""

    kind: Literal["rtsp"] = "rtsp"
    url: str = Field(
        title="RTSP 地址",
        pattern=r"^rtsps?://[^\s]+$",
        repr=False,
        description="Credentials as ${env:NAME} or ${file:path}, never in clear text.",
    )
    open_timeout_s: float = Field(default=5, gt=0, le=60, title="连接超时（秒）")
    read_timeout_s: float = Field(default=3, gt=0, le=60, title="读取超时（秒）")
    stall_s: float = Field(default=10, gt=0, le=120, title="无画面判定离线（秒）", description="Age of the last frame.")
    ca: Path | None = Field(default=None, title="TLS CA 证书", description="For rtsps.")
    transport: Literal["tcp", "udp"] = Field(
        default="tcp",
        title="传输方式",
        description="udp only for a camera that offers no TCP (it answers 461): what a busy network drops is lost.",
    )


class StreamSource(Section):
    """A camera, recorder or media server that streams over HTTP(S) or RTMP(S): MJPEG, HLS, FLV or MPEG-TS."""

    kind: Literal["stream"] = "stream"
    url: str = Field(
        title="视频流地址",
        pattern=r"^(https?|rtmps?)://[^\s]+$",
        repr=False,
        description="Credentials as ${env:NAME} or ${file:path}, never in clear text.",
    )
    open_timeout_s: float = Field(default=10, gt=0, le=60, title="连接超时（秒）")
    read_timeout_s: float = Field(
        default=10, gt=0, le=60, title="读取超时（秒）", description="HLS: longer than one segment."
    )
    stall_s: float = Field(
        default=20,
        gt=0,
        le=120,
        title="无画面判定离线（秒）",
        description="Age of the last frame. HLS: longer than two segments.",
    )
    ca: Path | None = Field(
        default=None,
        title="TLS CA 证书",
        description="For https and rtmps; of HLS it checks the playlist's server, not the segments'.",
    )


NetworkSource = RtspSource | StreamSource
"""What is pulled from the network, and reconnected."""


class FileSource(Section):
    """A recording played as if it were a camera."""

    kind: Literal["file"] = "file"
    path: Path = Field(title="视频文件", description="Relative to this config file.")
    start: str | None = Field(
        default=None,
        title="录像开始时间",
        description="ISO 8601 with zone; default: the file's creation time.",
    )
    loop: bool = Field(default=False, title="循环播放")


class RuleOptions(Section):
    """Overrides of a rule's catalogue defaults; what is left out keeps the default."""

    enabled: bool = Field(default=True, title="启用")
    dwell_s: float | None = Field(
        default=None,
        ge=0,
        le=86400,
        title="持续多久才报警（秒）",
        description="Longer: fewer and later alarms. Shorter: more and earlier.",
    )
    clear_s: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        title="恢复多久才解除（秒）",
        description="Longer: one incident spans short interruptions.",
    )
    cooldown_s: float | None = Field(
        default=None,
        ge=0,
        le=86400,
        title="同区域再次报警间隔（秒）",
        description="0: may open again at once.",
    )
    severity: Literal["info", "minor", "major", "critical"] | None = Field(default=None, title="级别")
    sensitivity: float | None = Field(
        default=None,
        ge=0,
        le=1,
        title="灵敏度",
        description="0.5 is the catalogue's balance; higher believes weaker evidence, lower asks for stronger.",
    )
    policy: Literal["required", "advisory", "off"] | None = Field(
        default=None,
        title="要求程度",
        description="Hat and mask only. Default by law: mask required in 备餐/专间/分餐/留样, else advisory (info).",
    )
    schedule: list[Identifier] | None = Field(
        default=None,
        title="生效时段",
        description="Ids from `schedules`; left out: the rule's own phase as far as `schedules` has it, else always.",
    )
    outside: list[Identifier] | None = Field(
        default=None, title="停用时段", description="Ids from `schedules`: judged only while none of them is active."
    )


class TaughtStates(Section):
    """A fixed thing that opens and closes, taught from this camera's own frames."""

    labels: list[Identifier] = Field(min_length=2, max_length=6, title="状态", description="e.g. [closed, open]")
    taught: Path = Field(title="示教文件", description="Made by `edge-agent teach`; beside this file.")


WHOLE_VIEW = "camera"
"""Stands for a zone's id in incidents about the whole view; no zone may be called so."""
PHASES: Mapping[str, str] = MappingProxyType(
    {
        "receive": "验收",
        "prepare": "清洗切配",
        "cook": "烹饪",
        "sample": "留样",
        "plate": "备餐",
        "serve": "分餐",
        "dine": "就餐",
        "wash": "洗消",
        "closed": "非作业",
    }
)
"""The phases of a kitchen's day: a schedule with one of these ids is used by the rules that belong to it."""


class Zone(Section):
    """A place in one camera's picture."""

    id: Identifier
    name: Name
    area: Area = Field(title="区域类型")
    polygon: Polygon
    enter_grace_s: float = Field(
        default=1,
        ge=0,
        le=60,
        title="进入宽限（秒）",
        description="In for this long before one counts as inside.",
    )
    exit_grace_s: float = Field(
        default=1,
        ge=0,
        le=60,
        title="离开宽限（秒）",
        description="Out for this long before one counts as gone.",
    )
    states: TaughtStates | None = Field(default=None, title="开关状态", description="e.g. the sample cabinet's door.")
    attended_from: Identifier | None = Field(
        default=None,
        title="看管区域",
        description="Zone where somebody counts as attending this one (by the feet); default: near enough to reach it.",
    )
    reach_m: float = Field(
        default=0.6,
        ge=0,
        le=5,
        title="伸手可及距离（米）",
        description="Attending without `attended_from`: distance between person and thing, judged by body height.",
    )
    rules: dict[str, RuleOptions] = Field(default={}, title="规则", description="Rule id -> overrides ({} for none).")


class Camera(Section):
    """One camera."""

    id: Identifier
    name: Name
    stage: Stage = Field(title="环节")
    enabled: bool = Field(default=True, title="启用")
    source: Annotated[RtspSource | StreamSource | FileSource, Field(discriminator="kind")] = Field(title="视频源")
    analysis_fps: float = Field(
        default=4,
        gt=0,
        le=25,
        title="分析帧率",
        description="Higher sees shorter events and costs CPU in proportion.",
    )
    masks: list[Polygon] = Field(
        default=[], title="屏蔽区", description="Painted over before anything looks; the camera keeps no clips."
    )
    zones: list[Zone] = Field(default=[], title="区域")
    rules: dict[str, RuleOptions] = Field(
        default={},
        title="画面规则",
        description="Overrides of the rules about the camera itself (camera_offline, camera_blocked, camera_moved, "
        "image_degraded, clock_skew), which every camera has without being named.",
    )

    @model_validator(mode="before")
    @classmethod
    def _kind_by_option(cls, data: object) -> object:
        """A `path` means a file, and a `url` says by itself what it is: nobody need write `kind`."""
        if isinstance(data, dict) and isinstance(source := data.get("source"), dict) and "kind" not in source:
            streamed = str(source.get("url", "")).lower().startswith(("http:", "https:", "rtmp:", "rtmps:"))
            kind = "file" if "path" in source else "stream" if streamed else "rtsp"
            return data | {"source": source | {"kind": kind}}
        return data


class Models(Section):
    """Folders with a `model.yaml` each, relative to this file; left out: the models that ship with the agent."""

    detector: Path | None = Field(default=None, title="检测模型")
    head_attributes: Path | None = Field(default=None, title="帽子口罩模型")
    zone_features: Path | None = Field(default=None, title="区域状态特征模型")
    workers: int = Field(default=0, ge=0, le=16, title="推理线程数", description="0: as many as cores, at most 2.")


class Tls(Section):
    """Encrypted connection."""

    ca: Path | None = Field(default=None, title="CA 证书", description="Left out: the system's.")
    cert: Path | None = Field(default=None, title="客户端证书")
    key: Path | None = Field(default=None, title="客户端私钥")


class Mqtt(Section):
    """The county platform's broker."""

    host: str = Field(title="服务器", min_length=1)
    port: int = Field(default=1883, ge=1, le=65535, title="端口")
    protocol: Literal["5", "3.1.1"] = Field(default="5", title="协议版本")
    transport: Literal["tcp", "websockets"] = Field(
        default="tcp",
        title="传输方式",
        description="websockets: for networks that let nothing but HTTP through; encrypted if `tls` is there.",
    )
    path: str = Field(
        default="/mqtt",
        title="WebSocket 路径",
        pattern=r"^/[^\s?#]*$",
        description="With transport: websockets.",
    )
    username: str | None = Field(default=None, title="用户名")
    password: str | None = Field(default=None, title="密码", description="As ${env:NAME} or ${file:path}.", repr=False)
    tls: Tls | None = Field(default=None, title="加密")
    prefix: str = Field(default="mcl/v1", title="主题前缀", pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")
    retain: bool = Field(
        default=True,
        title="保留状态消息",
        description="false: for a broker that speaks 3.1.1 and has no retained messages; with 5 it is found out.",
    )
    keepalive_s: int = Field(default=30, ge=5, le=600, title="心跳（秒）")
    confirm: Literal["broker", "platform"] = Field(
        default="broker",
        title="送达确认",
        description="platform: an event is done only when the platform acknowledges its id on the ack topic.",
    )
    resend_s: float = Field(
        default=60, ge=5, le=86400, title="未确认重发间隔（秒）", description="With confirm: platform."
    )
    in_flight: int = Field(default=10, ge=1, le=100, title="在途消息数")


class Evidence(Section):
    """Pictures and clips that prove an incident."""

    blur_faces: bool = Field(default=True, title="人脸模糊", description="In everything that leaves the box.")
    blur: Literal["eyes", "face"] = Field(
        default="eyes",
        title="模糊范围",
        description="eyes: in pictures of mask rules the violator's mouth stays visible, his eyes and all other faces "
        "do not. face: whole faces, always.",
    )
    picture: bool = Field(default=True, title="上传大图")
    clip: bool = Field(default=True, title="保存短视频", description="Stays on the box; the event names it.")
    pre_roll_s: float = Field(default=5, ge=0, le=30, title="前置秒数")
    post_roll_s: float = Field(default=5, ge=0, le=30, title="后置秒数")
    keep_days: float = Field(default=30, gt=0, le=365, title="保存天数")
    keep_gb: float = Field(default=10, gt=0, le=10000, title="保存上限（GB）")


class SiteConfig(Section):
    """A box's whole configuration."""

    version: Literal[1] = Field(title="格式版本")
    site: Site
    cameras: list[Camera] = Field(min_length=1, max_length=64, title="摄像头")
    schedules: list[Window] = Field(default=[], title="时段表")
    models: Models = Models()
    clothes: Path | None = Field(
        default=None,
        title="工作服示教文件",
        description="Made by `edge-agent teach --clothes FILE`; intruder and no_uniform need it.",
    )
    rules: dict[str, RuleOptions] = Field(
        default={}, title="全站规则", description="Rule id -> overrides for all zones."
    )
    mqtt: Mqtt | None = Field(default=None, title="平台连接", description="Left out: events stay in the outbox.")
    evidence: Evidence = Evidence()
    state: Path = Field(default=Path("/var/lib/edge-agent"), title="状态目录", description="Outbox, evidence, journal.")
    journal: bool = Field(
        default=False,
        title="记录观测日志",
        description="Keep what the models saw, for replay and tuning; of pictures only the events' blurred thumbnails.",
    )
    metrics_port: int | None = Field(
        default=9464,
        ge=1,
        le=65535,
        title="指标端口",
        description="Prometheus and /healthz, on loopback only.",
    )
