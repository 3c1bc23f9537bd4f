"""What a camera has to judge: catalogue defaults, overridden for the site, overridden for the zone.

A rule is judged in the zones that name it; the site's own `rules` section only changes its settings there. Rules about
the camera itself are judged for every camera, and a window that could not be judged is reported wherever a duty is.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.config.fields import Window
from edge_agent.config.site import WHOLE_VIEW, Camera, RuleOptions, SiteConfig, Zone
from edge_agent.rules.catalogue import CAMERA_RULES, CATALOGUE
from edge_agent.rules.duties import COVERAGE_GAP
from edge_agent.rules.spec import Policy, RuleSpec
from edge_agent.values.errors import ConfigError
from edge_agent.values.incident import IncidentKey, Severity


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule in one zone, ready to be judged.

    Attributes:
        key: camera, zone, rule.
        spec: the catalogue's entry.
        severity: of a new incident.
        escalates: whether the catalogue's escalation applies; a severity set in the site file is final.
        dwell_s: how long a condition must hold before an incident opens.
        clear_s: how long it must be over before the incident closes.
        cooldown_s: time after closing in which none opens.
        sensitivity: 0..1.
        policy: `advisory` incidents are of severity INFO and quote no law.
        schedule: windows in which incidents may open; none: always.
        outside: incidents may open outside of these windows instead.
        clauses: law to quote in the event.
    """

    key: IncidentKey
    spec: RuleSpec
    severity: Severity
    escalates: bool
    dwell_s: float
    clear_s: float
    cooldown_s: float
    sensitivity: float
    policy: Policy
    schedule: tuple[Window, ...]
    outside: bool
    clauses: tuple[str, ...]

    @property
    def zone(self) -> str:
        """Id of the zone; `camera` for a rule about the whole view."""
        return self.key.zone

    @property
    def rule(self) -> str:
        """Id of the rule."""
        return self.key.rule

    def dwell_of(self, condition: int) -> float:
        """Dwell time of one of the rule's conditions, seconds: never shorter than the plan's."""
        return max(self.spec.conditions[condition].dwell_s or 0.0, self.dwell_s)


def resolve(site: SiteConfig, camera: Camera) -> tuple[RulePlan, ...]:
    """Plans of one camera, in order of zone and rule id.

    Raises:
        ConfigError: a rule or window that does not exist; `check.problems` finds these with their place.
    """
    plans = [_plan(site, camera, None, CATALOGUE[rule], camera.rules.get(rule)) for rule in CAMERA_RULES]
    for zone in camera.zones:
        named = [rule for rule in zone.rules if rule != COVERAGE_GAP.id]
        unknown = [rule for rule in named if rule not in CATALOGUE]
        if unknown:
            raise ConfigError(f"camera {camera.id}, zone {zone.id}: unknown rule {unknown[0]}; see `edge-agent check`")
        judged = [_plan(site, camera, zone, CATALOGUE[rule], zone.rules[rule]) for rule in named]
        if any(plan and plan.spec.duty for plan in judged):
            judged.append(_plan(site, camera, zone, COVERAGE_GAP, zone.rules.get(COVERAGE_GAP.id)))
        plans += judged
    return tuple(sorted((plan for plan in plans if plan), key=lambda plan: plan.key))


def windows_of(site: SiteConfig, spec: RuleSpec, options: RuleOptions) -> tuple[tuple[str, ...], bool]:
    """Ids of the windows that decide when a rule applies, and whether it does outside of them; none: always."""
    if options.schedule or options.outside:
        return tuple(options.schedule or options.outside or ()), not options.schedule
    if spec.phases is None or options.schedule is not None or options.outside is not None:
        return (), False
    known = [window.id for window in site.schedules if window.id in spec.phases.names]
    return tuple(known), spec.phases.outside and bool(known)


def _plan(
    site: SiteConfig, camera: Camera, zone: Zone | None, spec: RuleSpec, over: RuleOptions | None
) -> RulePlan | None:
    place = zone.id if zone else WHOLE_VIEW
    options = merged(site.rules.get(spec.id), over or RuleOptions())
    policy: Policy = options.policy or (spec.policy(zone.area) if spec.policy and zone else "required")
    if not options.enabled or policy == "off":
        return None
    windows = {window.id: window for window in site.schedules}
    named, outside = windows_of(site, spec, options)
    unknown = [window for window in named if window not in windows]
    if unknown:
        raise ConfigError(f"camera {camera.id}, zone {place}, rule {spec.id}: unknown schedule window {unknown[0]}")
    if not named and spec.phases and spec.phases.required:
        raise ConfigError(f"camera {camera.id}, zone {place}, rule {spec.id}: needs a schedule; see `edge-agent check`")
    severity = Severity[options.severity.upper()] if options.severity else spec.severity
    advisory = policy == "advisory"
    return RulePlan(
        key=IncidentKey(camera.id, place, spec.id),
        spec=spec,
        severity=Severity.INFO if advisory else severity,
        escalates=not advisory and options.severity is None,
        dwell_s=spec.dwell_s if options.dwell_s is None else options.dwell_s,
        clear_s=spec.clear_s if options.clear_s is None else options.clear_s,
        cooldown_s=spec.cooldown_s if options.cooldown_s is None else options.cooldown_s,
        sensitivity=0.5 if options.sensitivity is None else options.sensitivity,
        policy=policy,
        schedule=tuple(windows[window] for window in named),
        outside=outside,
        clauses=() if advisory else spec.clauses,
    )


def merged(site: RuleOptions | None, zone: RuleOptions) -> RuleOptions:
    """The zone's options over the site's; an option that is left out does not override."""
    if site is None:
        return zone
    return site.model_copy(update={name: getattr(zone, name) for name in zone.model_fields_set})
