"""Beam campaigns: run engine, stop rules, latch-up guard.

`run_campaign` is the whole of it; `simulate` starts a station to rehearse on.
"""

from radtest.campaign.bench import Bench, open_bench
from radtest.campaign.campaign import CampaignResult, run_campaign
from radtest.campaign.configuration import BeamCampaignConfiguration
from radtest.campaign.dosimetry import (
    Calibration,
    DeadTime,
    DeadTimeModel,
    Fluence,
    Geometry,
    fluence_at_die,
    manual_fluence,
)
from radtest.campaign.dosimetry_feed import CHIPIR, ColumnMap, FeedRow, parse_row
from radtest.campaign.dosimetry_tail import FeedTail
from radtest.campaign.dosimetry_watch import BeamState, BeamWatch
from radtest.campaign.exposure import Exposure
from radtest.campaign.facility import FacilityConfiguration, read_facility
from radtest.campaign.folder import CampaignFolder
from radtest.campaign.guard import Guard, LatchUpPersistsError
from radtest.campaign.interruption import StopSwitch, operator_stop
from radtest.campaign.observer import CampaignObserver, LatchUpReport, RunProgress, RunResult
from radtest.campaign.planning import PlannedCampaignConfiguration, campaign_with_runs, plan_campaign
from radtest.campaign.run import BeamRun
from radtest.campaign.simulation import SimulatedStation, simulate
from radtest.guard import Cause, Detection, GuardLostError, LatchUpDetector

__all__ = [
    "CHIPIR",
    "BeamCampaignConfiguration",
    "BeamRun",
    "BeamState",
    "BeamWatch",
    "Bench",
    "Calibration",
    "CampaignFolder",
    "CampaignObserver",
    "CampaignResult",
    "Cause",
    "ColumnMap",
    "DeadTime",
    "DeadTimeModel",
    "Detection",
    "Exposure",
    "FacilityConfiguration",
    "FeedRow",
    "FeedTail",
    "Fluence",
    "Geometry",
    "Guard",
    "GuardLostError",
    "LatchUpDetector",
    "LatchUpPersistsError",
    "LatchUpReport",
    "PlannedCampaignConfiguration",
    "RunProgress",
    "RunResult",
    "SimulatedStation",
    "StopSwitch",
    "campaign_with_runs",
    "fluence_at_die",
    "manual_fluence",
    "open_bench",
    "operator_stop",
    "parse_row",
    "plan_campaign",
    "read_facility",
    "run_campaign",
    "simulate",
]
