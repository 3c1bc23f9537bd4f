"""What the catalogue finds wrong with a site file: unknown rules, and rules that could never be judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from edge_agent.config.problem import OptionPath, Problem
from edge_agent.config.site import RuleOptions, SiteConfig, Zone
from edge_agent.config.wording import did_you_mean
from edge_agent.rules.catalogue import CAMERA_RULES, CATALOGUE, DUTIES
from edge_agent.rules.duties import COVERAGE_GAP
from edge_agent.rules.plan import merged, windows_of
from edge_agent.rules.spec import RuleSpec


def problems(site: SiteConfig, *, classes: Collection[str], attributes: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Findings in the order of the file.

    Args:
        site: validated; its references between sections are checked elsewhere.
        classes: of the loaded detector.
        attributes: of the loaded head-attribute model: attribute -> states.
    """
    found = [problem for rule, options in site.rules.items() for problem in _options(rule, options, ("rules", rule))]
    for at, camera in enumerate(site.cameras):
        for rule, options in camera.rules.items():
            found += _camera(rule, options, ("cameras", at, "rules", rule))
        for index, zone in enumerate(camera.zones):
            for rule, options in zone.rules.items():
                path: OptionPath = ("cameras", at, "zones", index, "rules", rule)
                found += _options(rule, options, path)
                whole = merged(site.rules.get(rule), options)
                if rule in CATALOGUE and whole.enabled and whole.policy != "off":
                    found += _zone(CATALOGUE[rule], zone, path)
                    found += _clothes(CATALOGUE[rule], site, path)
                    found += _models(CATALOGUE[rule], path, classes, attributes)
                    found += _phases(CATALOGUE[rule], whole, path, site)
    return found


def lacking_of(spec: RuleSpec, classes: Collection[str], attributes: Mapping[str, Sequence[str]]) -> list[str]:
    """What the loaded models lack for a rule, in words; none: it is available."""
    lacking = [f"detector class {name}" for name in sorted(spec.needs.classes) if name not in classes]
    for attribute, states in spec.needs.attributes.items():
        lacking += [f"{attribute} state {state}" for state in states if state not in attributes.get(attribute, ())]
    return lacking


def _options(rule: str, options: RuleOptions, path: OptionPath) -> Iterator[Problem]:
    """What can be said of a rule's options without a zone."""
    if rule not in CATALOGUE:
        yield Problem(path, f"没有这条规则 no such rule: {rule}; {did_you_mean(rule, CATALOGUE)}")
    elif options.policy is not None and CATALOGUE[rule].policy is None:
        yield Problem(
            (*path, "policy"), f"规则 {rule} 不分要求程度 has no policy; 停用请写 to switch it off: enabled: false"
        )


def _camera(rule: str, options: RuleOptions, path: OptionPath) -> Iterator[Problem]:
    """What is wrong with a camera's own rules."""
    yield from _options(rule, options, path)
    if rule in CATALOGUE and rule not in CAMERA_RULES:
        yield Problem(path, f"规则 {rule} 属于区域 belongs to a zone: 请写在 write it under zones[].rules")


def _phases(spec: RuleSpec, options: RuleOptions, path: OptionPath, site: SiteConfig) -> Iterator[Problem]:
    """Whether the rule knows when it applies."""
    if spec.phases and spec.phases.required and not windows_of(site, spec, options)[0]:
        names = ", ".join(spec.phases.names)
        yield Problem(
            path,
            f"规则 {spec.id} 需要时段 needs a window: 请在 schedules 里定义 {names}，或在此写 schedule "
            f"define {names} in schedules, or name a schedule here",
        )


def _zone(spec: RuleSpec, zone: Zone, path: OptionPath) -> Iterator[Problem]:
    """What the zone lacks for the rule."""
    if spec.subject == "camera":
        yield Problem(
            path,
            f"规则 {spec.id} 针对整个画面，默认启用 is about the whole view and on; "
            "调整请写在 change it under cameras[].rules",
        )
        return
    if spec.id == COVERAGE_GAP.id and not any(rule in CATALOGUE and CATALOGUE[rule].duty for rule in zone.rules):
        yield Problem(path, f"规则 {spec.id} 只伴随 only goes with: {', '.join(DUTIES)}")
    if zone.area not in spec.areas:
        areas = ", ".join(sorted(spec.areas))
        yield Problem(path, f"规则 {spec.id} 不适用于 is not for area {zone.area}; 适用区域 it is for: {areas}")
    labels = zone.states.labels if zone.states else []
    lacking = [state for state in spec.needs.states if state not in labels]
    if lacking:
        yield Problem(
            path,
            f"规则 {spec.id} 需要区域开关状态 needs zone states with the label {', '.join(lacking)}; "
            f"请先示教 teach it: edge-agent teach --zone {zone.id}",
        )


def _clothes(spec: RuleSpec, site: SiteConfig, path: OptionPath) -> Iterator[Problem]:
    """Whether the work clothes are known, if the rule asks for them."""
    if spec.needs.clothes and site.clothes is None:
        yield Problem(
            path,
            f"规则 {spec.id} 需要认得本校的工作服 needs to know the work clothes: 请先示教 teach them "
            "(edge-agent teach --clothes FILE)，再写 then write clothes: FILE",
        )


def _models(
    spec: RuleSpec, path: OptionPath, classes: Collection[str], attributes: Mapping[str, Sequence[str]]
) -> Iterator[Problem]:
    """What the loaded models lack for the rule."""
    if lacking := lacking_of(spec, classes, attributes):
        yield Problem(
            path,
            f"规则 {spec.id} 不可用，当前模型缺少 unavailable, needs: {', '.join(lacking)}; "
            "请换模型或停用规则 change the model or set enabled: false",
        )
