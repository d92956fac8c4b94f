"""The program of the system: CRC-32 over a message, assembled from crc32.S into crc32.hex.

Run it to assemble again after a change of crc32.S.
"""

import zlib
from pathlib import Path

from bronzebeard import asm

HERE = Path(__file__).parent
RAM_WORDS = 256


def assemble() -> tuple[bytes, bytes]:
    """Return the image of the RAM, bytes, and the message in it."""
    labels: dict[str, int] = {}
    code = asm.assemble(str(HERE / "crc32.S"), labels=labels)
    message = bytes(code[labels["buffer"] : labels["buffer_end"]])
    return bytes(code).ljust(4 * RAM_WORDS, b"\0"), message


def hexadecimal(image: bytes) -> str:
    """Return the image as $readmemh reads it: one little-endian word a line."""
    words = (int.from_bytes(image[i : i + 4], "little") for i in range(0, len(image), 4))
    return "".join(f"{word:08x}\n" for word in words)


def expected_crc() -> int:
    """Return the CRC-32 of the message, computed independently of the program."""
    return zlib.crc32(assemble()[1])


if __name__ == "__main__":
    (HERE / "crc32.hex").write_text(hexadecimal(assemble()[0]))
