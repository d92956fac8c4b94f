"""A hardened design in a folder: its netlist, its campaign file, and what is called what."""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from radtest.core.errors import BusyError, ConfigurationError, InjectionError
from radtest.inject.configuration import InjectionConfiguration, read_injection_configuration, resolve_source
from radtest.inject.exhaustive.map_file import UpsetMap
from radtest.inject.exhaustive.protection import Protection
from radtest.inject.targets import ask_yosys, netlist_request

__all__ = ["CellAreas", "HardenedDesign", "cell_areas_of", "protected_registers", "write_hardened"]

_TRIPLICATE = "radtest.inject.exhaustive.triplicate"
_CELL_AREAS = "radtest.inject.exhaustive.cell_areas"
_INDICES = re.compile(r"(\[\d+\])+$")
_MAP_AGAIN = "map the design again with radtest map, and give that map."


@dataclass(frozen=True, slots=True)
class CellAreas:
    """What the cells of a library cost, in its unit of area.

    Parameters
    ----------
    liberty : Path
        The Liberty file.
    design : float
        Area of the design as it is, without its memories.
    voter : float
        Area of a majority voter.
    kinds : mapping of str to float
        Area of a flip-flop by its kind, as Yosys calls it, with the inverters that it needs.
    flip_flops : mapping of (str, int) to str
        Kind of each flip-flop, by the name of its register and its bit.
    """

    liberty: Path
    design: float
    voter: float
    kinds: Mapping[str, float]
    flip_flops: Mapping[tuple[str, int], str]

    @property
    def protection(self) -> dict[tuple[str, int], float]:
        """What it costs to protect each flip-flop: two more of its kind, and a voter."""
        return {place: 2 * self.kinds[kind] + self.voter for place, kind in self.flip_flops.items()}


@dataclass(frozen=True, slots=True)
class HardenedDesign:
    """What was written.

    Parameters
    ----------
    netlist : Path
        The hardened design, one flat module in Verilog.
    campaign : Path
        Its campaign file, for `radtest inject` and `radtest map`.
    names : Path
        CSV: what each bit and signal of the RTL is called in the netlist.
    notes : tuple of str
        What of the campaign file could not be kept as it was.
    """

    netlist: Path
    campaign: Path
    names: Path
    notes: tuple[str, ...]


def cell_areas_of(upset_map: UpsetMap, liberty: str | Path) -> CellAreas:
    """Find out what the flip-flops of a map's design and a voter cost in the cells of a library.

    Raises
    ------
    ConfigurationError
        If the map does not lead to its sources, or Yosys cannot make the flip-flops of the design of its cells.
    ToolMissingError
        If pyosys is missing.
    """
    liberty = Path(liberty).resolve()
    if not liberty.is_file():
        raise ConfigurationError(f"--liberty {liberty}: no such file", remedy="name the Liberty file of your cells.")
    campaign_file, configuration = _design_of(upset_map)
    with _work_folder(configuration, campaign_file) as folder:
        request = netlist_request(configuration.design, campaign_file) | {"liberty": str(liberty)}
        try:
            answer = ask_yosys(request, campaign_file, folder, _CELL_AREAS)
        except InjectionError as error:
            raise ConfigurationError(
                f"{liberty}: the flip-flops of {upset_map.path} cannot be made of its cells: {error.message}",
                remedy="give a Liberty file with the flip-flops that the design needs, or leave --liberty out to count "
                "flip-flops.",
            ) from None
    return CellAreas(
        liberty=liberty,
        design=answer["design"],
        voter=answer["voter"],
        kinds=answer["kinds"],
        flip_flops={(name, bit): kind for name, bit, kind in answer["flip_flops"]},
    )


def write_hardened(upset_map: UpsetMap, protection: Protection, folder: str | Path) -> HardenedDesign:
    """Write the netlist of a map's design in which the chosen flip-flops are triplicated, and a campaign file for it.

    The netlist has the ports of the design, so that the test of the map runs on it as it is; below them all is flat,
    ``cpu.reg_pc`` being ``cpu_reg_pc``. What was a protected register is the voted value under that name; its copies
    are called ``cpu_reg_pc_tmr_a``, ``_tmr_b`` and ``_tmr_c``. Where only bits 3 to 0 are protected, they are
    ``cpu_reg_pc_3_0_tmr_a`` and so on, and what stores the others is ``cpu_reg_pc_31_4_stored``.

    Parameters
    ----------
    upset_map : UpsetMap
        The map.
    protection : Protection
        What was chosen from it.
    folder : str or Path
        Where to; it must be empty, or not exist.

    Raises
    ------
    ConfigurationError
        If the map does not lead to its sources, or these have changed so that a flip-flop is no longer there.
    BusyError
        If there is something in the folder.
    ToolMissingError, InjectionError
        If pyosys is missing, or does not accept the sources.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BusyError(f"{folder}: exists already and is not an empty folder", remedy="name another one with --out.")
    campaign_file, configuration = _design_of(upset_map)
    top = configuration.design.top
    with _work_folder(configuration, campaign_file) as work:
        request = netlist_request(configuration.design, campaign_file) | {
            "protect": [_place(upset_map, row) for row in protection.rows],
            "observe": _observed(configuration),
            "netlist": str(work / "hardened.v"),
        }
        answer = ask_yosys(request, campaign_file, work, _TRIPLICATE)
        if answer["missing"]:
            name, bit = answer["missing"][0]
            raise ConfigurationError(
                f"{campaign_file}: the design has no flip-flop {name}[{bit}], which {upset_map.path} says it has",
                remedy=_MAP_AGAIN,
            )
        names: dict[str, str] = answer["names"]
        document, notes = _campaign(upset_map, configuration, campaign_file, answer)
        folder.mkdir(parents=True, exist_ok=True)
        netlist = folder / f"{top}_hardened.v"
        netlist.write_text(_head(upset_map, protection) + (work / "hardened.v").read_text())
    document["design"]["sources"] = [netlist.name]
    campaign = folder / "hardened.toml"
    campaign.write_text(f"# {top}, hardened by radtest harden from {upset_map.path.name}.\n\n{tomli_w.dumps(document)}")
    table = folder / "names.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["rtl", "netlist"])
        writer.writerows(
            [f"{name}[{bit}]", " ".join(f"{new}[{at}]" for new, at in places)] for name, bit, places in answer["stored"]
        )
        writer.writerows(sorted(names.items()))
    return HardenedDesign(netlist, campaign, table, tuple(notes))


def _place(upset_map: UpsetMap, row: int) -> tuple[str, int]:
    target, _, bit = upset_map.rows[["target", "word", "bit"]][row].tolist()
    return upset_map.targets[target].name, upset_map.targets[target].lsb + bit


def _design_of(upset_map: UpsetMap) -> tuple[Path, InjectionConfiguration]:
    """Return where the paths of a map's campaign begin, and the campaign."""
    facts = upset_map.facts
    for name in ("campaign_file", "configuration"):
        if not facts.get(name):
            raise ConfigurationError(
                f"{upset_map.path}: does not say from which campaign file it was made ({name} is missing)",
                remedy=_MAP_AGAIN,
            )
    path = Path(str(facts["campaign_file"]))
    configuration, _ = read_injection_configuration(path, str(facts["configuration"]))
    if configuration.design.is_vhdl:
        raise ConfigurationError(
            f"{path}: design.sources = {configuration.design.sources[0]!r}: VHDL, of which no hardened netlist is made",
            remedy="take the list alone (--list-only), or map Verilog made with 'ghdl --synth --out=verilog'.",
        )
    return path, configuration


@contextmanager
def _work_folder(configuration: InjectionConfiguration, campaign_file: Path) -> Iterator[Path]:
    """Yield a folder that holds the data files of the design and goes away in the end."""
    with tempfile.TemporaryDirectory(prefix="radtest_harden_") as name:
        for data_file in configuration.design.data_files:
            source = resolve_source(data_file, campaign_file, "design.data_files")
            shutil.copyfile(source, Path(name) / source.name)
        yield Path(name)


def _head(upset_map: UpsetMap, protection: Protection) -> str:
    counted = " and ".join(outcome.value for outcome in protection.outcomes)
    return (
        f"// Hardened by radtest harden from {upset_map.path.name}.\n"
        f"// {len(protection.rows)} flip-flops are triplicated.\n"
        f"// Of {protection.before} single upsets that came to {counted}, {protection.after} are left, as predicted.\n"
        "// The copies are marked keep: see to it that synthesis does not merge them.\n"
    )


def _campaign(
    upset_map: UpsetMap, configuration: InjectionConfiguration, campaign_file: Path, answer: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return the campaign of the hardened design, and what could not be kept."""
    names: dict[str, str] = answer["names"]
    document = tomllib.loads(str(upset_map.facts["configuration"]))
    design, test, observe, campaign = (document[key] for key in ("design", "test", "observe", "campaign"))
    design.pop("parameters", None)
    design["frontend"] = "verilog"
    test["folder"] = _whole_path(configuration.test.folder, campaign_file)
    for section, keys in ((design, ("includes", "data_files")), (test, ("sources",))):
        for key in keys:
            if section.get(key):
                section[key] = [_whole_path(path, campaign_file) for path in section[key]]

    def renamed(path: str) -> str:
        return _renamed(path, names, campaign_file)

    for key in ("clock", "done"):
        if key in observe:
            observe[key] = renamed(observe[key])
    for key in ("alarms", "corrected"):
        if key in observe:
            observe[key] = [renamed(path) for path in observe[key]]
    for output in observe.get("outputs", ()):
        output.update({key: renamed(output[key]) for key in ("signal", "valid") if key in output})
    section = configuration.campaign
    if section.modules or section.exclude or section.include != ("*",):
        for key in ("modules", "exclude"):
            campaign.pop(key, None)
        campaign["include"] = sorted(_storing(upset_map, answer))
    gone = [key for key in ("strata", "stratum_minimum", "weights") if campaign.pop(key, None) is not None]
    notes = [f"campaign.{key} is left out: the netlist has one module and other names" for key in gone]
    if campaign.get("cluster", {}).get("placement"):
        campaign["cluster"]["placement"] = _whole_path(campaign["cluster"]["placement"], campaign_file)
        notes.append("campaign.cluster.placement places the bits of the RTL, not those of the netlist")
    return document, notes


def _storing(upset_map: UpsetMap, answer: dict[str, Any]) -> set[str]:
    """Return the registers and memories of the netlist that hold what the map has."""
    wanted = {target.name for target in upset_map.targets}
    found = {new for name, _, places in answer["stored"] if name in wanted for new, _ in places}
    return found | {new for name, new in answer["memories"].items() if name in wanted}


def _renamed(path: str, names: Mapping[str, str], campaign_file: Path) -> str:
    if path in names:
        return names[path]
    base = _INDICES.sub("", path)
    if base not in names:
        raise ConfigurationError(
            f"{campaign_file}: observe: {path!r} is no signal of the elaborated design, so that the netlist has none",
            remedy="observe an output of the design, or take the list alone (--list-only).",
        )
    return names[base] + path[len(base) :]


def _observed(configuration: InjectionConfiguration) -> list[str]:
    """Return the signals that are observed, each also without the indices it ends in."""
    observe = configuration.observe
    paths = [observe.clock, observe.done, *observe.alarms, *observe.corrected]
    paths += [path for output in observe.outputs for path in (output.signal, output.valid)]
    return sorted({name for path in paths if path for name in (path, _INDICES.sub("", path))})


def _whole_path(path: str, campaign_file: Path) -> str:
    return path if path.startswith("python:") else str((campaign_file.parent / path).resolve())


def protected_registers(upset_map: UpsetMap, rows: Iterable[int]) -> dict[str, list[int]]:
    """Return rows of a map by the register they belong to, in the order in which they come."""
    registers: dict[str, list[int]] = {}
    for row in rows:
        registers.setdefault(upset_map.targets[int(upset_map.rows["target"][row])].name, []).append(row)
    return registers
