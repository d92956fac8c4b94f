"""Which targets of a design a campaign hits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from radtest.core.errors import ConfigurationError
from radtest.core.injection import Target
from radtest.inject.configuration import CampaignSection
from radtest.inject.name_patterns import matches, matches_any, nearest_names
from radtest.inject.targets import RemovedBits

__all__ = ["choose_targets"]

_NAMES = "names of targets, such as 'cpu.reg_*' or 're:cpu\\..*_q'; 'radtest inject --list' shows them."
_MODULES = "names of modules as they are declared; 'radtest inject --list' shows them."


def choose_targets(
    targets: Sequence[Target], section: CampaignSection, campaign_file: Path, removed: Sequence[RemovedBits] = ()
) -> list[int]:
    """Return the indices of the targets that a campaign hits.

    Parameters
    ----------
    targets : sequence of Target
        All targets of the design.
    section : CampaignSection
        The choice: a target takes part if it is of one of the kinds, in one of the modules (where any are named), and
        if a pattern includes it and none excludes it.
    campaign_file : Path
        For messages.
    removed : sequence of RemovedBits
        What is no target, and why; for messages.

    Returns
    -------
    list of int
        In the order of the targets.

    Raises
    ------
    ConfigurationError
        If a pattern matches nothing, or all of them together leave nothing.
    """
    for key, patterns, name_of, what in (
        ("include", section.include, _name, _NAMES),
        ("exclude", section.exclude, _name, _NAMES),
        ("modules", section.modules, _module, _MODULES),
    ):
        for pattern in patterns:
            where = f"{campaign_file}: campaign.{key}"
            _refuse_what_matches_nothing(targets, removed, pattern, name_of, where, what)
    steps: list[tuple[str, Callable[[Target], bool]]] = [
        (f"campaign.kinds = {[kind.value for kind in section.kinds]}", lambda target: target.kind in section.kinds),
        (
            f"campaign.modules = {list(section.modules)}",
            lambda target: not section.modules or matches_any(target.module, section.modules),
        ),
        (f"campaign.include = {list(section.include)}", lambda target: matches_any(target.name, section.include)),
        (f"campaign.exclude = {list(section.exclude)}", lambda target: not matches_any(target.name, section.exclude)),
    ]
    chosen = list(range(len(targets)))
    for key, keeps in steps:
        left = [index for index in chosen if keeps(targets[index])]
        if not left:
            before = ", ".join(repr(targets[index].name) for index in chosen[:3]) + (" ..." if len(chosen) > 3 else "")
            raise ConfigurationError(
                f"{campaign_file}: {key}: nothing is left to upset; the design holds {_kinds(targets)}, "
                f"and the keys before this one left {before or 'nothing'}",
                remedy="widen campaign.kinds, campaign.modules, campaign.include or campaign.exclude.",
            )
        chosen = left
    return chosen


def _name(target: Target) -> str:
    return target.name


def _module(target: Target) -> str:
    return target.module


def _refuse_what_matches_nothing(
    targets: Sequence[Target],
    removed: Sequence[RemovedBits],
    pattern: str,
    name_of: Callable[[Target], str],
    key: str,
    what: str,
) -> None:
    names = {name_of(target): None for target in targets}
    if any(matches(name, pattern) for name in names):
        return
    gone = next((bits for bits in removed if name_of is _name and matches(bits.name, pattern)), None)
    if gone is not None:
        raise ConfigurationError(
            f"{key} = {pattern!r}: {gone.name!r} is no target: {gone.reason}", remedy=f"leave it out, or give {what}"
        )
    near = nearest_names(pattern, names)
    hint = f"; the nearest are {', '.join(map(repr, near))}" if near else ""
    things = "module" if name_of is _module else "target"
    raise ConfigurationError(f"{key} = {pattern!r}: no {things} matches{hint}", remedy=f"give {what}")


def _kinds(targets: Sequence[Target]) -> str:
    return ", ".join(sorted({target.kind.value for target in targets})) or "nothing"
