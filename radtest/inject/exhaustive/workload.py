"""What the engine is given of a design and its workload, as arrays in files that several processes share."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radtest.inject.exhaustive.engine import Design, MemoryShape, PortShape, Watched
from radtest.inject.exhaustive.gate_netlist import GateNetlist
from radtest.inject.exhaustive.reaching import reached
from radtest.inject.exhaustive.watching import Role, WatchList

__all__ = ["Shapes", "Workload"]

_NONE = -1
_SHAPES = "workload.json"


@dataclass(frozen=True)
class Shapes:
    """Sizes and places of all that the engine handles, of one design.

    Attributes
    ----------
    scalars : dict
        Plain numbers of the engine's ``design``.
    memories, reads, writes, watches : list of dict
        Its tables.
    enable_mask : list of int
        Which bits each enable of a write port lets through, 64 at a time.
    struck_place, part_of, sticky : list of int
        For each flip-flop.
    later : list of int
        Whether each flip-flop takes its input at the falling edge.
    counts : list of int
        Whether each flip-flop and latch is part of the state in which a run ends.
    reaches : list of int
        What each flip-flop or latch can ever be seen at: the sum of numbers of `Reach`.
    reset_of, reset_level : list of int
        The reset of each flip-flop, and at which level each one acts.
    enable_level : list of int
        At which level each enable of latches opens them.
    """

    scalars: dict[str, int]
    memories: list[dict[str, int]]
    reads: list[dict[str, int]]
    writes: list[dict[str, int]]
    watches: list[dict[str, int]]
    enable_mask: list[int]
    struck_place: list[int]
    part_of: list[int]
    sticky: list[int]
    reset_of: list[int]
    reset_level: list[int]
    enable_level: list[int]
    counts: list[int]
    later: list[int]
    reaches: list[int]

    @classmethod
    def of(
        cls,
        netlist: GateNetlist,
        watch_list: WatchList,
        *,
        rest: bool,
        memory_rows: bool,
        held_level: int | None = None,
        counted: Collection[tuple[str, int]] = (),
    ) -> Shapes:
        """Return those of a design.

        Parameters
        ----------
        netlist : GateNetlist
            The design.
        watch_list : WatchList
            What is looked at.
        rest : bool
            Whether an upset is seen at once, not only before the next edge.
        memory_rows : bool
            Whether the bits of the memories are upset too.
        held_level : int, optional
            At which level upsets hold their bits; None where they flip them.
        counted : collection of (str, int)
            Names and bits of what is storage of the RTL, hence part of the state in which a run ends.
        """
        memories, row, first_word, first_chunk = [], len(netlist.flip_flops) + len(netlist.latches), 0, 0
        for memory in netlist.memories:
            chunks = -(-memory.width // 64)
            memories.append(
                {
                    "words": memory.words,
                    "width": memory.width,
                    "chunks": chunks,
                    "reads": len(memory.reads),
                    "writes": len(memory.writes),
                    "sticky": 0,
                    "reaches": 0,
                    "first_index": memory.first_word,
                    "first_word": first_word,
                    "first_chunk": first_chunk,
                    "first_row": row if memory_rows else _NONE,
                }
            )
            row += memory.words * memory.width if memory_rows else 0
            first_word += memory.words
            first_chunk += memory.words * chunks
        at_once = [
            *_shown_at_once(netlist, watch_list, rest=rest),
            *(net for net, _ in (*netlist.enables, *netlist.resets)),
        ]
        for number in netlist.memories_behind(at_once):
            memories[number]["sticky"] = 1
        reads, writes, masks, at = [], [], list[int](), 0
        for number, port in netlist.read_ports:
            chunks = memories[number]["chunks"]
            reads.append(_port(number, len(port.address), at))
            at += 1 + chunks
        for number, write in netlist.write_ports:
            chunks = memories[number]["chunks"]
            enables = list(dict.fromkeys(write.enable))
            writes.append(
                _port(number, len(write.address), at)
                | {"enables": len(enables), "enable_at": at + 1 + chunks, "enable_first": len(masks)}
            )
            for enable in enables:
                passed = sum(1 << place for place, net in enumerate(write.enable) if net == enable)
                masks += [passed >> (64 * chunk) & (2**64 - 1) for chunk in range(chunks)]
            at += 2 + chunks
        places: dict[str, tuple[int, int]] = {}
        shown = 0
        for name, bits in zip(watch_list.signals, netlist.observed, strict=True):
            places[name] = shown, len(bits)
            shown += len(bits)
        watches = [
            {
                "kind": int(watch.role),
                "first": places[watch.signal][0],
                "width": places[watch.signal][1],
                "valid": places[watch.valid][0] if watch.valid else _NONE,
                "observer": number,
            }
            for number, watch in enumerate(watch_list.watches)
        ]
        struck = [number for number, one in enumerate(netlist.flip_flops) if one.reset or one.shown]
        behind = {number: position for position, number in enumerate(struck)}
        # What is wrong since the rising edge is stored at the falling edge; an upset comes after that.
        later = [one.taken for one in netlist.flip_flops if one.shown]
        sticky = netlist.cone([*at_once, *later]) | set(netlist.shown_later.values())
        reaches, seen = reached(netlist, watch_list)
        for memory_shape, reach in zip(memories, seen, strict=True):
            memory_shape["reaches"] = reach
        resets = {reset: number for number, reset in enumerate(netlist.resets)}
        inputs = sum(map(len, netlist.inputs.values()))
        count = len(netlist.flip_flops) + len(netlist.latches)
        scalars = {
            "flip_flops": count,
            "latches": len(netlist.latches),
            "enables": len(netlist.enables),
            "first_enable": shown,
            "first_reset": shown + len(netlist.enables),
            "inputs": inputs,
            "observed": shown + len(netlist.enables) + len(netlist.resets),
            "memories": len(memories),
            "reads": len(reads),
            "writes": len(writes),
            "watched": len(watches),
            "struck": len(struck),
            "state_bytes": -(-count // 8) or 1,
            "input_bytes": -(-inputs // 8) or 1,
            "shown_bytes": -(-(shown + len(netlist.enables) + len(netlist.resets)) // 8) or 1,
            "port_words": at or 1,
            "all_words": first_word,
            "all_chunks": first_chunk,
            "rows": row,
            "first_cluster": row,
            "clusters": 0,
            "with_flip_flops": 0,
            "pulses": len(netlist.pulses),
            "rest": int(rest),
            "held_level": _NONE if held_level is None else held_level,
        }
        return cls(
            scalars,
            memories,
            reads,
            writes,
            watches,
            masks,
            [behind.get(number, _NONE) for number in range(count)],
            _registers(netlist),
            [int(number in sticky) for number in range(count)],
            [resets.get((one.reset, one.reset_level), _NONE) for one in netlist.flip_flops]
            + [_NONE] * len(netlist.latches),
            [level for _, level in netlist.resets],
            [level for _, level in netlist.enables],
            [int((one.name, one.bit) in counted) for one in netlist.all_stored],
            [int(number in netlist.shown_later.values()) for number in range(count)],
            reaches,
        )


def _registers(netlist: GateNetlist) -> list[int]:
    """Return a number for the register of each flip-flop; those without a name are registers of their own."""
    numbers: list[int] = []
    stored = netlist.all_stored
    for place, one in enumerate(stored):
        same = place and one.name and one.name == stored[place - 1].name
        numbers.append(numbers[-1] if same else place)
    return numbers


def _port(memory: int, address_bits: int, at: int) -> dict[str, int]:
    return {"memory": memory, "address_bits": address_bits, "address_at": at, "data_at": at + 1}


def _shown_at_once(netlist: GateNetlist, watch_list: WatchList, *, rest: bool) -> list[int]:
    """Return the nets by which a single upset is told from the same bit wrong since the edge."""
    nets = dict(zip(watch_list.signals, netlist.observed, strict=True))
    shown: list[int] = []
    for watch in watch_list.watches:
        if watch.role is Role.DONE:
            shown += nets[watch.signal]
        elif watch.role is Role.VALID_OUTPUT and rest:
            shown += [*nets[watch.signal], *nets[watch.valid or ""]]
    return shown


class Workload:
    """The golden run of a design and all that follows from it, in a folder.

    Parameters
    ----------
    folder : Path
        Where its files are.
    shapes : Shapes
        Of the design.
    first, end, limit : int
        The first cycle in which upsets fall; that in which the test ends; the last one that a machine may take.
    tail : int
        Cycles from the signal that the design is done to the end of the test; -1 where there is no such signal.
    sdc_ends : bool
        Whether nothing worse than a silent corruption can follow it.
    """

    def __init__(
        self, folder: Path, shapes: Shapes, *, first: int, end: int, limit: int, tail: int, sdc_ends: bool
    ) -> None:
        self.folder = folder
        self.shapes = shapes
        self.times = {"first": first, "end": end, "limit": limit, "tail": tail, "sdc_ends": int(sdc_ends)}

    @classmethod
    def open(cls, folder: Path) -> Workload:
        """Return the workload that was saved in a folder."""
        saved = json.loads((folder / _SHAPES).read_text())
        times = saved["times"]
        return cls(folder, Shapes(**saved["shapes"]), **times | {"sdc_ends": bool(times["sdc_ends"])})

    def save(self) -> None:
        """Write down what is not in arrays."""
        shapes = {name: getattr(self.shapes, name) for name in Shapes.__dataclass_fields__}
        (self.folder / _SHAPES).write_text(json.dumps({"shapes": shapes, "times": self.times}))

    def create(self, name: str, shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Make an array in the folder, filled with zeros.

        Raises
        ------
        OSError
            If there is no room for it: what is mapped to memory could not say so later.
        """
        size = shape if isinstance(shape, tuple) else (shape,)
        if 0 in size:
            np.save(self._path(name), np.zeros(size, dtype))
            return self.array(name)
        array = np.lib.format.open_memmap(self._path(name), mode="w+", dtype=dtype, shape=size)
        with self._path(name).open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, self._path(name).stat().st_size)
        return array

    def array(self, name: str) -> NDArray[Any]:
        """Return an array of the folder."""
        return np.load(self._path(name), mmap_mode="r")  # type: ignore[no-any-return]

    def put(self, name: str, values: Any, dtype: Any) -> None:
        """Write an array."""
        np.save(self._path(name), np.ascontiguousarray(values, dtype))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"

    def design(self, arrays: dict[str, NDArray[Any]]) -> tuple[Design, list[Any]]:
        """Return the engine's view of it, and what must live as long as that.

        Parameters
        ----------
        arrays : dict
            Those that are known by now, by their names in the engine.
        """
        shapes = self.shapes
        kept: list[Any] = [
            (MemoryShape * max(1, len(shapes.memories)))(*(MemoryShape(**row) for row in shapes.memories)),
            (PortShape * max(1, len(shapes.reads)))(*(PortShape(**row) for row in shapes.reads)),
            (PortShape * max(1, len(shapes.writes)))(*(PortShape(**row) for row in shapes.writes)),
            (Watched * max(1, len(shapes.watches)))(*(Watched(**row) for row in shapes.watches)),
            np.array(shapes.enable_mask or [0], np.uint64),
            np.array(shapes.struck_place or [0], np.int32),
            np.array(shapes.part_of or [0], np.int32),
            np.array(shapes.sticky or [0], np.uint8),
            np.array(shapes.reset_of or [0], np.int32),
            np.array(shapes.reset_level or [0], np.uint8),
            np.array(shapes.enable_level or [0], np.uint8),
            np.array(shapes.counts or [0], np.uint8),
            np.array(shapes.later or [0], np.uint8),
            np.array(shapes.reaches or [0], np.uint8),
        ]
        pointers = dict(zip(("memory", "read", "write", "watch"), map(ctypes.addressof, kept[:4]), strict=True))
        pointers |= dict(
            zip(
                (
                    "enable_mask",
                    "struck_place",
                    "part_of",
                    "sticky",
                    "reset_of",
                    "reset_level",
                    "enable_level",
                    "counts",
                    "later",
                    "reaches",
                ),
                (a.ctypes.data for a in kept[4:]),
                strict=True,
            )
        )
        pointers |= {name: array.ctypes.data for name, array in arrays.items()}
        kept.append(arrays)
        return Design(**shapes.scalars, **self.times, **pointers), kept

    def initial_content(self, netlist: GateNetlist) -> NDArray[np.uint64]:
        """Return what the memories hold at power-up, 64 bits at a time."""
        content = np.zeros(max(1, self.shapes.scalars["all_chunks"]), np.uint64)
        for shape, memory in zip(self.shapes.memories, netlist.memories, strict=True):
            for word, value in enumerate(memory.initial):
                for chunk in range(shape["chunks"]):
                    place = shape["first_chunk"] + word * shape["chunks"] + chunk
                    content[place] = value >> (64 * chunk) & (2**64 - 1)
        return content

    def list_accesses(self) -> None:
        """Find out from the golden run when each word of a memory is touched, and which words in each cycle."""
        shapes, limit = self.shapes, self.times["limit"]
        port = self.array("port")
        times, words = [], []
        for kind, ports in (("read", shapes.reads), ("write", shapes.writes)):
            for shape in ports:
                memory = shapes.memories[shape["memory"]]
                address = np.asarray(port[: limit + 1, shape["address_at"]])
                address = address - np.uint64(memory["first_index"])
                touched = address < memory["words"]
                if kind == "write":
                    touched &= np.asarray(port[: limit + 1, shape["enable_at"]]) != 0
                when = np.flatnonzero(touched)
                times.append(when)
                words.append(address[when].astype(np.int64) + memory["first_word"])
        time = np.concatenate([np.empty(0, np.int64), *times])
        word = np.concatenate([np.empty(0, np.int64), *words])
        total = shapes.scalars["all_words"]
        pairs = np.unique(word * (limit + 1) + time)
        word, time = np.divmod(pairs, limit + 1)
        self.put("access_first", np.searchsorted(word, np.arange(total + 1)), np.int64)
        self.put("access_time", time, np.int64)
        chosen = np.zeros(total + 1, bool)
        for memory in shapes.memories:
            if memory["first_row"] != _NONE:
                chosen[memory["first_word"] : memory["first_word"] + memory["words"]] = True
        kept = chosen[word]
        word, time = self._with_those_before(word[kept], time[kept])
        by_time = np.argsort(time, kind="stable")
        self.put("touched_word", word[by_time], np.int64)
        self.put("touched_first", np.searchsorted(time[by_time], np.arange(limit + 2)), np.int64)

    def _with_those_before(
        self, word: NDArray[np.int64], time: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return words and cycles with the cycles before these, where it matters in which an upset has come."""
        sticky = np.zeros(self.shapes.scalars["all_words"] + 1, bool)
        for memory in self.shapes.memories:
            if memory["sticky"]:
                sticky[memory["first_word"] : memory["first_word"] + memory["words"]] = True
        early = sticky[word] & (time > 0)
        cycles = self.times["limit"] + 1
        pairs = np.unique(np.concatenate([word * cycles + time, word[early] * cycles + time[early] - 1]))
        return pairs // cycles, pairs % cycles

    def put_clusters(self, clusters: Sequence[Sequence[int]]) -> None:
        """Let the rows after those of single bits be clusters.

        Parameters
        ----------
        clusters : sequence of sequence of int
            The rows of the bits of each.
        """
        shapes, scalars = self.shapes, self.shapes.scalars
        scalars["clusters"] = len(clusters)
        scalars["rows"] = scalars["first_cluster"] + len(clusters) + scalars["pulses"]
        self.put("cluster_first", np.cumsum([0, *map(len, clusters)]), np.int64)
        self.put("cluster_bit", list(chain.from_iterable(clusters)), np.int64)
        mixed = [number for number, bits in enumerate(clusters) if min(bits) < scalars["flip_flops"]]
        self.put("with_flip_flop", mixed, np.int64)
        scalars["with_flip_flops"] = len(mixed)
        reached: list[list[int]] = [[] for _ in range(scalars["all_words"])]
        for number in sorted(set(range(len(clusters))) - set(mixed)):
            for word in {_word_of(row, shapes.memories) for row in clusters[number]}:
                reached[word].append(number)
        self.put("word_cluster_first", np.cumsum([0, *map(len, reached)]), np.int64)
        self.put("word_cluster", list(chain.from_iterable(reached)), np.int64)

    def list_traces(self) -> None:
        """Find out from the golden run when each output showed a new value."""
        end = self.times["end"]
        shown = self.array("shown")
        first, times = [0], list[NDArray[np.int64]]()
        for watch in self.shapes.watches:
            if watch["kind"] in (Role.VALID_OUTPUT, Role.OUTPUT):
                valid = np.ones(end + 1, bool)
                if watch["kind"] == Role.VALID_OUTPUT:
                    valid = _bits(shown[: end + 1], watch["valid"], 1)[:, 0].astype(bool)
                if not self.shapes.scalars["rest"]:
                    # Once a cycle, signals are first looked at in cycle 1, at its end.
                    valid[0] = False
                bits = _bits(shown[: end + 1], watch["first"], watch["width"])
                new = np.ones(len(bits), bool)
                new[1:] = (bits[1:] != bits[:-1]).any(axis=1) | ~valid[:-1]
                times.append(np.flatnonzero(new & valid))
            is_output = watch["kind"] in (Role.VALID_OUTPUT, Role.OUTPUT)
            first.append(first[-1] + (len(times[-1]) if is_output else 0))
        self.put("trace_first", first, np.int64)
        self.put("trace_time", np.concatenate([np.empty(0, np.int64), *times]), np.int64)


def _word_of(row: int, memories: Sequence[dict[str, int]]) -> int:
    """Return the word that a row is a bit of, counted over all memories."""
    memory = next(one for one in reversed(memories) if one["first_row"] <= row)
    return memory["first_word"] + (row - memory["first_row"]) // memory["width"]


def _bits(rows: NDArray[np.uint8], first: int, width: int) -> NDArray[np.uint8]:
    """Return some bits of packed rows, a column for each."""
    low, high = first // 8, -(-(first + width) // 8)
    bits = np.unpackbits(np.asarray(rows[:, low:high]), axis=1, bitorder="little")
    return bits[:, first - 8 * low : first - 8 * low + width]


def pack(rows: Sequence[Sequence[int]] | NDArray[Any], size: int) -> NDArray[np.uint8]:
    """Return rows of bits, packed into this many bytes each."""
    packed = np.packbits(np.asarray(rows, np.uint8), axis=1, bitorder="little")
    return np.pad(packed, ((0, 0), (0, size - packed.shape[1])))


def input_nets(netlist: GateNetlist) -> list[int]:
    """Return the nets of all inputs, in the engine's order."""
    return list(chain.from_iterable(netlist.inputs.values()))
