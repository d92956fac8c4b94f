"""What ``radtest rate`` prints: one JSON object, or tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from radtest.analysis.device_configuration import DeviceConfiguration
    from radtest.analysis.device_rate import DeviceRate, EffectRate, Rate
    from radtest.analysis.rate_checks import CrossCheck
    from radtest.analysis.rate_environment import RateEnvironment
    from radtest.core.estimate import Estimate

__all__ = ["device_totals", "effect_fields", "rate_document", "show_rates", "upset_fields"]

_DAYS_PER_YEAR = 365.25
_NAMES = {"sel": "latch-up", "sefi": "functional interrupt", "set": "transient"}
_SOURCES = {"gcr": "galactic cosmic rays", "solar": "solar event", "trapped": "trapped protons"}


def _fields(rate: Rate | None, name: str) -> dict[str, Any]:
    """Return a rate as JSON fields; all of them null where there is none."""
    from radtest.cli.output import modelled_fields

    if rate is None:
        return dict.fromkeys((name, "low", "high", "model_low", "model_high"))
    return modelled_fields(rate, name)


def _parts(rate: EffectRate, unit: str) -> dict[str, Any]:
    return {name: _fields(getattr(rate, name), unit) for name in ("direct", "proton", "total")}


def upset_fields(upset: EffectRate | None) -> dict[str, Any]:
    """Return the rates of upsets per bit as JSON fields: direct, proton, total and the parts by source."""
    from radtest.cli.output import estimate_fields

    if upset is None:
        return {name: _fields(None, "per_bit_day") for name in ("direct", "proton", "total")}
    hydrogen = upset.hydrogen
    return {
        **_parts(upset, "per_bit_day"),
        "proton_direct_ionisation": None if hydrogen is None else estimate_fields(hydrogen, "per_bit_day"),
        "sources": {name: _parts(part, "per_bit_day") for name, part in upset.sources.items()},
    }


def effect_fields(rate: EffectRate) -> dict[str, Any]:
    """Return the rates of an effect of the whole device as JSON fields."""
    return {
        **_parts(rate, "per_device_day"),
        "sources": {source: _parts(part, "per_device_day") for source, part in rate.sources.items()},
        **({} if rate.latched is None else {"latched": _fields(rate.latched, "per_device_day")}),
        "notes": list(rate.notes),
    }


def device_totals(configuration: DeviceConfiguration, rates: DeviceRate) -> dict[str, tuple[EffectRate, float]]:
    """Return each effect of the whole device with the factor that makes its rate one per device."""
    found: dict[str, tuple[EffectRate, float]] = {}
    if rates.upset is not None and configuration.bits is not None:
        found["seu"] = (rates.upset, float(configuration.bits))
    return found | {name: (rate, 1.0) for name, rate in rates.effects.items()}


def _times(rate: EffectRate, factor: float, environment: RateEnvironment) -> dict[str, Any]:
    """Return a rate per day, orbit and year, with a solar event apart from the quiet days."""
    from radtest.analysis.rate_environment import EVENT_DURATION_S

    if rate.total is None:
        return {}
    event = rate.sources.get("solar") if environment.event is not None else None
    quiet = [part.total for name, part in rate.sources.items() if name != "solar" and part.total is not None]
    always = sum(part.value for part in quiet) if event is not None else rate.total.value
    found: dict[str, Any] = {}
    if environment.event is None or event is not None:
        found = {"per_day": always * factor, "per_year": always * factor * _DAYS_PER_YEAR}
        if environment.period_s is not None:
            found["per_orbit"] = always * factor * environment.period_s / 86400.0
        if environment.mission_years is not None:
            found["per_mission"] = found["per_year"] * environment.mission_years
    if environment.event is not None:
        found["event"] = {"name": environment.event, "per_day": rate.total.value * factor}
        seconds = EVENT_DURATION_S.get(environment.event)
        if seconds is not None:
            found["event"] |= {"duration_s": seconds, "events": rate.total.value * factor * seconds / 86400.0}
    return found


def rate_document(
    configuration: DeviceConfiguration,
    rates: DeviceRate,
    environment: RateEnvironment,
    checks: list[CrossCheck],
    notes: list[str],
    confidence: float,
) -> dict[str, Any]:
    """Return the JSON object of ``radtest rate``."""
    upset = rates.upset
    document = upset_fields(upset)
    if upset is not None and upset.total is not None and configuration.bits is not None:
        whole = _fields(upset.total.scaled(configuration.bits), "per_device_day")
        document["device"] = {"bits": configuration.bits, **whole}
    document["effects"] = {name: effect_fields(rate) for name, rate in rates.effects.items()}
    totals = device_totals(configuration, rates)
    document["in_time"] = {name: _times(rate, factor, environment) for name, (rate, factor) in totals.items()}
    if configuration.system is not None:
        devices = configuration.system.devices
        document["system"] = {
            "devices": devices,
            **{
                name: _fields(rate.total.scaled(factor * devices), "per_system_day")
                for name, (rate, factor) in totals.items()
                if rate.total is not None
            },
        }
    document["cross_checks"] = {
        check.name: {
            "per_bit_day": check.per_day,
            "ratio": check.ratio,
            **check.detail,
            "warnings": list(check.warnings),
        }
        for check in checks
    }
    return {**document, "confidence": confidence, "exact_inputs": rates.exact_inputs, "notes": notes}


def _width(estimate: Estimate) -> str:
    """Return the interval for a cell; a dash where everything was given as exact."""
    from radtest.cli.output import interval

    return interval(estimate) if estimate.low < estimate.high else "–"


def show_rates(
    title: str,
    configuration: DeviceConfiguration,
    rates: DeviceRate,
    environment: RateEnvironment,
    checks: list[CrossCheck],
    notes: list[str],
    confidence: float,
) -> None:
    """Print the rates as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("rate", "per day", f"{confidence:.0%} interval", "model", title=title)

    def row(words: str, rate: Rate | None) -> None:
        if rate is not None:
            model = f"{rate.model_low:.2g} … {rate.model_high:.2g}"
            table.add_row(words, f"{rate.value:.4g}", _width(rate.estimate), model)

    upset = rates.upset
    if upset is not None:
        row("direct ionisation, per bit", upset.direct)
        if upset.hydrogen is not None and upset.hydrogen.value > 0:
            table.add_row("  of it by protons", f"{upset.hydrogen.value:.4g}", _width(upset.hydrogen), "")
        row("protons, nuclear, per bit", upset.proton)
        if upset.proton is not None and upset.direct is not None:
            row("total, per bit", upset.total)
        for name, part in upset.sources.items():
            row(f"  of it from {_SOURCES.get(name, name)}", part.total)
        if configuration.bits is not None and upset.total is not None:
            row(f"total, {configuration.bits:,} bits", upset.total.scaled(configuration.bits))
    for name, rate in rates.effects.items():
        words = _NAMES[name]
        row(f"{words}, direct, per device", rate.direct)
        row(f"{words}, protons, nuclear, per device", rate.proton)
        if rate.direct is not None and rate.proton is not None:
            row(f"{words}, total, per device", rate.total)
        row(f"{words}, latched, per device", rate.latched)
        if rate.total is not None and rate.total.geometry is not None:
            low, high = rate.total.geometry
            table.add_row("  bounds of the geometry", f"{low:.4g} … {high:.4g}", "", "")
    if configuration.system is not None:
        for name, (rate, factor) in device_totals(configuration, rates).items():
            if rate.total is not None:
                devices = configuration.system.devices
                row(f"{name}, system of {devices:,} devices", rate.total.scaled(factor * devices))
    console.print(table)
    _show_times(console, configuration, rates, environment)
    if checks:
        crosses = Table("cross-check", "per day", "over the rate", title="By simpler methods")
        for check in checks:
            ratio = "" if check.ratio is None else f"{check.ratio:.3g}"
            crosses.add_row(check.name.replace("_", " "), f"{check.per_day:.4g}", ratio)
        console.print(crosses)
        for warning in dict.fromkeys(text for check in checks for text in check.warnings):
            console.print(f"cross-check: {warning}", markup=False)
    extra = [f"{_NAMES[name]}: {note}" for name, rate in rates.effects.items() for note in rate.notes]
    for note in [*notes, *extra]:
        console.print(f"note: {note}", markup=False)


def _show_times(
    console: Any, configuration: DeviceConfiguration, rates: DeviceRate, environment: RateEnvironment
) -> None:
    for name, (rate, factor) in device_totals(configuration, rates).items():
        times = _times(rate, factor, environment)
        shares = [
            f"{times[key]:.3g} per {key[4:]}"
            for key in ("per_orbit", "per_day", "per_year", "per_mission")
            if key in times
        ]
        if shares:
            quiet = " without the event" if "event" in times else ""
            console.print(f"{name} of the device{quiet}: {', '.join(shares)}", markup=False)
        event = times.get("event")
        if event is not None:
            inside = f", {event['events']:.3g} in its {event['duration_s'] / 3600:.3g} h" if "events" in event else ""
            spelled = event["name"].replace("worst_5min", "worst five minutes").replace("_", " ")
            console.print(
                f"{name} of the device in the {spelled}: {event['per_day']:.3g} per day{inside}", markup=False
            )
