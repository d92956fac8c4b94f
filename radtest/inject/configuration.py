"""The campaign file of `radtest inject`: which design, which test, what to observe, which upsets."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from radtest.core.configuration import ConfigurationModel, parse_configuration, read_configuration
from radtest.core.errors import ConfigurationError
from radtest.core.injection import TargetKind
from radtest.core.outcome import FaultModel
from radtest.inject.fault_configuration import AccumulateSection, ClusterSection
from radtest.inject.languages import check_languages, is_vhdl
from radtest.inject.name_patterns import NamePattern
from radtest.inject.sampling_configuration import SamplingKeys

__all__ = [
    "CampaignSection",
    "DesignSection",
    "InjectionConfiguration",
    "ObserveSection",
    "OutputSignal",
    "TestSection",
    "read_injection_configuration",
    "test_module",
]

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_$]*$")]
Simulator = Literal["icarus", "verilator", "ghdl"]
Strategy = Literal["fork", "restart"]
Frontend = Literal["auto", "verilog", "slang"]
SignalPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_$.\[\]()]*$")]


class DesignSection(ConfigurationModel):
    """``[design]``: the RTL that would become silicon.

    A source is a path relative to the campaign file, or ``python:package/path`` for a file that an installed Python
    package carries; so is a folder for includes.
    """

    top: Identifier
    frontend: Frontend = "auto"
    sources: tuple[str, ...] = Field(min_length=1)
    includes: tuple[str, ...] = ()
    defines: dict[Identifier, str | int | None] = Field(default_factory=dict)
    parameters: dict[Identifier, str | int | bool] = Field(default_factory=dict)
    data_files: tuple[str, ...] = ()

    @property
    def is_vhdl(self) -> bool:
        """Whether the sources are VHDL, by the name of the first one."""
        return is_vhdl(self.sources[0])

    @property
    def yosys_frontend(self) -> Literal["verilog", "slang"]:
        """The frontend that reads the sources: slang where one of them is SystemVerilog by its name."""
        if self.frontend != "auto":
            return self.frontend
        return "slang" if any(source.endswith(".sv") for source in self.sources) else "verilog"


class TestSection(ConfigurationModel):
    """``[test]``: the cocotb test that serves as workload, and the bench around the design.

    `instance` is the path of the design below `toplevel`, empty where they are the same. `folder` is where the module
    lies, relative to the campaign file.
    """

    module: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")]
    name: Identifier
    folder: str = "."
    toplevel: Identifier | None = None
    instance: SignalPath | Literal[""] = ""
    sources: tuple[str, ...] = ()
    build_arguments: dict[Simulator, tuple[str, ...]] = Field(default_factory=dict)
    wall_timeout_s: float = Field(default=600.0, gt=0.0)


class OutputSignal(ConfigurationModel):
    """A functional output: compared while `valid` is high, or at all times where there is no `valid`."""

    signal: SignalPath
    valid: SignalPath | None = None


class ObserveSection(ConfigurationModel):
    """``[observe]``: signals, named below the design."""

    clock: SignalPath
    outputs: tuple[OutputSignal, ...] = ()
    alarms: tuple[SignalPath, ...] = ()
    corrected: tuple[SignalPath, ...] = ()
    done: SignalPath | None = None
    look: Literal["rest", "clock"] = "rest"

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [output.signal for output in self.outputs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"output {name!r} is named {names.count(name)} times; name it once")
        return self


class CampaignSection(SamplingKeys):
    """``[campaign]``: how many upsets, where and when."""

    model: FaultModel = FaultModel.SEU
    set_width_ps: int | None = Field(default=None, ge=1, le=1_000_000_000)
    cluster: ClusterSection | None = None
    accumulate: AccumulateSection | None = None
    kinds: tuple[TargetKind, ...] = (TargetKind.FLIP_FLOP,)
    modules: tuple[NamePattern, ...] = ()
    include: tuple[NamePattern, ...] = Field(default=("*",), min_length=1)
    exclude: tuple[NamePattern, ...] = ()
    first_cycle: int = Field(default=0, ge=0)
    last_cycle: int | None = Field(default=None, ge=0)
    timeout_factor: float = Field(default=2.0, gt=1.0, le=1000.0)
    strategy: Strategy = "fork"
    end_early: bool = True
    wall_timeout_s: float = Field(default=60.0, gt=0.0)

    @model_validator(mode="before")
    @classmethod
    def _hit_nets(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("model") == FaultModel.SET and "kinds" not in data:
            return data | {"kinds": [TargetKind.NET]}
        return data

    @model_validator(mode="after")
    def _fit_to_model(self) -> Self:
        is_set = self.model is FaultModel.SET
        if is_set != (self.set_width_ps is not None):
            raise ValueError("model = 'set' needs set_width_ps, the width of the pulse, and that key model = 'set'")
        if is_set and set(self.kinds) != {TargetKind.NET}:
            raise ValueError("model = 'set' hits nets: leave kinds out, or give kinds = ['net']")
        if TargetKind.NET in self.kinds and self.model in (FaultModel.SEU, FaultModel.MCU):
            raise ValueError(
                f"a net stores nothing that model = {self.model.value!r} could flip; use 'set' or 'stuck0'"
            )
        return self

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.last_cycle is not None and self.last_cycle < self.first_cycle:
            raise ValueError(f"last_cycle ({self.last_cycle}) must not come before first_cycle ({self.first_cycle})")
        return self

    @model_validator(mode="after")
    def _further_bits(self) -> Self:
        if (self.model is FaultModel.MCU) != (self.cluster is not None):
            raise ValueError("model = 'mcu' needs a section [campaign.cluster], and the section that model")
        if self.accumulate is not None and self.model is not FaultModel.SEU:
            raise ValueError(f"[campaign.accumulate] is for model = 'seu', not {self.model.value!r}")
        if self.accumulate is not None and (self.strata is not None or self.weights):
            raise ValueError("[campaign.accumulate] hits all bits alike; it does not go with strata or weights")
        has_chance = self.accumulate is not None or (self.cluster is not None and self.cluster.sizes is not None)
        if has_chance and (self.margin is not None or self.width is not None):
            raise ValueError(
                "margin and width count on the finite number of single upsets; where further bits are drawn by chance "
                "([campaign.accumulate], cluster.sizes) there is none: give upsets or looks"
            )
        return self


class InjectionConfiguration(ConfigurationModel):
    """A whole campaign file."""

    design: DesignSection
    test: TestSection
    observe: ObserveSection
    campaign: CampaignSection

    @property
    def toplevel(self) -> str:
        """Top module of the simulation."""
        return self.test.toplevel or self.design.top


def read_injection_configuration(path: str | Path, text: str | None = None) -> tuple[InjectionConfiguration, str]:
    """Read a campaign file; return the configuration and the text.

    Where `text` is given, it stands for the content of the file; the path then only says where paths in it begin.

    Raises
    ------
    ConfigurationError
        If the file is wrong, or a file it names does not exist.
    """
    path = Path(path)
    if text is None:
        configuration, text = read_configuration(path, InjectionConfiguration)
    else:
        configuration = parse_configuration(text, InjectionConfiguration, str(path))
    for key, sources in (
        ("design.sources", configuration.design.sources),
        ("design.data_files", configuration.design.data_files),
        ("test.sources", configuration.test.sources),
    ):
        for source in sources:
            resolve_source(source, path, key)
    check_languages(configuration, path)
    cluster = configuration.campaign.cluster
    if cluster is not None and cluster.placement is not None:
        resolve_source(cluster.placement, path, "campaign.cluster.placement")
    include_folders(configuration.design, path)
    for argument in configuration.test.build_arguments.get("verilator", ()):
        if argument.startswith("--threads"):
            raise ConfigurationError(
                f"{path}: test.build_arguments.verilator: {argument!r}: a simulation with threads cannot be forked",
                remedy="leave it out; upsets run side by side anyway (--jobs).",
            )
    names = [resolve_source(source, path, "design.data_files").name for source in configuration.design.data_files]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(
                f"{path}: design.data_files: {names.count(name)} files are called {name!r}, and all are copied into "
                "the one folder in which the simulation runs",
                remedy="give them different names.",
            )
    module = test_module(configuration.test, path)
    if not module.is_file():
        raise ConfigurationError(
            f"{path}: test.module = {configuration.test.module!r}: there is no {module}",
            remedy="put the campaign file into the folder of the testbench, or name that in test.folder; and name the "
            "module without '.py'.",
        )
    return configuration, text


def test_module(test: TestSection, campaign_file: Path) -> Path:
    """Return the file of the module of a test."""
    return campaign_file.parent / test.folder / f"{test.module.replace('.', '/')}.py"


def resolve_source(source: str, campaign_file: Path, key: str) -> Path:
    """Return the file that a source names.

    Raises
    ------
    ConfigurationError
        If there is no such file or package; the message names the key.
    """
    resolved, remedy = _located(source, campaign_file, key)
    if not resolved.is_file():
        raise ConfigurationError(f"{campaign_file}: {key} = {source!r}: no such file: {resolved}", remedy=remedy)
    return resolved


def include_folders(design: DesignSection, campaign_file: Path) -> list[Path]:
    """Return the folders for includes of a design.

    Raises
    ------
    ConfigurationError
        If there is no such folder or package.
    """
    key, folders = "design.includes", []
    for folder in design.includes:
        resolved, remedy = _located(folder, campaign_file, key)
        if not resolved.is_dir():
            raise ConfigurationError(f"{campaign_file}: {key} = {folder!r}: no such folder: {resolved}", remedy=remedy)
        folders.append(resolved)
    return folders


def _located(source: str, campaign_file: Path, key: str) -> tuple[Path, str]:
    """Return where a file or folder should be, and what to do if it is not there."""
    if not source.startswith("python:"):
        return (campaign_file.parent / source).resolve(), "paths are relative to the campaign file."
    package, _, inside = source.removeprefix("python:").partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            f"{campaign_file}: {key} = {source!r}: the Python package {package!r} is not installed",
            remedy=f"pip install {package.replace('_', '-')}",
        )
    resolved = Path(next(iter(spec.submodule_search_locations))) / inside
    return resolved, f"look for it below {resolved.parent}."
