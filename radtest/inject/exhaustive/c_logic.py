"""The logic of a design as straight-line C over vectors, one bit of each of many machines.

It is written twice: once for bits that are known, and once for bits that may be unknown, each of which is two: whether
it can be 1 and whether it can be 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, Protocol

from radtest.inject.exhaustive.gate_netlist import GateNetlist, Pulse

__all__ = ["c_sources"]

_STATEMENTS_A_PART = 1000
"""A compiler takes more than twice as long for a function twice as long."""


_Constants = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement: the nets it defines, those it uses, and its text, in which ``{number}`` stands for a net."""

    defined: Sequence[int]
    used: Sequence[int]
    text: str


class _Dialect(Protocol):
    """How the values of nets are written."""

    name: str
    data: str
    variables: tuple[str, ...]
    constants: _Constants

    def gate(self, kind: str, output: int, inputs: Sequence[int]) -> str: ...
    def stored(self, net: int, number: int) -> str: ...
    def reset(self, net: int, reset: int, level: int, value: int, struck: int) -> str: ...
    def shown_later(self, net: int, taken: int, number: int, struck: int) -> str: ...
    def held(self, net: int, d: int, enable: int, level: int) -> str: ...
    def keep(self, net: int, number: int, group: int) -> str: ...
    def given(self, net: int, place: int | None) -> str: ...
    def read(self, number: int, width: int, address: Sequence[int], data: Sequence[int]) -> str: ...
    def write(self, number: int, enable: Sequence[int], address: Sequence[int], data: Sequence[int]) -> str: ...
    def shown(self, net: int, place: int) -> str: ...
    def next(self, net: int, number: int, reset: tuple[int, int, int] | None) -> str: ...


class _Known:
    """Bits that are known: one vector for each net."""

    name = "logic"
    data = "cycle"
    variables: tuple[str, ...] = ("",)
    constants: _Constants = (("spread(0)",), ("spread(~0ull)",))
    _FORMS: ClassVar = {
        "and": "{0} & {1}",
        "or": "{0} | {1}",
        "xor": "{0} ^ {1}",
        "andnot": "{0} & ~{1}",
        "not": "~{0}",
        "mux": "({0} & ~{2}) | ({1} & {2})",
        "pulse": "{0}",
    }

    def __init__(self, held_level: int | None = None) -> None:
        self._strike = {None: "^ {}", 0: "& ~{}", 1: "| {}"}[held_level]

    def gate(self, kind: str, output: int, inputs: Sequence[int]) -> str:
        return f"{_ref(output)} = {self._FORMS[kind].format(*map(_ref, inputs))};"

    def stored(self, net: int, number: int) -> str:
        return f"{_ref(net)} = c->wrong[{number}] ^ spread(c->golden[{number}]);"

    def reset(self, net: int, reset: int, level: int, value: int, struck: int) -> str:
        forced = _forced(_ref(net), _ref(reset), level, value)
        strike = self._strike.format(f"c->struck[{struck}]")
        return f" {_ref(net)} = ({forced}) {strike}; if (c->effective) c->effective[{struck}] = {_ref(net)};"

    def shown_later(self, net: int, taken: int, number: int, struck: int) -> str:
        golden, strike = f"spread(c->next[{number}])", self._strike.format(f"c->struck[{struck}]")
        return f"{_ref(net)} = ((c->fresh & {golden}) | (~c->fresh & {_ref(taken)})) {strike};"

    def held(self, net: int, d: int, enable: int, level: int) -> str:
        opens, closes = (_ref(enable), f"~{_ref(enable)}") if level else (f"~{_ref(enable)}", _ref(enable))
        return f" {_ref(net)} = ({_ref(d)} & {opens}) | ({_ref(net)} & {closes});"

    def keep(self, net: int, number: int, group: int) -> str:
        return f"x = {_ref(net)} ^ spread(c->next[{number}]); c->next_wrong[{number}] = x; c->held[{group}] |= x;"

    def given(self, net: int, place: int | None) -> str:
        return f"{_ref(net)} = " + ("spread(0);" if place is None else f"spread(c->input[{place}]);")

    def read(self, number: int, width: int, address: Sequence[int], data: Sequence[int]) -> str:
        taken = " ".join(f"{_ref(net)} = d[{data.index(net)}];" for net in dict.fromkeys(data) if net > 1)
        return f"{{ vec d[{width}], a[] = {_list(address)}; radtest_read(m, {number}, a, d); {taken} }}"

    def write(self, number: int, enable: Sequence[int], address: Sequence[int], data: Sequence[int]) -> str:
        lists = f"vec e[] = {_list(enable)}, a[] = {_list(address)}, d[] = {_list(data)};"
        return f"{{ {lists} radtest_write(m, {number}, e, a, d); }}"

    def shown(self, net: int, place: int) -> str:
        return f"c->shown[{place}] = {_ref(net)};"

    def next(self, net: int, number: int, reset: tuple[int, int, int] | None) -> str:
        value = _ref(net) if reset is None else _forced(_ref(net), _ref(reset[0]), *reset[1:])
        return (
            f"x = ({value}) ^ spread(c->next[{number}]); c->next_wrong[{number}] = x;"
            " c->two |= c->one & x; c->one |= x;"
        )


class _Pulsed(_Known):
    """The same while transients invert some nets."""

    name = "pulsed"

    def __init__(self, pulses: Sequence[Pulse]) -> None:
        super().__init__()
        self._place = {pulse.net: place for place, pulse in enumerate(pulses)}

    def gate(self, kind: str, output: int, inputs: Sequence[int]) -> str:
        if kind != "pulse" or output not in self._place:
            return super().gate(kind, output, inputs)
        return f"{_ref(output)} = {_ref(inputs[0])} ^ c->pulse[{self._place[output]}];"


class _Unknown:
    """Bits that may be unknown: for each net whether it can be 1 (``h``) and whether it can be 0 (``l``)."""

    name = "possible"
    data = "doubt"
    variables: tuple[str, ...] = ("h", "l")
    constants: _Constants = (("spread(0)", "spread(~0ull)"), ("spread(~0ull)", "spread(0)"))
    _FORMS: ClassVar = {
        "and": ("{0}h & {1}h", "{0}l | {1}l"),
        "or": ("{0}h | {1}h", "{0}l & {1}l"),
        "xor": ("({0}h & {1}l) | ({0}l & {1}h)", "({0}h & {1}h) | ({0}l & {1}l)"),
        "andnot": ("{0}h & {1}l", "{0}l | {1}h"),
        "not": ("{0}l", "{0}h"),
        "mux": ("({0}h & {2}l) | ({1}h & {2}h)", "({0}l & {2}l) | ({1}l & {2}h)"),
        "pulse": ("{0}h", "{0}l"),
    }

    def gate(self, kind: str, output: int, inputs: Sequence[int]) -> str:
        forms = (_with_suffix(form, inputs) for form in self._FORMS[kind])
        return " ".join(f"{_ref(output, v)} = {form};" for v, form in zip(self.variables, forms, strict=True))

    def stored(self, net: int, number: int) -> str:
        value = f"c->wrong[{number}] ^ spread(c->golden[{number}])"
        unknown = f"c->unknown[{number}]"
        return f"x = {value}; {_ref(net, 'h')} = x | {unknown}; {_ref(net, 'l')} = ~x | {unknown};"

    def reset(self, net: int, reset: int, level: int, value: int, struck: int) -> str:  # noqa: ARG002 (as the other)
        high, low = self._forced(net, (reset, level, value))
        return f" {{ vec h = {high}, l = {low}; {_ref(net, 'h')} = h; {_ref(net, 'l')} = l; }}"

    def shown_later(self, net: int, taken: int, number: int, struck: int) -> str:  # noqa: ARG002 (as the other)
        return " ".join(f"{_ref(net, v)} = {_ref(taken, v)};" for v in self.variables)

    def held(self, net: int, d: int, enable: int, level: int) -> str:
        opens, closes = ("h", "l") if level else ("l", "h")
        high, low = (
            f"({_ref(net, v)} & {_ref(enable, closes)}) | ({_ref(d, v)} & {_ref(enable, opens)})"
            for v in self.variables
        )
        return f" {{ vec h = {high}, l = {low}; {_ref(net, 'h')} = h; {_ref(net, 'l')} = l; }}"

    def keep(self, net: int, number: int, group: int) -> str:  # noqa: ARG002 (as the other)
        return f"c->next_one[{number}] = {_ref(net, 'h')}; c->next_zero[{number}] = {_ref(net, 'l')};"

    def given(self, net: int, place: int | None) -> str:
        value = "spread(0)" if place is None else f"spread(c->input[{place}])"
        return f"{_ref(net, 'h')} = {value}; {_ref(net, 'l')} = ~{value};"

    def read(self, number: int, width: int, address: Sequence[int], data: Sequence[int]) -> str:
        taken = " ".join(
            f"{_ref(net, 'h')} = dh[{data.index(net)}]; {_ref(net, 'l')} = dl[{data.index(net)}];"
            for net in dict.fromkeys(data)
            if net > 1
        )
        lists = f"vec dh[{width}], dl[{width}], ah[] = {_list(address, 'h')}, al[] = {_list(address, 'l')};"
        return f"{{ {lists} radtest_possible_read(m, {number}, ah, al, dh, dl); {taken} }}"

    def write(self, number: int, enable: Sequence[int], address: Sequence[int], data: Sequence[int]) -> str:  # noqa: ARG002
        return "c->writes |= " + " | ".join(_ref(net, "h") for net in enable) + ";"

    def shown(self, net: int, place: int) -> str:
        return f"c->shown_one[{place}] = {_ref(net, 'h')}; c->shown_zero[{place}] = {_ref(net, 'l')};"

    def next(self, net: int, number: int, reset: tuple[int, int, int] | None) -> str:
        high, low = (_ref(net, "h"), _ref(net, "l")) if reset is None else self._forced(net, reset)
        return f"c->next_one[{number}] = {high}; c->next_zero[{number}] = {low};"

    def _forced(self, net: int, reset: tuple[int, int, int]) -> tuple[str, str]:
        line, level, value = reset
        acts, rests = ("h", "l") if level else ("l", "h")
        if value:
            return f"{_ref(net, 'h')} | {_ref(line, acts)}", f"{_ref(net, 'l')} & {_ref(line, rests)}"
        return f"{_ref(net, 'h')} & {_ref(line, rests)}", f"{_ref(net, 'l')} | {_ref(line, acts)}"


def _ref(net: int, variable: str = "") -> str:
    return f"{{{net}{variable}}}"


def _with_suffix(form: str, inputs: Sequence[int]) -> str:
    for place, net in enumerate(inputs):
        form = form.replace(f"{{{place}}}h", f"<{net}h>").replace(f"{{{place}}}l", f"<{net}l>")
    return form.replace("<", "{").replace(">", "}")


def _list(nets: Iterable[int], variable: str = "") -> str:
    return f"{{{', '.join(_ref(net, variable) for net in nets)}}}"


def _forced(value: str, reset: str, level: int, stored: int) -> str:
    acts, rests = (reset, f"~{reset}") if level else (f"~{reset}", reset)
    return f"{value} | {acts}" if stored else f"{value} & {rests}"


class _Writer:
    """Writes the statements of a netlist in a dialect."""

    def __init__(self, netlist: GateNetlist, dialect: _Dialect) -> None:
        self._netlist = netlist
        self._dialect = dialect
        self._inputs = {net: place for place, net in enumerate(chain.from_iterable(netlist.inputs.values()))}
        self._struck = {
            number: place
            for place, number in enumerate(n for n, f in enumerate(netlist.flip_flops) if f.reset or f.shown)
        }
        self._known: set[int] = set()
        self._reads: set[int] = set()

    def statements(self) -> Iterator[_Statement]:
        """Yield the statements in an order in which each comes after those it needs."""
        netlist, dialect = self._netlist, self._dialect
        opened = [net for net, _ in (*netlist.enables, *netlist.resets)]
        for place, net in enumerate(chain(chain.from_iterable(netlist.observed), opened)):
            yield from self._wanted([net])
            yield _Statement([], [net], dialect.shown(net, place))
        for number, (_, port) in enumerate(netlist.write_ports):
            enables = list(dict.fromkeys(port.enable))
            nets = [*enables, *port.address, *port.data]
            yield from self._wanted(nets)
            yield _Statement([], nets, dialect.write(number, enables, port.address, port.data))
        for number, flip_flop in enumerate(netlist.flip_flops):
            used = [flip_flop.d, flip_flop.reset] if flip_flop.reset else [flip_flop.d]
            # What a flip-flop with a reset holds is known once it is read, and at the end it counts all the same.
            yield from self._wanted([*used, flip_flop.q] if flip_flop.reset else used)
            reset = (flip_flop.reset, flip_flop.reset_level, flip_flop.reset_value) if flip_flop.reset else None
            yield _Statement([], used, dialect.next(flip_flop.d, number, reset))
        groups = {enable: group for group, enable in enumerate(netlist.enables)}
        for number, latch in enumerate(netlist.latches, start=len(netlist.flip_flops)):
            yield from self._wanted([latch.q])
            yield _Statement([], [latch.q], dialect.keep(latch.q, number, groups[latch.enable, latch.level]))

    def _wanted(self, nets: Iterable[int]) -> Iterator[_Statement]:
        for ready in self._netlist.ordered(nets, self._known):
            yield from self._define(ready)

    def _define(self, net: int) -> Iterator[_Statement]:
        netlist, dialect = self._netlist, self._dialect
        number = netlist.driver.get(net)
        if number is not None and number < len(netlist.gates):
            gate = netlist.gates[number]
            yield _Statement([net], gate.inputs, dialect.gate(gate.kind, net, gate.inputs))
        elif number is not None:
            yield from self._read(number - len(netlist.gates))
        elif net in netlist.shown_later:
            place = netlist.shown_later[net]
            taken = netlist.flip_flops[place].taken
            yield _Statement([net], [taken], dialect.shown_later(net, taken, place, self._struck[place]))
        elif net in netlist.stored:
            place = netlist.stored[net]
            text, used = dialect.stored(net, place), list[int]()
            if place >= len(netlist.flip_flops):
                latch = netlist.latches[place - len(netlist.flip_flops)]
                text += dialect.held(net, latch.d, latch.enable, latch.level)
                yield _Statement([net], [latch.d, latch.enable], text)
                return
            flip_flop = netlist.flip_flops[place]
            if flip_flop.reset:
                used = [flip_flop.reset]
                level, value = flip_flop.reset_level, flip_flop.reset_value
                text += dialect.reset(net, flip_flop.reset, level, value, self._struck[place])
            yield _Statement([net], used, text)
        else:
            yield _Statement([net], [], dialect.given(net, self._inputs.get(net)))

    def _read(self, number: int) -> Iterator[_Statement]:
        if number in self._reads:
            return
        self._reads.add(number)
        memory, port = self._netlist.read_ports[number]
        defined = [net for net in dict.fromkeys(port.data) if net > 1]
        width = self._netlist.memories[memory].width
        yield _Statement(defined, port.address, self._dialect.read(number, width, port.address, port.data))


def c_sources(netlist: GateNetlist, *, with_unknown: bool = True, held_level: int | None = None) -> list[str]:
    """Return the sources of ``radtest_logic``, ``radtest_possible`` and ``radtest_pulsed``, to be compiled one by one.

    Parameters
    ----------
    netlist : GateNetlist
        The design.
    with_unknown : bool
        Whether the second one is needed.
    held_level : int, optional
        The level at which upsets hold flip-flops with a reset of their own, instead of flipping them.

    Raises
    ------
    GateLoopError
        If gates drive each other in a circle.
    """
    sources = _sources(netlist, _Known(held_level))
    sources += _sources(netlist, _Unknown()) if with_unknown else [_unused("possible", "doubt")]
    sources += _sources(netlist, _Pulsed(netlist.pulses)) if netlist.pulses else [_unused("pulsed", "cycle")]
    return sources


def _unused(name: str, data: str) -> str:
    """Return the source of what the engine links to, though it never calls it."""
    head = _HEAD.format(name=name, data=data)
    return f'#include "engine.h"\nconst int radtest_{name}_nets = 0;\n{head}{{ (void)m, (void)c, (void)net; }}\n'


_HEAD = "void radtest_{name}(struct machine *m, struct {data} *c, vec *net)\n"


def _sources(netlist: GateNetlist, dialect: _Dialect) -> list[str]:
    statements = list(_Writer(netlist, dialect).statements())
    parts = [statements[i : i + _STATEMENTS_A_PART] for i in range(0, len(statements), _STATEMENTS_A_PART)]
    made_in = {net: number for number, part in enumerate(parts) for statement in part for net in statement.defined}
    crossing = {
        net
        for number, part in enumerate(parts)
        for statement in part
        for net in statement.used
        if made_in.get(net, number) != number
    }
    place = {net: number * len(dialect.variables) for number, net in enumerate(sorted(crossing))}
    heads = [_HEAD.format(name=f"{dialect.name}_{number}", data=dialect.data) for number in range(len(parts))]
    sources = [
        '#include "engine.h"\n' + head + _body(part, place, {n for n, p in made_in.items() if p == number}, dialect)
        for number, (part, head) in enumerate(zip(parts, heads, strict=True))
    ]
    declared = "".join(f"{head.rstrip()};\n" for head in heads)
    calls = "\n".join(f"    radtest_{dialect.name}_{number}(m, c, net);" for number in range(len(parts)))
    size = len(place) * len(dialect.variables)
    return [
        *sources,
        f'#include "engine.h"\n{declared}const int radtest_{dialect.name}_nets = {size};\n'
        f"{_HEAD.format(name=dialect.name, data=dialect.data)}{{\n{calls}\n}}\n",
    ]


def _body(part: Sequence[_Statement], place: dict[int, int], own: set[int], dialect: _Dialect) -> str:
    names: dict[str, str] = {}
    for value, texts in enumerate(dialect.constants):
        names |= {_ref(value, v): text for v, text in zip(dialect.variables, texts, strict=True)}
    lines: list[str] = []
    declared: list[str] = []
    for statement in part:
        for net in statement.used:
            if net > 1 and net not in own:
                names |= {_ref(net, v): f"net[{place[net] + i}]" for i, v in enumerate(dialect.variables)}
        for net in statement.defined:
            names |= {_ref(net, v): f"n{net}{v}" for v in dialect.variables}
            declared += [f"n{net}{v}" for v in dialect.variables]
        text = statement.text
        for net in dict.fromkeys([*statement.defined, *statement.used]):
            for v in dialect.variables:
                text = text.replace(_ref(net, v), names[_ref(net, v)])
        kept = [
            f" net[{place[net] + i}] = n{net}{v};"
            for net in statement.defined
            if net in place
            for i, v in enumerate(dialect.variables)
        ]
        lines.append(f"    {text}{''.join(kept)}")
    # What is counted over all flip-flops stays in registers meanwhile.
    opening, closing = "", ""
    if dialect.data == "cycle":
        opening, closing = "    vec one = c->one, two = c->two;\n", "    c->one = one, c->two = two;\n"
        lines = [line.replace("c->two |= c->one & x; c->one |= x;", "two |= one & x; one |= x;") for line in lines]
    variables = f"    vec {', '.join(['x', *declared])};\n    (void)x, (void)net;\n"
    return "{\n" + opening + variables + "\n".join(lines) + "\n" + closing + "}\n"
