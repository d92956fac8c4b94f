"""What a reader of a payload estimate has to know."""

from __future__ import annotations

from collections.abc import Sequence

from radtest.analysis.payload import Payload
from radtest.analysis.payload_heat import HeatCase
from radtest.analysis.rate_results import DeviceRate

__all__ = ["payload_notes"]

_EFFECTS = {"sel": "latch-up", "sefi": "functional interrupt"}


def payload_notes(payload: Payload, rates: Sequence[DeviceRate], hot: HeatCase) -> tuple[str, ...]:
    """Return the notes of an estimate.

    Parameters
    ----------
    payload : Payload
        What it rests on.
    rates : sequence of DeviceRate
        Rates of one chip in each condition.
    hot : HeatCase
        The hot case.

    Returns
    -------
    tuple of str
        Each once: of the environments, of the rates, of what is not counted, of the heat.
    """
    notes = [note for condition in payload.conditions for note in condition.environment.notes]
    notes.extend(f"upsets: {note}" for rate in rates for note in rate.notes)
    for name, words in _EFFECTS.items():
        if getattr(payload.device, name) is None:
            notes.append(f"no {words} cross section is given: outages are without them.")
        notes.extend(f"{words}: {note}" for rate in rates if name in rate.effects for note in rate.effects[name].notes)
    if payload.device.sefi is not None and payload.recovery.interrupt_s is None:
        notes.append("functional interrupts take as long to mend as hangs: recovery.interrupt_s is not given.")
    if payload.device.set is not None:
        notes.append("transients of the device are not counted: what one does is not known.")
    if payload.device.system is not None and payload.device.system.devices != payload.chips:
        notes.append(
            f"the device file has a system of {payload.device.system.devices} devices; here there are {payload.chips}."
        )
    if hot.shut_down:
        notes.append("the junction reaches its shutdown temperature in the hot case: the payload cannot work there.")
    elif hot.throughput < 1:
        notes.append(f"throttling in the hot case leaves {hot.throughput:.1%} of the throughput.")
    if payload.aging.activation_energy_interval_ev is None:
        notes.append("the activation energy is taken as exact: the interval of the life has no width.")
    return tuple(dict.fromkeys(notes))
