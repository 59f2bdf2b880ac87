"""Small image files of many kinds, and what Pillow reads from them.

`.venv/bin/python scripts/images.py` writes them to `tests/fixtures/images.safetensors`: for each
case the file's bytes (`NAME.file`), and the tensors that `read_image` is to give, unchanged and as
RGB. A file without the latter is one that Pillow refuses. `--check` only says whether the fixture is
still what Pillow reads.
"""

import io
import pathlib
import struct
import sys
import zlib

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

FIXTURE = pathlib.Path(__file__).parent.parent / "tests/fixtures/images.safetensors"

# What the other modes become: grey or RGB, with alpha or not.
MODES = {"1": "L", "F": "L", "I": "L", "La": "LA", "P": "RGB", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB"}


def pillow(file, mode=None):
    """The image as (C, H, W), or None if Pillow does not read it."""
    try:
        image = Image.open(io.BytesIO(file))
        image.load()
        if image.mode == "La":
            image = image.convert("LA")
        if image.mode.startswith("I;16"):
            # Where `read_image` differs: it takes the high byte, Pillow cuts off at 255.
            image = Image.fromarray((numpy.asarray(image) >> 8).astype(numpy.uint8))
        seen_through = "transparency" in image.info and image.mode in ("P", "L", "RGB")
        if mode is None and seen_through:
            mode = "LA" if image.mode == "L" else "RGBA"
        pixels = numpy.asarray(image.convert(mode or MODES.get(image.mode, image.mode)))
    except Exception:
        return None
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).contiguous()


# Tags of TIFF.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, STRIP_OFFSETS = 256, 257, 258, 259, 262, 266, 273
ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_COUNTS, PLANAR, PREDICTOR, COLOR_MAP = 274, 277, 278, 279, 284, 317, 320
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_COUNTS, EXTRA, FORMAT, SUBSAMPLING = 322, 323, 324, 325, 338, 339, 530
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8


def tiff(width, height, bits, photometric, data, order="<", big=False, more={}):
    """A TIFF of one directory. `data` is a strip, or several; a tag that is None is left away."""
    chunks = data if isinstance(data, list) else [data]
    bits = bits if isinstance(bits, tuple) else (bits,)
    head = 16 if big else 8
    offsets = [head + sum(map(len, chunks[:i])) for i in range(len(chunks))]
    tiled = TILE_WIDTH in more
    tags = {
        WIDTH: width,
        HEIGHT: height,
        BITS: bits,
        COMPRESSION: 1,
        PHOTOMETRIC: photometric,
        SAMPLES: len(bits),
        (TILE_OFFSETS if tiled else STRIP_OFFSETS): tuple(offsets),
        (TILE_COUNTS if tiled else STRIP_COUNTS): tuple(map(len, chunks)),
    } | more
    tags = {tag: value for tag, value in sorted(tags.items()) if value is not None}
    body = b"".join(chunks)
    body += b"\0" * (len(body) % 2)
    at = head + len(body)
    entry, word, count, letter = (20, 8, "Q", "Q") if big else (12, 4, "H", "I")
    behind = at + struct.calcsize("<" + count) + entry * len(tags) + word
    entries, values = b"", b""
    for tag, value in tags.items():
        value = value if isinstance(value, tuple) else (value,)
        long = tag in (STRIP_OFFSETS, STRIP_COUNTS, TILE_OFFSETS, TILE_COUNTS)
        packed = struct.pack(f"{order}{len(value)}{'I' if long else 'H'}", *value)
        entries += struct.pack(f"{order}HH{letter}", tag, 4 if long else 3, len(value))
        if len(packed) <= word:
            entries += packed.ljust(word, b"\0")
        else:
            entries += struct.pack(f"{order}{letter}", behind + len(values))
            values += packed + b"\0" * (len(packed) % 2)
    mark = b"II" if order == "<" else b"MM"
    if big:
        start = mark + struct.pack(f"{order}HHHQ", 43, 8, 0, at)
    else:
        start = mark + struct.pack(f"{order}HI", 42, at)
    directory = struct.pack(order + count, len(tags)) + entries + struct.pack(order + letter, 0)
    return start + body + directory + values


def ramp(count, step=37, first=11):
    """Bytes that repeat late."""
    return bytes((first + step * i) % 256 for i in range(count))


def numbers(kind, order, values):
    return struct.pack(f"{order}{len(values)}{kind}", *values)


def planes(pixels, samples):
    """Interleaved samples, a plane each."""
    return [pixels[i::samples] for i in range(samples)]


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def tiffs():
    rgb, grey = ramp(18), ramp(6)
    yield "rgb", tiff(3, 2, (8, 8, 8), RGB, rgb)
    levels = bytes(range(0, 240, 40))
    yield "two_pixels_turned_6", tiff(2, 1, (8, 8, 8), RGB, levels, more={ORIENTATION: 6})
    one = tuple(level << 8 for color in (9, 8, 7) for level in [color] * 256)
    yield "one_pixel_palette", tiff(1, 1, 8, PALETTE, b"\3", more={COLOR_MAP: one})
    for orientation in range(10):
        turned = {ORIENTATION: orientation}
        yield f"turned_{orientation}", tiff(3, 2, (8, 8, 8), RGB, rgb, more=turned)
    for orientation in (2, 6, 7):
        turned = {ORIENTATION: orientation}
        yield f"turned_{orientation}_grey", tiff(3, 2, 8, BLACK_IS_ZERO, grey, ">", more=turned)
        yield f"turned_{orientation}_bits", tiff(3, 2, 1, BLACK_IS_ZERO, b"\xa0\x40", more=turned)
        yield f"turned_{orientation}_rgba", tiff(3, 2, (8,) * 4, RGB, ramp(24), more={EXTRA: 2} | turned)
        picture = Image.frombytes("RGB", (3, 2), rgb)
        yield f"turned_{orientation}_lzw", saved(picture, format="TIFF", compression="tiff_lzw", tiffinfo=turned)
        mapped = turned | {COLOR_MAP: tuple(range(0, 65536, 1365))[:48]}
        yield f"turned_{orientation}_palette", tiff(3, 2, 4, PALETTE, b"\x12\x30\x45\x60", more=mapped)

    for bits in (1, 2, 4, 8):
        row = (5 * bits + 7) // 8
        for photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO):
            for fill in (1, 2):
                name = f"grey_{bits}_bits_{photometric}_fill_{fill}"
                if (bits, photometric, fill) == (8, WHITE_IS_ZERO, 2):
                    continue  # Pillow has a mode for it that it does not know.
                yield name, tiff(5, 2, bits, photometric, ramp(2 * row), more={FILL_ORDER: fill})
        colors = numbers("H", "<", [(i * 7919) % 65536 for i in range(3 << bits)])
        colors = {COLOR_MAP: struct.unpack(f"<{3 << bits}H", colors)}
        for order in "<>":
            name = f"palette_{bits}_bits_{'II' if order == '<' else 'MM'}"
            yield name, tiff(5, 2, bits, PALETTE, ramp(2 * row), order, more=colors)
    yield "palette_fill_2", tiff(5, 2, 8, PALETTE, ramp(10), more=colors | {FILL_ORDER: 2})
    yield "palette_with_alpha", tiff(3, 2, (8, 8), PALETTE, ramp(12), more=colors | {EXTRA: 2})
    yield "palette_with_more", tiff(3, 2, (8, 8), PALETTE, ramp(12), more=colors | {EXTRA: 0})
    yield "palette_short", tiff(3, 2, 8, PALETTE, grey, more={COLOR_MAP: (1, 2, 3)})
    yield "palette_missing", tiff(3, 2, 8, PALETTE, grey)

    for extra in (0, 1, 2):
        yield f"grey_extra_{extra}", tiff(3, 2, (8, 8), BLACK_IS_ZERO, ramp(12), more={EXTRA: extra})
        yield f"rgb_extra_{extra}", tiff(3, 2, (8,) * 4, RGB, ramp(24), more={EXTRA: extra})
        wide = ramp(48)
        for order in "<>":
            name = f"rgb_16_bits_extra_{extra}_{'II' if order == '<' else 'MM'}"
            yield name, tiff(3, 2, (16,) * 4, RGB, wide, order, more={EXTRA: extra})
        yield f"rgb_extra_{extra}_0", tiff(3, 2, (8,) * 5, RGB, ramp(30), more={EXTRA: (extra, 0)})
    # All pairs of a colour and an alpha that it is multiplied by.
    pairs = bytes(b for alpha in range(0, 256, 5) for color in range(0, 256, 5) for b in (color, alpha))
    yield "grey_premultiplied", tiff(52, 52, (8, 8), BLACK_IS_ZERO, pairs, more={EXTRA: 1})
    quads = bytes(b for i in range(0, len(pairs), 2) for b in (pairs[i], pairs[i], pairs[i], pairs[i + 1]))
    yield "rgb_premultiplied", tiff(52, 52, (8,) * 4, RGB, quads, more={EXTRA: 1})
    yield "rgb_extra_unsaid", tiff(3, 2, (8,) * 4, RGB, ramp(24))
    yield "rgb_extra_unknown", tiff(3, 2, (8,) * 4, RGB, ramp(24), more={EXTRA: 999})

    for order, name in (("<", "II"), (">", "MM")):
        shorts = numbers("H", order, [0, 1, 255, 256, 32767, 65535])
        yield f"grey_16_bits_{name}", tiff(3, 2, 16, BLACK_IS_ZERO, shorts, order)
        yield f"rgb_16_bits_{name}", tiff(1, 2, (16,) * 3, RGB, shorts, order)
        signed = numbers("h", order, [-1, -32768, 0, 255, 256, 32767])
        yield f"grey_int16_{name}", tiff(3, 2, 16, BLACK_IS_ZERO, signed, order, more={FORMAT: 2})
        ints = numbers("i", order, [-5, 0, 1, 254, 256, 2**31 - 1])
        yield f"grey_int32_{name}", tiff(3, 2, 32, BLACK_IS_ZERO, ints, order, more={FORMAT: 2})
        floats = numbers("f", order, [-0.5, 0.9, 1.5, 254.99, 255.5, float("nan")])
        for photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO):
            yield f"grey_float_{photometric}_{name}", tiff(3, 2, 32, photometric, floats, order, more={FORMAT: 3})
        yield f"cmyk_16_bits_{name}", tiff(3, 2, (16,) * 4, CMYK, ramp(48), order)
    yield "grey_16_bits_white_is_zero", tiff(3, 2, 16, WHITE_IS_ZERO, ramp(12))
    yield "grey_16_bits_fill_2", tiff(3, 2, 16, BLACK_IS_ZERO, ramp(12), more={FILL_ORDER: 2})
    yield "grey_uint32", tiff(3, 2, 32, BLACK_IS_ZERO, numbers("I", "<", [0, 1, 255, 256, 2**31 - 1, 5]))
    yield "grey_int8", tiff(3, 2, 8, BLACK_IS_ZERO, grey, more={FORMAT: 2})
    yield "grey_float64", tiff(1, 2, 64, BLACK_IS_ZERO, ramp(16), more={FORMAT: 3})
    yield "cmyk", tiff(32, 32, (8,) * 4, CMYK, ramp(4096, step=53))
    yield "cmyk_more", tiff(3, 2, (8,) * 5, CMYK, ramp(30), more={EXTRA: 0})
    muted = bytes(b % 256 for l in range(60, 220, 20) for a in (-20, 0, 15) for b in (l, a, -a // 2))
    yield "lab", tiff(3, 8, (8,) * 3, LAB, muted)
    whole = {SUBSAMPLING: (1, 1)}
    yield "ycbcr", tiff(32, 32, (8,) * 3, YCBCR, ramp(3072, step=53), more=whole)
    yield "ycbcr_deflate", tiff(32, 32, (8,) * 3, YCBCR, zlib.compress(ramp(3072, step=53)), more=whole | {COMPRESSION: 8})

    yield "planes", tiff(3, 2, (8,) * 3, RGB, planes(rgb, 3), more={PLANAR: 2})
    strips = [plane[i : i + 3] for plane in planes(rgb, 3) for i in (0, 3)]
    yield "planes_in_strips", tiff(3, 2, (8,) * 3, RGB, strips, more={PLANAR: 2, ROWS_PER_STRIP: 1})
    yield "planes_rgba", tiff(3, 2, (8,) * 4, RGB, planes(ramp(24), 4), more={PLANAR: 2, EXTRA: 2})
    packed = [zlib.compress(plane) for plane in planes(rgb, 3)]
    yield "planes_deflate", tiff(3, 2, (8,) * 3, RGB, packed, more={PLANAR: 2, COMPRESSION: 8})
    yield "strips", tiff(3, 2, (8,) * 3, RGB, [rgb[:9], rgb[9:]], more={ROWS_PER_STRIP: 1})
    tiles = {TILE_WIDTH: 16, TILE_HEIGHT: 16}
    yield "tiles", tiff(20, 18, (8,) * 3, RGB, [ramp(768, first=i) for i in range(4)], more=tiles)
    yield "tiles_grey", tiff(20, 18, 8, BLACK_IS_ZERO, [ramp(256, first=i) for i in range(4)], more=tiles)
    for samples, photometric, extra in ((3, RGB, {}), (4, RGB, {EXTRA: 2}), (4, CMYK, {})):
        for kind in (1, 8):
            data = [ramp(256, first=i) for i in range(4 * samples)]
            data = data if kind == 1 else [zlib.compress(tile) for tile in data]
            more = tiles | extra | {PLANAR: 2, COMPRESSION: kind}
            yield f"tiles_in_planes_{photometric}_{samples}_{kind}", tiff(20, 18, (8,) * samples, photometric, data, more=more)
    turned = tiles | {ORIENTATION: 8}
    yield "tiles_turned", tiff(20, 18, 8, BLACK_IS_ZERO, [ramp(256, first=i) for i in range(4)], more=turned)

    for kind in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        for mode, samples in (("L", 1), ("RGB", 3), ("RGBA", 4), ("LA", 2), ("P", 1), ("CMYK", 4)):
            picture = Image.frombytes(mode, (9, 7), ramp(63 * samples))
            if mode == "P":
                picture.putpalette(ramp(768, step=5))
            yield f"{kind}_{mode}", saved(picture, format="TIFF", compression=kind)
        for mode, kind_of in (("I;16", "H"), ("I", "i"), ("F", "f")):
            picture = Image.frombytes(mode, (3, 2), numbers(kind_of, "<", [0, 1, 200, 256, 300, 5]))
            yield f"{kind}_{mode.replace(';', '')}", saved(picture, format="TIFF", compression=kind)
    # Differences of neighbours, also of bytes of floats.
    for samples, photometric in ((1, BLACK_IS_ZERO), (3, RGB), (1, PALETTE)):
        more = {COMPRESSION: 8, PREDICTOR: 2} | (colors if photometric == PALETTE else {})
        data = zlib.compress(ramp(6 * samples))
        yield f"predictor_{photometric}", tiff(3, 2, (8,) * samples, photometric, data, more=more)
    # Which only LZW and Deflate have.
    yield "predictor_without_compression", tiff(3, 2, (8,) * 3, RGB, rgb, more={PREDICTOR: 2})
    packed = bytes((17,)) + rgb
    yield "predictor_packbits", tiff(3, 2, (8,) * 3, RGB, packed, more={PREDICTOR: 2, COMPRESSION: 32773})
    data = zlib.compress(ramp(24))
    yield "predictor_float", tiff(3, 2, 32, BLACK_IS_ZERO, data, more={COMPRESSION: 8, PREDICTOR: 3, FORMAT: 3})
    bitmap = Image.frombytes("1", (19, 7), ramp(21))
    yield "group4", saved(bitmap, format="TIFF", compression="group4")
    reversed_bits = bytes(int(f"{b:08b}"[::-1], 2) for b in zlib.compress(grey))
    yield "deflate_fill_2", tiff(3, 2, 8, BLACK_IS_ZERO, reversed_bits, more={COMPRESSION: 8, FILL_ORDER: 2})

    yield "big", tiff(3, 2, (8,) * 3, RGB, rgb, big=True, more={ORIENTATION: 6})
    # With its first byte last Pillow takes no large TIFF for one.
    yield "big_palette", tiff(3, 2, 8, PALETTE, grey, big=True, more=colors)
    yield "unsaid_photometric", tiff(3, 2, 8, None, grey)
    yield "unsaid_bits", tiff(3, 2, 1, BLACK_IS_ZERO, b"\xa0\x40", more={BITS: None})
    yield "unsaid_counts", tiff(3, 2, 8, BLACK_IS_ZERO, grey, more={STRIP_COUNTS: None})
    yield "unsaid_samples", tiff(3, 2, 8, BLACK_IS_ZERO, grey, more={SAMPLES: None})
    yield "one_number_of_bits", tiff(3, 2, (8,) * 3, RGB, rgb, more={BITS: 8})
    yield "too_many_numbers_of_bits", tiff(3, 2, 8, BLACK_IS_ZERO, grey, more={BITS: (8, 8, 8)})
    yield "cut", tiff(3, 2, 8, BLACK_IS_ZERO, grey, more={HEIGHT: 30000})
    for width in (0, 65535):
        yield f"width_{width}", tiff(3, 2, 8, BLACK_IS_ZERO, grey, more={WIDTH: width})


def pnms():
    yield "comment", b"P3 1 1 255\n1 # of red\n2\n# a line\n3"
    yield "comment_p1", b"P1\n# one\n2 2\n1 0 # two\n#three\n01"
    yield "comment_p2", b"P2 2 1 255\n1#2\n 3"
    yield "comment_within", b"P2 2 1 255\n1#2\n3 4"
    yield "comment_cr", b"P2 2 1 255\n1 # and\r3"
    yield "comment_unended", b"P2 2 1 255\n1 3 # and"
    yield "comment_unended_short", b"P2 2 1 255\n1 # 3"
    yield "comment_in_header", b"P5 #a\n2 #b\n1 255\n#\x01"
    yield "comment_none", b"P6 1 1 255\n#1\n"
    for white in (1, 15, 100, 254, 255):
        levels = range(white + 1)
        yield f"white_{white}", b"P5 %d 1 %d\n" % (white + 1, white) + bytes(levels)
        yield f"white_{white}_plain", b"P2 %d 1 %d\n%s" % (white + 1, white, b" ".join(b"%d" % i for i in levels))
    for white in (256, 1000, 65535):
        levels = [white * i // 9 for i in range(10)]
        yield f"white_{white}_rgb", b"P6 2 1 %d\n" % white + numbers("H", ">", levels[:6])
        yield f"white_{white}_rgb_plain", b"P3 2 1 %d\n%s" % (white, b" ".join(b"%d" % i for i in levels[:6]))
    yield "bits", b"P4 11 2\n\xa5\xe0\x5a\x20"
    yield "bits_plain", b"P1 5 2 01010\n1 1 1 0 0"
    yield "bits_plain_wrong", b"P1 2 1 0 2"
    yield "too_large", b"P2 2 1 100\n1 101"
    yield "too_large_raw", b"P5 2 1 100\n\x01\x65"
    yield "negative", b"P2 2 1 100\n1 -1"
    yield "words", b"P2 2 1 100\n1 one"
    yield "plain_short", b"P3 2 1 255\n1 2 3 4 5"
    yield "raw_short", b"P6 2 1 255\n\1\2\3\4\5"
    yield "plain_more", b"P2 2 1 255\n1 2 3 4"


def bmp(width, height, bits, data, masks=None, palette=b"", compression=None):
    """A BMP with a header of 40 bytes, and masks behind it."""
    masks = struct.pack(f"<{len(masks)}I", *masks) if masks else b""
    compression = compression if compression is not None else 3 if masks else 0
    offset = 54 + len(masks) + len(palette)
    head = struct.pack("<2sIII", b"BM", offset + len(data), 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    return head + info + masks + palette + data


def bmps():
    fives = numbers("H", "<", [i << 10 | (31 - i) << 5 | (i * 7) % 32 for i in range(32)])
    sixes = numbers("H", "<", [(i * 5) % 32 << 11 | i << 5 | i // 2 for i in range(64)])
    greys = numbers("H", "<", [i << 10 | i << 5 | i for i in range(32)])
    yield "ramp555", bmp(32, 1, 16, greys)
    yield "fives", bmp(32, 1, 16, fives)
    yield "fives_masked", bmp(32, 1, 16, fives, (0x7C00, 0x3E0, 0x1F))
    yield "sixes_masked", bmp(64, 1, 16, sixes, (0xF800, 0x7E0, 0x1F))
    yield "eights", bmp(4, 1, 32, ramp(16))
    yield "eights_masked", bmp(4, 1, 32, ramp(16), (0xFF0000, 0xFF00, 0xFF))
    yield "eights_masked_otherwise", bmp(4, 1, 32, ramp(16), (0xFF000000, 0xFF0000, 0xFF00))
    colors = ramp(1024)
    indices = ramp(8)
    for bits, width in ((1, 11), (4, 5), (8, 3)):
        yield f"palette_{bits}_bits", bmp(width, 2, bits, indices, palette=colors[: 4 << bits])
        for short in (1, 2, 4):
            yield f"palette_{bits}_bits_short_{short}", bmp(width, 2, bits, indices[:-short], palette=colors[: 4 << bits])
    greys = bytes(b for i in range(256) for b in (i, i, i, 0))
    yield "grey", bmp(3, 2, 8, indices, palette=greys)
    yield "grey_two", bmp(11, 2, 1, indices, palette=bytes([0, 0, 0, 0, 255, 255, 255, 0]))
    for short in range(10):
        yield f"rgb_short_{short}", bmp(3, 2, 24, ramp(24)[: 24 - short])
        yield f"rgb_top_down_short_{short}", bmp(3, -2, 24, ramp(24)[: 24 - short])
    for short in range(4):
        yield f"fives_short_{short}", bmp(1, 2, 16, fives[: 8 - short])
        yield f"eights_short_{short}", bmp(1, 2, 32, ramp(8)[: 8 - short])
    rle = b"\3\1\0\0\0\3\1\2\3\0\0\1"
    for short in (0, 5):
        yield f"rle8_short_{short}", bmp(3, 2, 8, rle[: len(rle) - short], palette=colors, compression=1)


def png(width, height, bits, kind, data=b"", *more, rows=None, interlace=0, end=None, crc=0, adler=0):
    """A PNG of rows that are not filtered, with more chunks before the pixels."""
    chunk = lambda name, body, off=0: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body) ^ off)
    row = len(data) // height
    rows = rows or b"".join(b"\0" + data[i * row : (i + 1) * row] for i in range(height))
    pixels = bytearray(zlib.compress(rows))
    pixels[-1] ^= adler
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlace))
    file += b"".join(chunk(*one) for one in more) + chunk(b"IDAT", bytes(pixels), crc)
    return file + (chunk(b"IEND", b"") if end is None else end)


def pngs():
    rgb = ramp(18)
    whole = png(3, 2, 8, 2, rgb)
    for short in range(0, 24):
        yield f"short_{short}", whole[: len(whole) - short]
    yield "end_wrong", whole[:-1] + b"\0"
    yield "end_zeros", png(3, 2, 8, 2, rgb, end=b"\0" * 12)
    yield "more", whole + b"more"
    yield "crc_wrong", png(3, 2, 8, 2, rgb, crc=1)
    yield "sum_wrong", png(3, 2, 8, 2, rgb, adler=1)
    for bits in (1, 2, 4):
        yield f"grey_{bits}_bits", png(5, 2, bits, 0, ramp(2 * ((5 * bits + 7) // 8)))
        yield f"palette_{bits}_bits", png(5, 2, bits, 3, ramp(2 * ((5 * bits + 7) // 8)), (b"PLTE", ramp(3 << bits)))
    palette = (b"PLTE", ramp(768, step=5))
    yield "palette", png(3, 2, 8, 3, ramp(6), palette)
    yield "palette_alpha", png(3, 2, 8, 3, ramp(6), palette, (b"tRNS", ramp(200)))
    yield "grey_key", png(3, 2, 8, 0, ramp(6), (b"tRNS", struct.pack(">H", 11)))
    yield "rgb_key", png(3, 2, 8, 2, rgb, (b"tRNS", struct.pack(">HHH", *rgb[:3])))
    yield "grey_alpha", png(3, 2, 8, 4, ramp(12))
    yield "rgba", png(3, 2, 8, 6, ramp(24))
    yield "grey_16_bits", png(3, 2, 16, 0, ramp(12))
    yield "rgb_16_bits", png(3, 2, 16, 2, ramp(36))
    yield "grey_alpha_16_bits", png(3, 2, 16, 4, ramp(24))
    yield "rgba_16_bits", png(3, 2, 16, 6, ramp(48))


def interlaced(width, height):
    """The rows of a PNG in RGB that come in seven passes."""
    rows = b""
    for x, y, right, down in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        wide, high = len(range(x, width, right)), len(range(y, height, down))
        rows += b"".join(b"\0" + ramp(3 * wide, first=7 * row + x) for row in range(high if wide else 0))
    return rows


def others():
    yield "png_interlaced", png(9, 7, 8, 2, rows=interlaced(9, 7), interlace=1)
    palette = Image.frombytes("P", (9, 7), ramp(63))
    palette.putpalette(ramp(768, step=5))
    yield "gif", saved(palette, format="GIF")
    yield "gif_transparent", saved(palette, format="GIF", transparency=palette.getpixel((1, 0)))
    yield "gif_interlaced", saved(palette, format="GIF", interlace=True)
    moving = [palette, palette.transpose(Image.Transpose.FLIP_TOP_BOTTOM)]
    yield "gif_moving", saved(palette, format="GIF", save_all=True, append_images=moving)
    for mode, samples in (("L", 1), ("RGB", 3), ("RGBA", 4)):
        picture = Image.frombytes(mode, (9, 7), ramp(63 * samples))
        yield f"webp_{mode}", saved(picture, format="WEBP", lossless=True, exact=True)
    pages = [Image.frombytes("RGB", (3, 2), ramp(18, first=i)) for i in (1, 2)]
    yield "tiff_pages", saved(pages[0], format="TIFF", save_all=True, append_images=pages[1:])
    # Whatever the decoder, one colour stays one.
    even = Image.new("L", (24, 17), 77)
    yield "jpeg_even", saved(even, format="JPEG")
    yield "jpeg_even_progressive", saved(even, format="JPEG", progressive=True)
    yield "tiff_jpeg_even", saved(even, format="TIFF", compression="jpeg")
    yield "tiff_jpeg_even_rgb", saved(even.convert("RGB"), format="TIFF", compression="jpeg")
    # Which `read_image` refuses.
    yield "tiff_jpeg_grey_with_alpha", saved(Image.frombytes("LA", (7, 5), ramp(70)), format="TIFF", compression="jpeg")
    turned = {ORIENTATION: 5}
    yield "tiff_jpeg_even_turned", saved(even, format="TIFF", compression="jpeg", tiffinfo=turned)
    bitmap = Image.frombytes("1", (19, 7), ramp(21))
    yield "tiff_group4_turned", saved(bitmap, format="TIFF", compression="group4", tiffinfo=turned)


def cases():
    yield from others()
    for family in (tiffs, pnms, bmps, pngs):
        for name, file in family():
            yield f"{family.__name__[:-1]}_{name}", file


def main():
    tensors = {}
    for name, file in cases():
        assert f"{name}.file" not in tensors, name
        tensors[f"{name}.file"] = torch.frombuffer(bytearray(file), dtype=torch.uint8)
        # Pillow makes RGBA of this one.
        unchanged = "LA" if name == "png_grey_alpha_16_bits" else None
        for key, mode in (("unchanged", unchanged), ("rgb", "RGB")):
            if (pixels := pillow(file, mode)) is not None:
                tensors[f"{name}.{key}"] = pixels
    if sys.argv[1:] == ["--check"]:
        recorded = load_file(FIXTURE)
        same = recorded.keys() == tensors.keys() and all(torch.equal(tensors[k], recorded[k]) for k in tensors)
        sys.exit(None if same else f"{FIXTURE} is no longer what Pillow reads; run scripts/images.py")
    save_file(tensors, FIXTURE)
    read = sum(key.endswith(".unchanged") for key in tensors)
    files = sum(key.endswith(".file") for key in tensors)
    print(f"{files} files, {files - read} refused, {FIXTURE.stat().st_size:,} bytes, written to {FIXTURE}")


if __name__ == "__main__":
    main()
