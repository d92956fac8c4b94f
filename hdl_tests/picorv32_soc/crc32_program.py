"""The programs of the system: CRC-32 over a message, and over each frame of one.

They are assembled from crc32.S and frames.S into crc32.hex and frames.hex; run this module to do so after a change.
"""

import zlib
from pathlib import Path

from bronzebeard import asm

HERE = Path(__file__).parent
RAM_WORDS = 256
FRAME_BYTES = 8
PROGRAMS = ("crc32", "frames")


def assemble(program: str = "crc32") -> tuple[bytes, bytes]:
    """Return the image of the RAM, bytes, and the message in it."""
    labels: dict[str, int] = {}
    code = asm.assemble(str(HERE / f"{program}.S"), labels=labels)
    message = bytes(code[labels["buffer"] : labels["buffer_end"]])
    return bytes(code).ljust(4 * RAM_WORDS, b"\0"), message


def hexadecimal(image: bytes) -> str:
    """Return the image as $readmemh reads it: one little-endian word a line."""
    words = (int.from_bytes(image[i : i + 4], "little") for i in range(0, len(image), 4))
    return "".join(f"{word:08x}\n" for word in words)


def expected_crc() -> int:
    """Return the CRC-32 of the message, computed independently of the program."""
    return zlib.crc32(assemble()[1])


def expected_frames() -> list[int]:
    """Return the CRC-32 of each frame of the message."""
    message = assemble("frames")[1]
    return [zlib.crc32(message[i : i + FRAME_BYTES]) for i in range(0, len(message), FRAME_BYTES)]


if __name__ == "__main__":
    for name in PROGRAMS:
        (HERE / f"{name}.hex").write_text(hexadecimal(assemble(name)[0]))
