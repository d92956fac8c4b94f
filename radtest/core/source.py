"""What made the upsets of a run: a beam, or a simulation of the design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from radtest.core.outcome import SourceKind

__all__ = ["Beam", "Simulation", "Source"]


@dataclass(frozen=True, slots=True)
class Beam:
    """A particle beam at the device.

    Parameters
    ----------
    particle : str
        Element symbol of the ion, ``p`` for protons, ``n`` for neutrons.
    mass_number : int
        Mass number of the ion.
    energy_mev : float
        Total kinetic energy at the die, MeV.
    let_mev_cm2_mg : float
        LET in silicon at the surface of the die, MeV·cm²/mg, at normal incidence.
    range_um : float, optional
        Range in silicon, µm.
    let_source : str
        Where the LET comes from: the facility's table or the code that computed it.
    tilt_deg, roll_deg : float
        Angles of incidence, degrees.
    flux_cm2_s : float, optional
        Requested flux, cm⁻² s⁻¹.
    """

    kind: ClassVar[SourceKind] = SourceKind.BEAM

    particle: str
    mass_number: int
    energy_mev: float
    let_mev_cm2_mg: float
    range_um: float | None = None
    let_source: str = ""
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    flux_cm2_s: float | None = None


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulation of the design into which upsets are injected.

    Parameters
    ----------
    simulator, simulator_version : str
        Simulator and its version.
    top : str
        Top module.
    design_sha256 : str
        SHA-256 over the sources of the design and its parameters.
    test : str
        ``module.test`` of the cocotb test that served as workload.
    seed : int
        Seed of the list of upsets.
    clock_period_ps : int
        Period of the clock that counts cycles, ps.
    golden_cycles : int
        Length of the undisturbed run, cycles.
    strategy : str
        ``fork`` or ``restart``.
    overrides : str
        JSON object of the keys of the campaign file that were given otherwise, such as ``{"upsets": 100}``.
    bench_sha256 : str
        SHA-256 over the module of the test and the sources of its bench.
    golden_sha256 : str
        SHA-256 over the undisturbed run: all that upsets are compared with.
    sampling : str
        JSON object that says how the upsets were drawn: the sampling design, with the SHA-256 of the list.
    """

    kind: ClassVar[SourceKind] = SourceKind.RTL

    simulator: str
    simulator_version: str
    top: str
    design_sha256: str
    test: str
    seed: int
    clock_period_ps: int
    golden_cycles: int
    strategy: str = "fork"
    overrides: str = ""
    bench_sha256: str = ""
    golden_sha256: str = ""
    sampling: str = ""


Source = Beam | Simulation
