"""The program of the system: sort 16 words and add them up, assembled from sort.S into sort.hex.

Run it to assemble again after a change of sort.S.
"""

import struct
from pathlib import Path

from bronzebeard import asm

HERE = Path(__file__).parent
RAM_WORDS = 256


def assemble() -> tuple[bytes, list[int]]:
    """Return the image of the RAM, bytes, and the words that it sorts."""
    labels: dict[str, int] = {}
    code = bytes(asm.assemble(str(HERE / "sort.S"), labels=labels))
    words = [word for (word,) in struct.iter_unpack("<I", code[labels["words"] : labels["words_end"]])]
    return code.ljust(4 * RAM_WORDS, b"\0"), words


def hexadecimal(image: bytes) -> str:
    """Return the image as $readmemh reads it: one little-endian word a line."""
    return "".join(f"{word:08x}\n" for (word,) in struct.iter_unpack("<I", image))


def expected_sum() -> int:
    """Return what the program must come to, computed independently of it."""
    total = 0
    for word in sorted(assemble()[1]):
        total = ((total << 5) & 0xFFFF_FFFF | total >> 27) ^ word
    return total


if __name__ == "__main__":
    (HERE / "sort.hex").write_text(hexadecimal(assemble()[0]))
