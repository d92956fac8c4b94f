"""VHDL that flips, defines and shows the bits of an object, whatever its type.

Every function returns text. The bits of an object are counted as GHDL's synthesis counts them: the rightmost element of
an array is the lowest, and so is the first element of a record. Bounds may depend on generics, so places are worked
out by the simulation itself, from attributes.
"""

from __future__ import annotations

from radtest.inject.vhdl.types import Array, Bit, Enumeration, Integer, Record, Type

__all__ = ["PACKAGE", "bounds", "define", "defined", "flip", "flipped", "package_source", "show", "size"]

PACKAGE = "radtest_upset"
_P = f"work.{PACKAGE}."

_LOGIC_VECTORS = {"std_ulogic_vector", "unresolved_unsigned", "unresolved_signed"}
_WHOLE_VECTORS = {*_LOGIC_VECTORS, "bit_vector"}
"""Arrays of bits that the package has functions for, so that not every bit costs a call."""


def size(name: str, type_: Type) -> str:
    """Return an expression for the number of bits of an object."""
    match type_:
        case Enumeration():
            return str(type_.width)
        case Integer():
            return f"{_P}width({name}'subtype'low, {name}'subtype'high)"
        case Array(Bit()):
            return f"{name}'length"
        case Array(element):
            return f"({name}'length * {size(_some_element(name), element)})"
        case Record(fields):
            return "(" + " + ".join(size(f"{name}.{field}", inner) for field, inner in fields) + ")"
    return "1"


def flip(name: str, type_: Type, place: str, assign: str = "<=") -> str:
    """Return statements that flip the bit at `place`, an expression, of an object."""
    match type_:
        case Array(element):
            width = size(_some_element(name), element)
            inner = f"{name}({_P}index({name}'left, {name}'right, ({place}) / {width}))"
            return flip(inner, element, "0" if isinstance(element, Bit) else f"({place}) mod {width}", assign)
        case Record(fields):
            parts, low = [], "0"
            for field, inner_type in fields:
                inner = f"{name}.{field}"
                high = f"{low} + {size(inner, inner_type)}"
                parts.append(f"if {place} < {high} then {flip(inner, inner_type, f'{place} - ({low})', assign)}")
                low = high
            return " els".join(parts) + " end if;"
    return f"{name} {assign} {_flipped_scalar(name, type_, place)};"


def flipped(name: str, type_: Type, place: str) -> str | None:
    """Return an expression for the object with one bit flipped; None where there is none."""
    if isinstance(type_, Array):
        return f"{_P}flip({name}, {place})" if type_.base in _WHOLE_VECTORS else None
    return None if isinstance(type_, Record) else _flipped_scalar(name, type_, place)


def defined(name: str, type_: Type) -> str:
    """Return an expression for an object that `flipped` has one for, undefined bits as 0."""
    whole = isinstance(type_, Bit | Array)
    return f"{_P}defined({name})" if whole else name


def _flipped_scalar(name: str, type_: Type, place: str) -> str:
    match type_:
        case Enumeration(values):
            position = f"{name}'subtype'pos({name})"
            return f"{name}'subtype'val({_P}flip({position}, {place}, {type_.width + 1}, 0, {values - 1}))"
        case Integer():
            low, high = f"{name}'subtype'low", f"{name}'subtype'high"
            return f"{_P}flip({name}, {place}, {_P}width({low}, {high}), {low}, {high})"
    return f"{_P}flip({name})"


def define(name: str, type_: Type, assign: str = "<=", depth: int = 0) -> str:
    """Return statements that make undefined bits 0; empty where none can be undefined."""
    match type_:
        case Bit(undefined=True):
            return f"if {_P}undefined({name}) then {name} {assign} {_P}defined({name}); end if;"
        case Array(base=base) if base in _LOGIC_VECTORS:
            return f"if {_P}undefined({name}) then {name} {assign} {_P}defined({name}); end if;"
        case Array(element):
            index = f"radtest_i{depth}"
            inner = define(f"{name}({index})", element, assign, depth + 1)
            return f"for {index} in {name}'range loop {inner} end loop;" if inner else ""
        case Record(fields):
            return " ".join(filter(None, (define(f"{name}.{field}", inner, assign, depth) for field, inner in fields)))
    return ""


def show(name: str, type_: Type, view: str, place: str = "0", depth: int = 0) -> str:
    """Return statements that copy the bits of an object into a vector from `place`, an expression, on."""
    match type_:
        case Enumeration():
            code = f"{_P}code({name}'subtype'pos({name}), {type_.width})"
            return f"{view}({place} + {type_.width - 1} downto {place}) <= {code};"
        case Integer():
            width = size(name, type_)
            return f"{view}({place} + {width} - 1 downto {place}) <= {_P}code({name}, {width});"
        case Array(base=base) if base in _WHOLE_VECTORS:
            return f"{view}({place} + {name}'length - 1 downto {place}) <= {_P}level({name});"
        case Array(element):
            index = f"radtest_i{depth}"
            inner = f"{name}({index})"
            at = f"{place} + {_P}place({name}'left, {name}'right, {index})"
            if not isinstance(element, Bit):
                at += f" * {size(inner, element)}"
            return f"for {index} in {name}'range loop {show(inner, element, view, at, depth + 1)} end loop;"
        case Record(fields):
            parts = []
            for field, inner_type in fields:
                inner = f"{name}.{field}"
                parts.append(show(inner, inner_type, view, place, depth))
                place = f"{place} + {size(inner, inner_type)}"
            return " ".join(parts)
    return f"{view}({place}) <= {_P}level({name});"


def bounds(name: str, type_: Type) -> list[str]:
    """Return expressions for all bounds in a type, in a fixed order: see `radtest.inject.vhdl.layout`."""
    match type_:
        case Integer():
            return [f"{name}'subtype'low", f"{name}'subtype'high"]
        case Array(element):
            return [f"{name}'left", f"{name}'right", *bounds(_some_element(name), element)]
        case Record(fields):
            return [bound for field, inner in fields for bound in bounds(f"{name}.{field}", inner)]
    return []


def _some_element(name: str) -> str:
    return f"{name}({name}'left)"


def package_source(*, probing: bool) -> str:
    """Return the package that the instrumented sources use; `probing` has them report their bounds at time 0."""
    return _PACKAGE_SOURCE.replace("@probing@", str(probing).lower())


_PACKAGE_SOURCE = """-- What radtest's copies of the sources use to flip, define and show stored bits.
library ieee;
use ieee.std_logic_1164.all;
use ieee.numeric_std.all;

package radtest_upset is
  constant probing : boolean := @probing@;
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
"""
