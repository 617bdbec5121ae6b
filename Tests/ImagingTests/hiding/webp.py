"""WebPs with an archive in the places that can contain one."""

import struct

from pictures import PAYLOAD, picture, saved, profile


def riff(parts):
    body = b"WEBP" + b"".join(webp_chunk(name, data) for name, data in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"P" * (len(data) % 2)


def webp_chunks(data):
    place, out = 0, []
    while place < len(data):
        (length,) = struct.unpack_from("<I", data, place + 4)
        out.append((data[place : place + 4], data[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    return out


WEBP_PLACES = "chunk exif tail alpha-tail late-alpha riff frame reserved first-partition profile".split()


def webp(r, places):
    mode = r.choice(["RGB", "RGBA"])
    options = {"lossless": r.random() < 0.5, "quality": r.choice([20, 80]), "method": r.choice([0, 4])}
    if "first-partition" in places:
        mode, options["lossless"] = "RGB", False
    if "alpha-tail" in places:
        mode, options["lossless"] = "RGBA", False
    if "profile" in places:
        options["icc_profile"] = profile()
    image = picture(r, mode)
    if "frame" in places or r.random() < 0.2:
        more = [picture(r, mode, image.size) for _ in range(2)]
        options |= {"save_all": True, "append_images": more, "duration": 90, "loop": r.randint(0, 2)}

    def spoiled(parts):
        out = []
        for name, data in parts:
            if name == b"ANMF":
                head = bytearray(data[:16])
                if "reserved" in places:
                    head[15] |= 0xFC
                inner = b"".join(webp_chunk(*part) for part in spoiled(webp_chunks(data[16:])))
                data = bytes(head) + inner + (webp_chunk(b"junk", PAYLOAD) if "frame" in places else b"")
            if name == b"VP8 " and "first-partition" in places:
                tag = int.from_bytes(data[:3], "little")
                first = tag >> 5
                tag = tag & 0x1F | first + len(PAYLOAD) << 5
                data = tag.to_bytes(3, "little") + data[3 : 10 + first] + PAYLOAD + data[10 + first :]
            if name == b"ALPH" and "alpha-tail" in places:
                data += PAYLOAD
            if name in (b"VP8 ", b"VP8L") and "tail" in places:
                data += PAYLOAD
            out.append((name, data))
            if name in (b"VP8 ", b"VP8L") and "late-alpha" in places:
                out.append((b"ALPH", PAYLOAD))
        return out

    parts = spoiled(webp_chunks(saved(image, "WEBP", **options)[12:]))
    if "chunk" in places:
        parts.append((b"junk", PAYLOAD))
    if "exif" in places:
        parts += [(b"EXIF", PAYLOAD), (b"XMP ", PAYLOAD)]
    return riff(parts) + (PAYLOAD if "riff" in places else b"")
