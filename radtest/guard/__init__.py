"""The latch-up guard: a process of its own, which alone speaks to the supply of the device.

`GuardLink` starts it; ``python -m radtest.guard`` is what it starts. It imports neither the record nor the campaign,
so that it is up within half a second and nothing of theirs can hold it up.
"""

from radtest.guard.detector import Cause, Detection, LatchUpDetector, Levels, Patience
from radtest.guard.link import GuardLink, GuardLostError, as_error
from radtest.guard.opening import open_supply
from radtest.guard.outlet import GuardedOutlet, open_outlet
from radtest.guard.plan import GuardedChannel, GuardPlan
from radtest.guard.post_mortem import in_words, read_post_mortem

__all__ = [
    "Cause",
    "Detection",
    "GuardLink",
    "GuardLostError",
    "GuardPlan",
    "GuardedChannel",
    "GuardedOutlet",
    "LatchUpDetector",
    "Levels",
    "Patience",
    "as_error",
    "in_words",
    "open_outlet",
    "open_supply",
    "read_post_mortem",
]
