"""A simulated station: supply, counter, memory under test and beam, sharing one physics.

Run it as a process of its own: ``python -m radtest.instruments.station STATION.toml``. When it is ready it prints one
line of JSON with the ports, the token that entitles to act on the beam, the speed of its clock and its seed. It ends
when its standard input closes.
"""

from radtest.instruments.station.configuration import StationConfiguration
from radtest.instruments.station.world import World

__all__ = ["StationConfiguration", "World"]
