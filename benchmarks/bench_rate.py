"""How fast rates are: one device from a cached spectrum, and 1,000 devices with 1,000 draws each.

Set against the same integrals by a loop over scipy's `quad`, device by device and draw by draw, of which a sample is
timed. Processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import numpy as np
from scipy.integrate import quad

from radtest.analysis import LetSpectrum, SensitiveVolume, Weibull, effective_flux, read_let_spectrum, upset_rate
from radtest.analysis.rate import EffectiveFlux
from radtest.analysis.rate_many import rates_of_devices

DEVICES, DRAWS, PLAIN = 1000, 1000, 300
SPECTRUM = Path(__file__).parents[1] / "fixtures/spectra/spenvis_let_spectrum.csv"


def plain_rate(row: np.ndarray, flux: EffectiveFlux) -> float:
    """Integrate J(Lc) over the distribution of critical LETs by quad, from threshold to the last ion."""
    sigma_sat, let0, width, shape = row
    log_let = np.log(flux.critical_let_mev_cm2_mg)

    def integrand(critical: float) -> float:
        excess = (critical - let0) / width
        density = shape / width * excess ** (shape - 1.0) * np.exp(-(excess**shape))
        return float(density * np.interp(np.log(critical), log_let, flux.flux_cm2_day))

    return float(sigma_sat * quad(integrand, let0, flux.critical_let_mev_cm2_mg[-1], limit=200)[0])


def sample(rng: np.random.Generator) -> tuple[np.ndarray, list[SensitiveVolume]]:
    """Return draws about 1,000 devices, and their volumes."""
    centre = np.column_stack(
        [
            rng.lognormal(np.log(1e-8), 1.0, DEVICES),
            rng.uniform(0.3, 10.0, DEVICES),
            rng.lognormal(np.log(15.0), 0.5, DEVICES),
            rng.uniform(1.0, 3.0, DEVICES),
        ]
    )
    draws = centre[:, None, :] * rng.lognormal(0.0, 0.1, (DEVICES, DRAWS, 4))
    sides = np.sqrt(centre[:, 0]) * 1e4
    return draws, [SensitiveVolume(float(side), float(side), float(side) / 2.0) for side in sides]


def one_device(spectrum: LetSpectrum, volume: SensitiveVolume) -> float:
    """Return the rate of one device, volume folded anew."""
    return upset_rate(Weibull(1e-8, 0.5, 15.0, 1.5), effective_flux(spectrum, volume))


def main() -> None:
    """Print the figures."""
    spectrum = read_let_spectrum(SPECTRUM)
    draws, volumes = sample(np.random.default_rng(1))
    one_device(spectrum, volumes[0])
    start = time.process_time()
    for volume in volumes[:20]:
        one_device(spectrum, volume)
    print(f"one device from a cached spectrum: {(time.process_time() - start) / 20 * 1e3:.1f} ms (wanted: 20)")
    start = time.process_time()
    rates = rates_of_devices(draws, volumes, spectrum)
    ours = time.process_time() - start
    print(f"{DEVICES} devices x {DRAWS} draws: {ours:.1f} s (wanted: 10)")
    warnings.simplefilter("ignore")  # quad doubts its own last digits
    flux = effective_flux(spectrum, volumes[0])
    start = time.process_time()
    plain = np.array([plain_rate(row, flux) for row in draws[0, :PLAIN]])
    slow = (time.process_time() - start) / PLAIN * DEVICES * DRAWS
    worst = float(np.max(np.abs(rates[0, :PLAIN] / plain - 1.0)))
    print(
        f"a loop over quad, from {PLAIN}: {slow:.0f} s, {slow / ours:.0f} times as long; largest difference {worst:.2%}"
    )


if __name__ == "__main__":
    main()
