"""The roles of a campaign file: which instrument plays which, and where it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from radtest.campaign.dosimetry_feed import CHIPIR, ColumnMap
from radtest.core.configuration import ConfigurationModel

__all__ = [
    "BeamRole",
    "CounterRole",
    "FeedColumnsModel",
    "FeedRole",
    "MemoryRole",
    "OutletRole",
    "ReportingRole",
    "RolesModel",
    "SupplyRole",
]

Column = Annotated[int, Field(ge=0, le=999)]


class _Role(ConfigurationModel):
    """Where an instrument is, and how long it may take to answer, s of real time."""

    address: Annotated[str, Field(min_length=1)]
    timeout_s: Annotated[float, Field(ge=0.05, le=600)] = 2.0


class SupplyRole(_Role):
    """The power supply: driver and VISA address."""

    driver: Literal[
        "keithley-2230",
        "keithley-2260b",
        "keithley-2400",
        "keithley-2450",
        "keithley-2600",
        "keysight-e36300",
        "keysight-n6700",
        "rigol-dp800",
        "rohde-schwarz-hmc804x",
        "rohde-schwarz-hmp",
        "rohde-schwarz-nge100",
        "tti-ql",
    ]


class CounterRole(_Role):
    """The dosimetry counter: driver and VISA address."""

    driver: Literal["keysight-53230a"]


class MemoryRole(_Role):
    """The memory tester: driver and VISA address."""

    driver: Literal["memory-tester"]


class FeedColumnsModel(ConfigurationModel):
    """Which column of a facility's text file is what, from 0; otherwise as `ColumnMap`. Times are UTC."""

    counts: Column
    columns: Annotated[int, Field(ge=1, le=1000)]
    date: Column = 0
    time: Column | None = None
    fraction: Column | None = None
    time_format: str = "%Y-%m-%d %H:%M:%S"
    separator: str = ""
    comment: str = "#"

    @model_validator(mode="after")
    def _check(self) -> FeedColumnsModel:
        named = {"counts": self.counts, "date": self.date, "time": self.time, "fraction": self.fraction}
        for name, place in named.items():
            if place is not None and place >= self.columns:
                raise ValueError(f"{name} is column {place}; legal is 0 to {self.columns - 1}, by columns")
        return self


class FeedRole(_Role):
    """A text file into which the facility writes its counter; `address` is the path of the file.

    `format` says whose file it is; with ``columns``, `map` says what its columns are. `cumulative` is whether a row
    holds all counts so far, or those since the row before. Without a new row for `stale_s` the feed is lost.
    """

    driver: Literal["text-feed"]
    format: Literal["chipir", "columns"] = "columns"
    counter: Literal["diamond_40mv", "diamond_20mv", "diamond_30mv", "fission"] = "fission"
    map: FeedColumnsModel | None = None
    cumulative: bool = True
    stale_s: Annotated[float, Field(ge=1, le=3600)] = 10.0

    @model_validator(mode="after")
    def _check(self) -> FeedRole:
        if (self.format == "columns") != (self.map is not None):
            raise ValueError('format = "columns" needs map = { counts = ..., columns = ... }, and no other takes one')
        return self

    @property
    def column_map(self) -> tuple[ColumnMap, str]:
        """How rows are read, and which value of a row is the counter."""
        if self.map is None:
            return CHIPIR, self.counter
        plain = self.map.model_dump(exclude={"counts"})
        return ColumnMap(values={"counts": self.map.counts}, **plain), "counts"


class ReportingRole(_Role):
    """A device that reports by itself, in the DUT protocol: ``serial:PATH[:BAUD]``, ``tcp:HOST:PORT``, ``listen:PORT``.

    Without a line for `silence_s` it has fallen silent; after power it may take `boot_s` to be ready. Both are times of
    the campaign. `host` is the address of this computer that ``listen`` waits at.
    """

    driver: Literal["dut-protocol"]
    silence_s: Annotated[float, Field(ge=0.5, le=3600)] = 3.0
    boot_s: Annotated[float, Field(ge=1, le=3600)] = 60.0
    host: str = "127.0.0.1"


class BeamRole(_Role):
    """The beam control: driver, VISA address, and the environment variable that holds its token.

    The token itself does not belong into the file, because the file becomes part of every record.
    """

    driver: Literal["beam-line"]
    token_variable: str = "RADTEST_BEAM_TOKEN"  # noqa: S105 (the name of a variable)


class OutletRole(_Role):
    """The mains outlet that feeds the supply, with the environment variable that holds the password of the strip.

    The guard switches it off where the supply does not switch the device off.
    """

    driver: Literal["netio-kshell"]
    number: Annotated[int, Field(ge=1, le=64)]
    user: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] = "admin"
    password_variable: str = "RADTEST_OUTLET_PASSWORD"  # noqa: S105 (the name of a variable)


class RolesModel(ConfigurationModel):
    """Which instrument plays which role.

    An address may be ``serial:<serial number>``: the instrument is then looked for on USB and at the `candidates`.
    """

    candidates: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    supply: SupplyRole
    counter: Annotated[CounterRole | FeedRole, Field(discriminator="driver")]
    dut: Annotated[MemoryRole | ReportingRole, Field(discriminator="driver")]
    beam: BeamRole
    outlet: OutletRole | None = None
