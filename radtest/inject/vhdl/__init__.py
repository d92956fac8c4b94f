"""Designs in VHDL: their registers from GHDL's synthesis, and copies of their sources in which a bit can be flipped.

GHDL 2.0 turns whatever cocotb deposits on a driven signal into a force that nothing ends, knows no release, and shows
neither arrays of vectors nor records. An upset made that way would be a stuck bit. So the flip is made where VHDL wants
every assignment of a register to be made: in the process that drives it. The modules here find these processes, and
write copies of the sources in which they listen to radtest too.

Nothing is imported here, since `storage` runs inside the simulator and the rest does not.
"""

__all__: list[str] = []
