"""PNGs with an archive in the places that can contain one."""

import struct
import zlib

from pictures import CANARY, PAYLOAD, picture, saved, profile


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def chunks(data):
    place = 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length


PNG_PLACES = (
    "text private iend tail idat rows plte colours trns sbit exif fdat iccp adler empty-blocks frames chrm late".split()
)


def png(r, places):
    mode = r.choice(["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    if {"plte", "sbit", "iccp"} & set(places):
        mode = "RGB"
    if "colours" in places:
        mode = "P"
    image = picture(r, mode)
    options = {"compress_level": r.choice([0, 1, 6, 9])}
    if "frames" in places:
        frames = [picture(r, mode, image.size) for _ in range(2)]
        options |= {"save_all": True, "append_images": frames, "duration": 70, "loop": r.randint(0, 3)}
    if "iccp" in places:
        options["icc_profile"] = profile()
    out, wrote = b"\x89PNG\r\n\x1a\n", False
    parts = list(chunks(saved(image, "PNG", **options)))
    packed = b"".join(data for name, data in parts if name == b"IDAT")
    for name, data in parts:
        if name == b"IDAT":
            if wrote:
                continue
            wrote = True
            if "plte" in places and "colours" not in places:
                out += chunk(b"PLTE", (PAYLOAD * 4)[:768])
            if "trns" in places and mode in ("LA", "RGBA"):
                out += chunk(b"tRNS", PAYLOAD[:200])
            for place, kind in [("sbit", b"sBIT"), ("text", b"tEXt"), ("private", b"prIv"), ("exif", b"eXIf")]:
                if place in places:
                    out += chunk(kind, {"sbit": CANARY[:3], "text": b"a\0" + PAYLOAD}.get(place, PAYLOAD))
            if "chrm" in places:
                out += chunk(b"cHRM", (CANARY * 2)[:32]) + chunk(b"gAMA", CANARY[:4])
            if "fdat" in places and "frames" not in places:
                out += chunk(b"fdAT", b"\0\0\0\0" + PAYLOAD)
            stream = packed
            if "rows" in places:
                stream = zlib.compress(zlib.decompress(packed) + PAYLOAD, 0)
            if "adler" in places:
                stream = stream[:-4] + CANARY[:4]
            if "empty-blocks" in places:
                packer = zlib.compressobj(6)
                stream = b"".join(
                    [packer.compress(zlib.decompress(packed)), *(packer.flush(zlib.Z_FULL_FLUSH) for _ in range(9))]
                )
                stream += packer.flush()
            if "tail" in places:
                stream += PAYLOAD
            step = r.choice([7, 100, 1 << 20])
            for start in range(0, len(stream), step):
                out += chunk(b"IDAT", stream[start : start + step])
            if "idat" in places:
                out += chunk(b"IDAT", PAYLOAD)
            if "late" in places:
                out += chunk(b"gAMA", CANARY[:4]) + chunk(b"bKGD", PAYLOAD)
            continue
        if name == b"PLTE" and "colours" in places:
            data = (data + PAYLOAD * 3)[:768]
            data = data[: len(data) // 3 * 3]
            bits = parts[0][1][8]
            data = data[: 3 << bits]
        if name == b"fdAT" and "frames" in places:
            data += PAYLOAD
        out += chunk(name, data)
    return out + (PAYLOAD if "iend" in places else b"")
