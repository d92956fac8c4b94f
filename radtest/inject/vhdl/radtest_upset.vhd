-- What radtest's copies of the sources use to flip, define and show stored bits.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package radtest_upset is
  constant probing : boolean := false;
  subtype bits is std_logic_vector;

  function flip (value : std_ulogic) return std_ulogic;
  function flip (value : bit) return bit;
  function flip (value : boolean) return boolean;
  function flip (vector : std_ulogic_vector; place : integer) return std_ulogic_vector;
  function flip (vector : bit_vector; place : integer) return bit_vector;
  function flip (vector : unresolved_unsigned; place : integer) return unresolved_unsigned;
  function flip (vector : unresolved_signed; place : integer) return unresolved_signed;
  -- A value with one bit flipped; unchanged where its type has no such value.
  function flip (value, place, width, low, high : integer) return integer;

  function undefined (value : std_ulogic) return boolean;
  function undefined (vector : std_ulogic_vector) return boolean;
  function undefined (vector : unresolved_unsigned) return boolean;
  function undefined (vector : unresolved_signed) return boolean;
  function defined (value : std_ulogic) return std_ulogic;
  function defined (value : bit) return bit;
  function defined (value : boolean) return boolean;
  function defined (vector : std_ulogic_vector) return std_ulogic_vector;
  function defined (vector : bit_vector) return bit_vector;
  function defined (vector : unresolved_unsigned) return unresolved_unsigned;
  function defined (vector : unresolved_signed) return unresolved_signed;

  -- Where the element with an index is, counted from the right end of an array, and the other way round.
  function place (left, right, index : integer) return integer;
  function index (left, right, place : integer) return integer;

  function width (low, high : integer) return natural;
  function level (value : std_ulogic) return std_ulogic;
  function level (value : bit) return std_ulogic;
  function level (value : boolean) return std_ulogic;
  function level (vector : std_ulogic_vector) return std_ulogic_vector;
  function level (vector : bit_vector) return std_ulogic_vector;
  function level (vector : unresolved_unsigned) return std_ulogic_vector;
  function level (vector : unresolved_signed) return std_ulogic_vector;
  function code (value : integer; width : natural) return std_ulogic_vector;
end package;

package body radtest_upset is
  function flip (value : std_ulogic) return std_ulogic is
  begin
    if value = '1' or value = 'H' then
      return '0';
    end if;
    return '1';
  end function;

  function flip (value : bit) return bit is
  begin
    return not value;
  end function;

  function flip (value : boolean) return boolean is
  begin
    return not value;
  end function;

  function flip (vector : std_ulogic_vector; place : integer) return std_ulogic_vector is
    variable result : std_ulogic_vector(vector'length - 1 downto 0) := vector;
  begin
    if place >= 0 and place < vector'length then
      result(place) := flip(result(place));
    end if;
    return result;
  end function;

  function flip (vector : bit_vector; place : integer) return bit_vector is
    variable result : bit_vector(vector'length - 1 downto 0) := vector;
  begin
    if place >= 0 and place < vector'length then
      result(place) := flip(result(place));
    end if;
    return result;
  end function;

  function flip (vector : unresolved_unsigned; place : integer) return unresolved_unsigned is
  begin
    return unresolved_unsigned(flip(std_ulogic_vector(vector), place));
  end function;

  function flip (vector : unresolved_signed; place : integer) return unresolved_signed is
  begin
    return unresolved_signed(flip(std_ulogic_vector(vector), place));
  end function;

  function flip (value, place, width, low, high : integer) return integer is
    variable weight, result : integer;
    variable is_set : boolean;
  begin
    if place >= 31 then
      -- The sign of a full integer; its weight has no positive counterpart.
      weight := integer'low;
      is_set := value < 0;
    else
      weight := 2 ** place;
      is_set := ((value - value mod weight) / weight) mod 2 = 1;
      if low < 0 and place = width - 1 then
        weight := -weight;
      end if;
    end if;
    if is_set then
      result := value - weight;
    elsif weight > 0 and value > integer'high - weight then
      return value;
    else
      result := value + weight;
    end if;
    if result < low or result > high then
      return value;
    end if;
    return result;
  end function;

  function undefined (value : std_ulogic) return boolean is
  begin
    return is_x(value);
  end function;

  function undefined (vector : std_ulogic_vector) return boolean is
  begin
    return is_x(vector);
  end function;

  function undefined (vector : unresolved_unsigned) return boolean is
  begin
    return is_x(std_ulogic_vector(vector));
  end function;

  function undefined (vector : unresolved_signed) return boolean is
  begin
    return is_x(std_ulogic_vector(vector));
  end function;

  function defined (value : std_ulogic) return std_ulogic is
  begin
    if is_x(value) then
      return '0';
    end if;
    return value;
  end function;

  function defined (value : bit) return bit is
  begin
    return value;
  end function;

  function defined (value : boolean) return boolean is
  begin
    return value;
  end function;

  function defined (vector : std_ulogic_vector) return std_ulogic_vector is
    variable result : std_ulogic_vector(vector'range) := vector;
  begin
    for i in result'range loop
      result(i) := defined(result(i));
    end loop;
    return result;
  end function;

  function defined (vector : bit_vector) return bit_vector is
  begin
    return vector;
  end function;

  function defined (vector : unresolved_unsigned) return unresolved_unsigned is
  begin
    return unresolved_unsigned(defined(std_ulogic_vector(vector)));
  end function;

  function defined (vector : unresolved_signed) return unresolved_signed is
  begin
    return unresolved_signed(defined(std_ulogic_vector(vector)));
  end function;

  function place (left, right, index : integer) return integer is
  begin
    if left <= right then
      return right - index;
    end if;
    return index - right;
  end function;

  function index (left, right, place : integer) return integer is
  begin
    if left <= right then
      return right - place;
    end if;
    return right + place;
  end function;

  function width (low, high : integer) return natural is
    variable most : integer := high;
    variable bits : natural := 0;
  begin
    if low < 0 and -(low + 1) > high then
      most := -(low + 1);
    end if;
    while most > 0 loop
      most := most / 2;
      bits := bits + 1;
    end loop;
    if low < 0 then
      return bits + 1;
    end if;
    return bits;
  end function;

  function level (value : std_ulogic) return std_ulogic is
  begin
    return value;
  end function;

  function level (value : bit) return std_ulogic is
  begin
    if value = '1' then
      return '1';
    end if;
    return '0';
  end function;

  function level (value : boolean) return std_ulogic is
  begin
    if value then
      return '1';
    end if;
    return '0';
  end function;

  function level (vector : std_ulogic_vector) return std_ulogic_vector is
  begin
    return vector;
  end function;

  function level (vector : bit_vector) return std_ulogic_vector is
  begin
    return to_stdulogicvector(vector);
  end function;

  function level (vector : unresolved_unsigned) return std_ulogic_vector is
  begin
    return std_ulogic_vector(vector);
  end function;

  function level (vector : unresolved_signed) return std_ulogic_vector is
  begin
    return std_ulogic_vector(vector);
  end function;

  function code (value : integer; width : natural) return std_ulogic_vector is
    variable rest : integer := value;
    variable result : std_ulogic_vector(width - 1 downto 0);
  begin
    for i in 0 to width - 1 loop
      if rest mod 2 = 1 then
        result(i) := '1';
      else
        result(i) := '0';
      end if;
      rest := (rest - rest mod 2) / 2;
    end loop;
    return result;
  end function;
end package body;
