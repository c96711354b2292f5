"""Makes a screenshot small: the same picture as a PNG of at most 256 colours."""

import struct
import zlib
from collections import Counter

signature = b"\x89PNG\r\n\x1a\n"


def chunks(data):
    at = len(signature)
    while at < len(data):
        [size] = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        at += size + 12


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def paeth(a, b, c):
    near_a, near_b, near_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    if near_a <= near_b and near_a <= near_c:
        return a
    return b if near_b <= near_c else c


def unfiltered(kind, line, above, size):
    """One row without its filter: https://www.w3.org/TR/png-3/#9Filters"""
    line = bytearray(line)
    for i in range(len(line)):
        left = line[i - size] if i >= size else 0
        up = above[i]
        if kind == 1:
            line[i] = (line[i] + left) & 255
        elif kind == 2:
            line[i] = (line[i] + up) & 255
        elif kind == 3:
            line[i] = (line[i] + (left + up) // 2) & 255
        elif kind == 4:
            line[i] = (line[i] + paeth(left, up, above[i - size] if i >= size else 0)) & 255
    return line


def pixels(data):
    """The rows of an 8-bit RGB or RGBA picture, each a list of colours of three bytes."""
    every = list(chunks(data))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", every[0][1])
    assert depth == 8 and kind in (2, 6) and not interlaced, "not a screenshot as Chromium takes them"
    size = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in every if name == b"IDAT"))
    above, stride = bytearray(width * size), width * size + 1
    for row in range(height):
        line = raw[row * stride : (row + 1) * stride]
        above = unfiltered(line[0], line[1:], above, size)
        yield [bytes(above[i : i + 3]) for i in range(0, len(above), size)]


def trimmed(rows, margin):
    """Without the empty rows at the bottom, up to a margin."""
    end = len(rows)
    while end > 1 and rows[end - 1] == rows[-1]:
        end -= 1
    return rows[: end + margin]


def reduced(data, margin):
    """The picture with its 256 most frequent colours; each other colour becomes the nearest of these."""
    rows = trimmed(list(pixels(data)), margin)
    frequent = Counter(colour for row in rows for colour in row).most_common()
    palette = [colour for colour, _ in frequent[:256]]
    index = {colour: i for i, colour in enumerate(palette)}
    for colour, _ in frequent[256:]:
        distances = [sum((a - b) ** 2 for a, b in zip(colour, it)) for it in palette]
        index[colour] = distances.index(min(distances))
    body = b"".join(b"\0" + bytes(index[colour] for colour in row) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b"")]
    return signature + b"".join(chunk(*part) for part in parts)
