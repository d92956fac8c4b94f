"""Beam campaigns: run engine, stop rules, latch-up guard.

`run_campaign` is the whole of it; `simulate` starts a station to rehearse on.
"""

from radtest.campaign.bench import Bench, open_bench
from radtest.campaign.campaign import CampaignResult, run_campaign
from radtest.campaign.configuration import BeamCampaignConfiguration
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
    "BeamCampaignConfiguration",
    "BeamRun",
    "Bench",
    "CampaignFolder",
    "CampaignObserver",
    "CampaignResult",
    "Cause",
    "Detection",
    "Exposure",
    "FacilityConfiguration",
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
    "open_bench",
    "operator_stop",
    "plan_campaign",
    "read_facility",
    "run_campaign",
    "simulate",
]
