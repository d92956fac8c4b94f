-- Housekeeping telemetry of a payload. At each request it reads the four channels of a serial converter, one after the
-- other, and sends a frame: a word for each sample, and one with the number of the frame and the sum of its samples.
--
-- HARDENED = true keeps all registers three times. They are one record; its three copies are voted element by element,
-- and all load what follows from the vote: an upset of one copy is gone with the next edge, before a second can join it.
-- upset_seen is high while the copies differ.
--
-- The state is an enumeration. Its four values fill its two bits, so that no upset leads out of it.
--
-- Known hole: two upsets of the same bit in two copies at one time, as one particle makes them where the copies lie side
-- by side, win the vote. And one voter serves all three copies.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

entity hk_telemetry is
  generic (HARDENED : boolean := true);
  port (
    clk        : in  std_logic;
    reset      : in  std_logic;
    request    : in  std_logic;
    adc_cs_n   : out std_logic;
    adc_sclk   : out std_logic;
    adc_miso   : in  std_logic;
    tm_valid   : out std_logic;
    tm_last    : out std_logic;
    tm_word    : out std_logic_vector(15 downto 0);
    upset_seen : out std_logic
  );
end entity;

architecture rtl of hk_telemetry is
  constant BITS : positive := 12;

  type state_t is (Idle, Acquire, Shift, Send);

  type registers_t is record
    state     : state_t;
    channel   : unsigned(1 downto 0);
    bit_count : unsigned(3 downto 0);
    sclk      : std_logic;
    last      : std_logic;
    sample    : std_logic_vector(BITS - 1 downto 0);
    checksum  : unsigned(BITS - 1 downto 0);
    frame     : unsigned(3 downto 0);
  end record;

  constant RESET_VALUES : registers_t := (
    state => Idle, channel => "00", bit_count => "0000", sclk => '0', last => '0', sample => (others => '0'),
    checksum => (others => '0'), frame => "0000");

  signal r, following : registers_t;
begin
  registers : if HARDENED generate
    signal copy_a, copy_b, copy_c : registers_t;

    function vote (a, b, c : std_logic_vector) return std_logic_vector is
    begin
      return (a and b) or (a and c) or (b and c);
    end function;

    function vote (a, b, c : unsigned) return unsigned is
    begin
      return (a and b) or (a and c) or (b and c);
    end function;

    function vote (a, b, c : registers_t) return registers_t is
      variable result : registers_t := a;
    begin
      -- Where two agree, they are right; a third value cannot be voted bit by bit.
      if b.state = c.state then
        result.state := b.state;
      end if;
      result.channel := vote(a.channel, b.channel, c.channel);
      result.bit_count := vote(a.bit_count, b.bit_count, c.bit_count);
      result.sclk := (a.sclk and b.sclk) or (a.sclk and c.sclk) or (b.sclk and c.sclk);
      result.last := (a.last and b.last) or (a.last and c.last) or (b.last and c.last);
      result.sample := vote(a.sample, b.sample, c.sample);
      result.checksum := vote(a.checksum, b.checksum, c.checksum);
      result.frame := vote(a.frame, b.frame, c.frame);
      return result;
    end function;
  begin
    copies : process (clk)
    begin
      if rising_edge(clk) then
        copy_a <= following;
        copy_b <= following;
        copy_c <= following;
      end if;
    end process;

    r <= vote(copy_a, copy_b, copy_c);
    upset_seen <= '1' when copy_a /= copy_b or copy_a /= copy_c else '0';
  else generate
    process (clk)
    begin
      if rising_edge(clk) then
        r <= following;
      end if;
    end process;

    upset_seen <= '0';
  end generate;

  advance : process (r, reset, request, adc_miso)
    variable v : registers_t;
  begin
    v := r;
    case r.state is
      when Idle =>
        v.channel := "00";
        v.checksum := (others => '0');
        if request = '1' then
          v.state := Acquire;
        end if;
      when Acquire =>
        v.bit_count := "0000";
        v.state := Shift;
      when Shift =>
        v.sclk := not r.sclk;
        if r.sclk = '0' then
          v.sample := r.sample(BITS - 2 downto 0) & adc_miso;
          v.bit_count := r.bit_count + 1;
        elsif r.bit_count = BITS then
          v.checksum := r.checksum + unsigned(r.sample);
          v.state := Send;
        end if;
      when Send =>
        if r.last = '1' then
          v.last := '0';
          v.frame := r.frame + 1;
          v.state := Idle;
        elsif r.channel = 3 then
          v.last := '1';
        else
          v.channel := r.channel + 1;
          v.state := Acquire;
        end if;
    end case;
    if reset = '1' then
      v := RESET_VALUES;
    end if;
    following <= v;
  end process;

  adc_cs_n <= '0' when r.state = Acquire or r.state = Shift else '1';
  adc_sclk <= r.sclk;
  tm_valid <= '1' when r.state = Send else '0';
  tm_last <= r.last;
  tm_word <= std_logic_vector(r.frame) & std_logic_vector(r.checksum) when r.last = '1'
             else "00" & std_logic_vector(r.channel) & r.sample;
end architecture;
