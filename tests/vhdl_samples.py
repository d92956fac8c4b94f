"""Designs in VHDL with their cocotb tests and campaign files, for a folder: projects that radtest has never seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w

SHAPES = """
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package shapes_types is
  type Mode_T is (Idle, Run, Halt);                    -- one code has no value
  type quarter_t is (north, east, south, west);
  type point_t is record
    x    : unsigned(2 downto 0);
    seen : std_logic;
    way  : quarter_t;
  end record;
  type points_t is array (natural range <>) of point_t;
  type words_t is array (natural range <>) of std_logic_vector(3 downto 0);
end package;

library ieee;
use ieee.std_logic_1164.all;

entity lane is
  generic (WIDTH : positive);
  port (clk : in std_logic; d : in std_logic_vector(WIDTH - 1 downto 0); q : out std_logic_vector(WIDTH - 1 downto 0));
end entity;

architecture rtl of lane is
begin
  process (clk) begin
    if rising_edge(clk) then q <= d; end if;           -- a port is the register
  end process;
end architecture;

library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;
use work.shapes_types.all;

-- A register of every shape. What they hold, shown one after the other, is the output.
entity shapes is
  generic (LANES : positive := 2; FANCY : boolean := true);
  port (
    clk, rst, load : in  std_logic;
    data           : in  std_logic_vector(7 downto 0);
    pick           : in  std_logic_vector(3 downto 0);
    shown          : out std_logic_vector(7 downto 0)
  );
end entity;

architecture rtl of shapes is
  signal Flag, gated, waited, called, one, other : std_logic;
  signal up       : std_logic_vector(0 to 3);
  signal shifted  : unsigned(6 downto 3);
  signal small    : signed(2 downto 0);
  signal whole    : integer range -4 to 3;
  signal digit    : natural range 0 to 9;
  signal truth    : boolean;
  signal plain    : bit_vector(1 downto 0);
  signal mode     : mode_t;
  signal quarter  : quarter_t;
  signal point    : point_t;
  signal path     : points_t(0 to 1);
  signal ram      : words_t(2 to 5);
  signal store    : words_t(0 to 3);
  signal bits, nibbles : std_logic_vector(3 downto 0);
  signal laned    : std_logic_vector(LANES downto 0);
  signal total    : unsigned(3 downto 0);

  procedure fetch (signal target : out std_logic; value : in std_logic) is
  begin
    target <= value;
  end procedure;
  function level (value : boolean) return std_logic is
  begin
    if value then
      return '1';
    end if;
    return '0';
  end function;
begin
  main : process (clk)
    variable count : unsigned(3 downto 0);
  begin
    if rising_edge(clk) then
      if rst = '1' then
        Flag <= '0'; up <= "0000"; shifted <= "0000"; small <= "000"; whole <= 0; digit <= 0; truth <= false;
        plain <= "00"; mode <= Idle; quarter <= north; path <= (others => ("000", '0', south)); count := "0000";
        point <= (x => "000", seen => '0', way => east);
      elsif load = '1' then
        count := count + 1;
        Flag <= data(0); up <= data(3 downto 0); shifted <= unsigned(data(7 downto 4));
        small <= signed(data(2 downto 0));
        whole <= to_integer(signed(data(4 downto 2))); digit <= to_integer(unsigned(data(2 downto 0)));
        truth <= data(5) = '1'; plain <= to_bitvector(data(6 downto 5));
        if data(1) = '1' then mode <= Run; else mode <= Halt; end if;
        case data(1 downto 0) is
          when "00" => quarter <= north;
          when "01" => quarter <= east;
          when "10" => quarter <= south;
          when others => quarter <= west;
        end case;
        point.x <= unsigned(data(5 downto 3)); point.seen <= data(7); point.way <= quarter;
        path(0) <= point; path(1) <= path(0);
        ram(2 + to_integer(unsigned(data(1 downto 0)))) <= data(5 downto 2);
        store(to_integer(unsigned(data(3 downto 2)))) <= data(3 downto 0);
        fetch(called, data(2));
        (one, other) <= data(4 downto 3);
      end if;
      total <= count;
    end if;
  end process;

  gated <= data(1) when rising_edge(clk);

  process begin
    wait until rising_edge(clk);
    waited <= data(2);
  end process;

  each : for i in bits'range generate
    process (clk) begin
      if rising_edge(clk) and load = '1' then bits(i) <= data(i + 4); end if;
    end process;
  end generate;

  process (clk) begin
    if rising_edge(clk) then nibbles(3 downto 2) <= data(1 downto 0); end if;
  end process;
  process (clk) begin
    if rising_edge(clk) then nibbles(1) <= data(2); nibbles(0) <= data(3); end if;
  end process;

  row : for i in LANES downto 1 generate
    cell : entity work.lane generic map (1) port map (clk, data(i downto i), laned(i downto i));
  end generate;
  wide : entity work.lane generic map (WIDTH => 1) port map (clk => clk, d => data(7 downto 7), q => laned(0 downto 0));

  extra : if FANCY generate
    signal kept : std_logic;
  begin
    process (clk) begin
      if rising_edge(clk) then kept <= data(3) and load; end if;
    end process;
    inner : block
      signal deep : std_logic;
    begin
      process (all) begin
        if rst = '1' then deep <= '0'; elsif rising_edge(clk) then deep <= kept; end if;
      end process;
      with pick select shown <=
        "00" & Flag & gated & waited & called & one & other when x"0",
        up & std_logic_vector(shifted) when x"1",
        std_logic_vector(small) & std_logic_vector(to_signed(whole, 3)) & "00" when x"2",
        std_logic_vector(to_unsigned(digit, 4)) & to_stdlogicvector(plain) & "00" when x"3",
        std_logic_vector(path(1).x) & path(1).seen & std_logic_vector(total) when x"4",
        std_logic_vector(to_unsigned(quarter_t'pos(path(1).way), 4)) & "0000" when x"5",
        ram(2) & ram(3) when x"6",
        ram(4) & ram(5) when x"7",
        bits & nibbles when x"8",
        std_logic_vector(resize(unsigned(laned), 6)) & kept & deep when x"9",
        "0000000" & level(truth) when x"a",
        store(to_integer(unsigned(data(1 downto 0)))) & "000" & level(mode = Run) when others;
    end block;
  else generate
    shown <= (others => '0');
  end generate;
end architecture;
"""

SHAPES_BENCH = """
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge


@cocotb.test()
async def shows_all(dut):
    rng = random.Random(5)
    dut.rst.value = 1
    dut.load.value = 0
    dut.data.value = 0
    dut.pick.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    for _ in range(3):
        await RisingEdge(dut.clk)
    dut.rst.value = 0
    for round_ in range(5):
        for step in range(8):
            dut.load.value = int(round_ < 4 and step < 6)
            dut.data.value = rng.randrange(256)
            await RisingEdge(dut.clk)
        for pick in range(12):
            await FallingEdge(dut.clk)
            dut.pick.value = pick
            await RisingEdge(dut.clk)


@cocotb.test()
async def injects_from_within(dut):
    from radtest.inject import inject_upsets

    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    await inject_upsets(dut, shows_all, clock="clk", registers=["flag"])
"""

KEEPER = """
library ieee;
use ieee.std_logic_1164.all;

-- Keeps a word while keep is high; else it loads the same word again.
entity keeper is
  port (
    clk, keep, ask : in  std_logic;
    data           : in  std_logic_vector(7 downto 0);
    word           : out std_logic_vector(7 downto 0);
    told           : out std_logic
  );
end entity;

architecture rtl of keeper is
  signal kept : std_logic_vector(7 downto 0);
  signal toggle, ended, spinning : std_logic;          -- never reset, and undefined until then
begin
  process (clk) begin
    if rising_edge(clk) then
      if keep = '0' then kept <= data; end if;
      toggle <= not toggle;
      ended <= ended and not ask;
      spinning <= spinning and not ask;
    end if;
  end process;

  -- synthesis translate_off
  process (ended, spinning) begin
    assert ended /= '1' report "the end" severity failure;
    while spinning = '1' loop end loop;
  end process;
  -- synthesis translate_on

  word <= kept;
  told <= ask and toggle and not ended and not spinning;
end architecture;
"""

KEEPER_BENCH = """
import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles


@cocotb.test()
async def keeps(dut):
    dut.keep.value = 0
    dut.ask.value = 0
    dut.data.value = 0x5A
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    await ClockCycles(dut.clk, 3)
    dut.keep.value = 1
    await ClockCycles(dut.clk, 20)
    dut.keep.value = 0
    await ClockCycles(dut.clk, 1)
    dut.keep.value = 1
    await ClockCycles(dut.clk, 20)
    dut.ask.value = 1
    await ClockCycles(dut.clk, 3)
"""


AROUND_KEEPER = """
library ieee;
use ieee.std_logic_1164.all;

-- The keeper with a clock of its own: delays are those of VHDL.
entity around is
  port (keep, ask : in std_logic; told : out std_logic);
end entity;

architecture bench of around is
  signal clk : std_logic := '0';
begin
  clk <= not clk after 5 ns;
  dut : entity work.keeper port map (clk, keep, ask, x"5a", open, told);
end architecture;
"""

AROUND_KEEPER_BENCH = """
import cocotb
from cocotb.triggers import Timer


@cocotb.test()
async def keeps(dut):
    for keep, ask, time_ns in ((0, 0, 32), (1, 0, 200), (0, 0, 10), (1, 0, 200), (1, 1, 30)):
        dut.keep.value = keep
        dut.ask.value = ask
        await Timer(time_ns, "ns")
"""


def write_vhdl_project(
    folder: Path,
    name: str = "shapes",
    *,
    source: str | None = None,
    bench: str | None = None,
    **changes: dict[str, Any],
) -> Path:
    """Write design, bench and campaign file; `changes` holds keys for its tables. Return the campaign file."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = {"shapes": SHAPES, "keeper": KEEPER}
    benches = {"shapes": SHAPES_BENCH, "keeper": KEEPER_BENCH}
    (folder / f"{name}.vhd").write_text(source or sources[name])
    (folder / f"{name}_bench.py").write_text(bench or benches[name])
    outputs = {
        "shapes": [{"signal": "Shown"}],
        "keeper": [{"signal": "word", "valid": "ask"}, {"signal": "told", "valid": "ask"}],
    }
    tables: dict[str, dict[str, Any]] = {
        "design": {"top": name, "sources": [f"{name}.vhd"]},
        "test": {"module": f"{name}_bench", "name": {"shapes": "shows_all", "keeper": "keeps"}[name]},
        "observe": {"clock": "CLK", "outputs": outputs[name]},
        "campaign": {"upsets": 10, "seed": 3},
    }
    for table, keys in changes.items():
        tables[table] |= keys
    path = folder / f"{name}.toml"
    path.write_text(tomli_w.dumps(tables))
    return path
