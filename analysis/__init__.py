"""From counts to cross sections, rates and payloads: pure functions of arrays and value types.

The models of the payload, device and orbit files are in `radtest.analysis.device_configuration`,
`radtest.analysis.payload_configuration` and `radtest.analysis.orbit_configuration`, kept apart because pydantic is slow
to import; so is what is computed from them: `radtest.analysis.environment`, `radtest.analysis.environment_along_orbit`,
`radtest.analysis.device_rate`, `radtest.analysis.rate_along_orbit`.
"""

from radtest.analysis.beam_at_die import BeamAtDie, IonBeam, beam_at_die
from radtest.analysis.beam_plan import BeamPlan, Changeover, PlanConditions, PlannedRun, RunRequest, StopRules
from radtest.analysis.beam_planning import plan_beam_time
from radtest.analysis.bootstrap import Bootstrap, bootstrap_curve
from radtest.analysis.chord import chord_length_exceedance, sample_chord_lengths
from radtest.analysis.clusters import AdjacencyMap, UpsetClusters, accidental_pairs, cluster_upsets
from radtest.analysis.comparison import CurveComparison, LikelihoodRatioTest, compare_cross_sections
from radtest.analysis.counting import (
    clopper_pearson,
    cross_section,
    leveugle_sample_size,
    poisson_limits,
    poisson_lower,
    poisson_upper,
    proportion,
    sample_size_for_width,
    wilson,
)
from radtest.analysis.draws import Draws
from radtest.analysis.form_fit import FormFit, Influence, compare_forms, fit_form, point_influence
from radtest.analysis.homogeneity import GroupShare, HomogeneityTest, StratumTest, homogeneity_of, homogeneity_test
from radtest.analysis.ion import ELEMENTS, Ion, most_abundant_mass_number, parse_ion
from radtest.analysis.lifetime import BOLTZMANN_EV_K, arrhenius_acceleration
from radtest.analysis.limit_fit import LimitFit, fit_or_limits
from radtest.analysis.material import MATERIALS, Layer, Material, material_named, parse_layers
from radtest.analysis.payload import Aging, Payload, PayloadEstimate, Proportion, Recovery, estimate_payload
from radtest.analysis.payload_heat import Chip, HeatCase, Throttle, heat_cases, solve_heat
from radtest.analysis.plan_statistics import (
    RAD_PER_MEV_MG,
    events_for_precision,
    ionising_dose_rad,
    poisson_precision,
)
from radtest.analysis.plan_warnings import ESCC_25100_FLUX_CM2_S
from radtest.analysis.points import check_points, effective_beam, point_suspicions, read_points
from radtest.analysis.rate import (
    EffectiveFlux,
    SensitiveVolume,
    effective_flux,
    isotropic_flux,
    rate_estimate,
    thin_layer_flux,
    upset_rate,
    upset_rates,
)
from radtest.analysis.rate_many import rates_of_devices, rates_of_draws
from radtest.analysis.rate_ratio import rate_ratio
from radtest.analysis.ratio import proportion_ratio, ratio_of_estimates
from radtest.analysis.sequential import DeclaredLooks, pocock_critical_value
from radtest.analysis.spectrum import SPHERE_DAY_PER_CM2, LetSpectrum, read_let_spectrum
from radtest.analysis.stopping import (
    Crossing,
    Stopping,
    StoppingTable,
    energy_suspicion,
    let_source,
    stopping,
    stopping_table,
)
from radtest.analysis.stratified import (
    neyman_allocation,
    proportional_allocation,
    proportional_sequence,
    stratified_proportion,
)
from radtest.analysis.thermal import (
    ALBEDO,
    EARTH_INFRARED_W_M2,
    EARTH_RADIUS_KM,
    SOLAR_W_M2,
    STEFAN_BOLTZMANN,
    AbsorbedHeat,
    Orbit,
    Radiator,
    absorbed_heat,
    earth_view_factor,
    eclipse_fraction,
    emitted_w,
    equilibrium_temperature_k,
    junction_temperature_k,
)
from radtest.analysis.weibull import Weibull, weibull_cross_section, weibull_fraction
from radtest.analysis.weibull_fit import Band, WeibullFit, fit_weibull
from radtest.analysis.weighted_total import weighted_total

__all__ = [
    "ALBEDO",
    "BOLTZMANN_EV_K",
    "EARTH_INFRARED_W_M2",
    "EARTH_RADIUS_KM",
    "ELEMENTS",
    "ESCC_25100_FLUX_CM2_S",
    "MATERIALS",
    "RAD_PER_MEV_MG",
    "SOLAR_W_M2",
    "SPHERE_DAY_PER_CM2",
    "STEFAN_BOLTZMANN",
    "AbsorbedHeat",
    "AdjacencyMap",
    "Aging",
    "Band",
    "BeamAtDie",
    "BeamPlan",
    "Bootstrap",
    "Changeover",
    "Chip",
    "Crossing",
    "CurveComparison",
    "DeclaredLooks",
    "Draws",
    "EffectiveFlux",
    "FormFit",
    "GroupShare",
    "HeatCase",
    "HomogeneityTest",
    "Influence",
    "Ion",
    "IonBeam",
    "Layer",
    "LetSpectrum",
    "LikelihoodRatioTest",
    "LimitFit",
    "Material",
    "Orbit",
    "Payload",
    "PayloadEstimate",
    "PlanConditions",
    "PlannedRun",
    "Proportion",
    "Radiator",
    "Recovery",
    "RunRequest",
    "SensitiveVolume",
    "StopRules",
    "Stopping",
    "StoppingTable",
    "StratumTest",
    "Throttle",
    "UpsetClusters",
    "Weibull",
    "WeibullFit",
    "absorbed_heat",
    "accidental_pairs",
    "arrhenius_acceleration",
    "beam_at_die",
    "bootstrap_curve",
    "check_points",
    "chord_length_exceedance",
    "clopper_pearson",
    "cluster_upsets",
    "compare_cross_sections",
    "compare_forms",
    "cross_section",
    "earth_view_factor",
    "eclipse_fraction",
    "effective_beam",
    "effective_flux",
    "emitted_w",
    "energy_suspicion",
    "equilibrium_temperature_k",
    "estimate_payload",
    "events_for_precision",
    "fit_form",
    "fit_or_limits",
    "fit_weibull",
    "heat_cases",
    "homogeneity_of",
    "homogeneity_test",
    "ionising_dose_rad",
    "isotropic_flux",
    "junction_temperature_k",
    "let_source",
    "leveugle_sample_size",
    "material_named",
    "most_abundant_mass_number",
    "neyman_allocation",
    "parse_ion",
    "parse_layers",
    "plan_beam_time",
    "pocock_critical_value",
    "point_influence",
    "point_suspicions",
    "poisson_limits",
    "poisson_lower",
    "poisson_precision",
    "poisson_upper",
    "proportion",
    "proportion_ratio",
    "proportional_allocation",
    "proportional_sequence",
    "rate_estimate",
    "rate_ratio",
    "rates_of_devices",
    "rates_of_draws",
    "ratio_of_estimates",
    "read_let_spectrum",
    "read_points",
    "sample_chord_lengths",
    "sample_size_for_width",
    "solve_heat",
    "stopping",
    "stopping_table",
    "stratified_proportion",
    "thin_layer_flux",
    "upset_rate",
    "upset_rates",
    "weibull_cross_section",
    "weibull_fraction",
    "weighted_total",
    "wilson",
]
