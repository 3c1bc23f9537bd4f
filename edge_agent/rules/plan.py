"""What a camera has to judge: catalogue defaults, overridden for the site, overridden for the zone.

A rule is judged in the zones that name it; the site's own `rules` section only changes its settings there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_agent.config.fields import Window
from edge_agent.config.site import Camera, RuleOptions, SiteConfig, Zone
from edge_agent.rules.catalogue import CATALOGUE
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
    clauses: tuple[str, ...]

    @property
    def zone(self) -> str:
        """Id of the zone."""
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
    windows = {window.id: window for window in site.schedules}
    plans = []
    for zone in camera.zones:
        for rule, options in zone.rules.items():
            if rule not in CATALOGUE:
                raise ConfigError(f"camera {camera.id}, zone {zone.id}: unknown rule {rule}; see `edge-agent check`")
            plan = _plan(camera, zone, CATALOGUE[rule], merged(site.rules.get(rule), options), windows)
            if plan:
                plans.append(plan)
    return tuple(sorted(plans, key=lambda plan: plan.key))


def _plan(
    camera: Camera,
    zone: Zone,
    spec: RuleSpec,
    options: RuleOptions,
    windows: Mapping[str, Window],
) -> RulePlan | None:
    policy: Policy = options.policy or (spec.policy(zone.area) if spec.policy else "required")
    if not options.enabled or policy == "off":
        return None
    unknown = [window for window in options.schedule or () if window not in windows]
    if unknown:
        raise ConfigError(f"camera {camera.id}, zone {zone.id}, rule {spec.id}: unknown schedule window {unknown[0]}")
    severity = Severity[options.severity.upper()] if options.severity else spec.severity
    advisory = policy == "advisory"
    return RulePlan(
        key=IncidentKey(camera.id, zone.id, spec.id),
        spec=spec,
        severity=Severity.INFO if advisory else severity,
        escalates=not advisory and options.severity is None,
        dwell_s=spec.dwell_s if options.dwell_s is None else options.dwell_s,
        clear_s=spec.clear_s if options.clear_s is None else options.clear_s,
        cooldown_s=spec.cooldown_s if options.cooldown_s is None else options.cooldown_s,
        sensitivity=0.5 if options.sensitivity is None else options.sensitivity,
        policy=policy,
        schedule=tuple(windows[window] for window in options.schedule or ()),
        clauses=() if advisory else spec.clauses,
    )


def merged(site: RuleOptions | None, zone: RuleOptions) -> RuleOptions:
    """The zone's options over the site's; an option that is left out does not override."""
    if site is None:
        return zone
    return site.model_copy(update={name: getattr(zone, name) for name in zone.model_fields_set})
