"""What the bench needs to know of a VHDL design. Runs inside the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb

from radtest.core.injection import Target
from radtest.inject.handles import Storage
from radtest.inject.vhdl.access import Access
from radtest.inject.vhdl.netlist_storage import NetlistStorage
from radtest.inject.vhdl.storage import VhdlStorage

__all__ = ["open_vhdl"]


def open_vhdl(design: Any, targets: Sequence[Target], plan: dict[str, Any]) -> tuple[Storage, dict[str, Any]]:
    """Return the stored bits, and the plan with all signals spelled as this simulator spells them.

    GHDL shows every name in lower case, and the Verilog that it makes has the ports of the design as they are declared
    and all else in lower case.
    """
    access = Access.read(Path(plan["vhdl"]))
    if cocotb.SIM_NAME.startswith("GHDL"):
        return VhdlStorage(design, targets, access), plan | {"ports": access.ports}
    names = access.names
    observe = plan["observe"]
    spelled = {
        "ports": [names[name] for name in access.outputs],
        "clock": names.get(plan["clock"], plan["clock"]),
        "observe": {
            "outputs": [{k: names.get(v, v) for k, v in output.items()} for output in observe["outputs"]],
            "alarms": [names.get(name, name) for name in observe["alarms"]],
            "corrected": [names.get(name, name) for name in observe["corrected"]],
        },
    }
    return NetlistStorage(design, targets, access), plan | spelled
