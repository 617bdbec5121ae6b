"""JPEGs with an archive in the places that can contain one."""

import struct

from PIL import Image
from pictures import CANARY, PAYLOAD, picture, saved, profile


def stuffed(data):
    return data.replace(b"\xff", b"\xff\x00")


def segment(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def segments(data):
    """Returns the segments of a JPEG: marker, payload, and for a scan its data in restart intervals."""
    place, out = 2, []
    while data[place + 1] != 0xD9:
        marker, (length,) = data[place + 1], struct.unpack_from(">H", data, place + 2)
        payload, place = data[place + 4 : place + 2 + length], place + 2 + length
        parts = []
        if marker == 0xDA:
            start = place
            while True:
                place = data.index(b"\xff", place)
                if 0xD0 <= data[place + 1] <= 0xD7:
                    parts.append(data[start:place])
                    start = place + 2
                elif data[place + 1] != 0:
                    break
                place += 2
            parts.append(data[start:place])
        out.append((marker, payload, parts))
    return out


def choice():
    """Makes a grey picture with sixteen codes for one symbol: the choice among the codes spells the archive."""
    bits = "".join(f"{byte:08b}" for byte in PAYLOAD) + "0"
    assert "1" * 16 not in bits
    blocks = (bits.count("0") + 1) // 2
    down = (blocks + 15) // 16
    bits += "0" * (2 * 16 * down - bits.count("0"))
    bits += "1" * (-len(bits) % 8)
    codes = bytes([1] * 16 + [0] * 16)
    out = b"\xff\xd8" + segment(0xDB, b"\0" + bytes([1] * 64))
    out += segment(0xC0, struct.pack(">BHHB", 8, 8 * down, 128, 1) + b"\1\x11\0")
    out += segment(0xC4, b"\0" + codes) + segment(0xC4, b"\x10" + codes) + segment(0xDA, b"\1\1\0\0\x3f\0")
    return out + stuffed(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))) + b"\xff\xd9"


def steps(payload):
    """Replaces the quantisation steps of a segment's tables by the archive."""
    tables = [payload[at : at + 65] for at in range(0, len(payload), 65)]
    return b"".join(bytes([0x10 | table[0], 0, table[1]]) + (PAYLOAD + bytes(126))[:126] for table in tables)


JPEG_PLACES = (
    "app com thumbnail adobe dqt dht redefined scan every-scan interval rst eoi stray dnl fill profile rescan choice steps"
).split()


def jpeg(r, places):
    if "choice" in places:
        return choice()
    options = {"quality": r.choice([30, 75, 95]), "progressive": r.random() < 0.4, "optimize": r.random() < 0.5}
    mode = r.choice(["RGB", "RGB", "L", "CMYK"])
    if mode == "RGB":
        options["subsampling"] = r.choice([0, 1, 2])
    if "interval" in places or r.random() < 0.2:
        options["restart_marker_blocks"] = r.choice([1, 2, 7])
    if "profile" in places:
        mode = "RGB"
        options["icc_profile"] = profile()
    image = picture(r, mode)
    if "steps" in places:
        image = Image.new(mode, image.size, tuple(r.randbytes(4))[: len(mode)] if mode != "L" else r.randrange(256))
    parts = segments(saved(image, "JPEG", **options))
    if "steps" in places:
        # 16-bit steps. All but the first are for frequencies that a picture of one colour does not have.
        parts = [(marker, steps(payload), data) if marker == 0xDB else (marker, payload, data) for marker, payload, data in parts]
    out = b"\xff\xd8"
    if "thumbnail" in places and mode in ("RGB", "L"):
        parts = [part for part in parts if part[0] != 0xE0]
        side = PAYLOAD + b"\0" * (-len(PAYLOAD) % 3)
        out += segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1" + bytes([len(side) // 3, 1]) + side)
    scans = [index for index, part in enumerate(parts) if part[0] == 0xDA]
    if "app" in places:
        out += segment(r.choice([0xE1, 0xE5, 0xED]), PAYLOAD)
    if "com" in places:
        out += segment(0xFE, PAYLOAD)
    if "dqt" in places:
        out += segment(0xDB, b"\3" + (PAYLOAD * 2)[:64])
    table = b"\x13" + bytes([0] * 7 + [150] + [0] * 8) + (PAYLOAD * 2)[:150]
    if "dht" in places:
        out += segment(0xC4, table)
    for index, (marker, payload, intervals) in enumerate(parts):
        if marker == 0xEE and "adobe" in places:
            payload += PAYLOAD
        if marker == 0xDA and "redefined" in places:
            out += segment(0xC4, table) + segment(0xDD, b"\0\1") + segment(0xC4, table)
            interval = [part[1] for part in parts if part[0] == 0xDD] or [b"\0\0"]
            out += segment(0xDD, interval[0])
        if "stray" in places and index and r.random() < 0.3:
            out += CANARY + b"\0" * r.randint(0, 40)
        out += b"\xff" * (r.randint(0, 3) if "fill" in places else 0) + segment(marker, payload)
        if marker != 0xDA:
            continue
        for number, interval in enumerate(intervals):
            if number:
                out += b"\xff" * (r.randint(0, 2) if "fill" in places else 0) + bytes([0xFF, 0xD0 + (number - 1) % 8])
            out += interval
            if "interval" in places and number + 1 < len(intervals):
                out += stuffed(CANARY[:4])
        if "every-scan" in places or "scan" in places and index == scans[-1]:
            out += stuffed(PAYLOAD)
        if "rst" in places and index == scans[-1]:
            out += bytes([0xFF, 0xD0 + (len(intervals) - 1) % 8]) + stuffed(PAYLOAD)
    if "rescan" in places:
        out += segment(0xDA, parts[r.choice(scans)][1]) + stuffed(PAYLOAD)
    if "dnl" in places:
        out += segment(0xDC, b"\0\7" + PAYLOAD)
    return out + b"\xff\xd9" + (PAYLOAD if "eoi" in places else b"")
