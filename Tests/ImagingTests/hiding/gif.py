"""GIFs with an archive in the places that can contain one."""

from pictures import PAYLOAD, picture, saved


def blocks(data):
    out = b""
    for start in range(0, len(data), 255):
        out += bytes([len(data[start : start + 255])]) + data[start : start + 255]
    return out + b"\0"


def unblocked(data, place):
    out = b""
    while data[place]:
        out += data[place + 1 : place + 1 + data[place]]
        place += 1 + data[place]
    return out, place + 1


GIF_PLACES = "comment application text colours end terminator trailer blocks".split()


def gif(r, places):
    size = (r.randint(9, 60), r.randint(9, 60))
    count = r.choice([1, 1, 2, 4])
    # Colours, since Pillow writes palettes of greys in a special way.
    images = [picture(r, "P", size) for _ in range(count)]
    options = {"interlace": r.randint(0, 1), "optimize": r.random() < 0.3}
    if count > 1:
        options |= {"save_all": True, "append_images": images[1:], "duration": 60, "loop": r.randint(0, 2)}
    data = saved(images[0], "GIF", **options)
    length = 3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0
    out, place, palette = data[:13], 13 + length, data[13 : 13 + length]
    if "colours" in places and palette:
        # Twice the colours; no pixel uses the upper half, and the code sizes stay the same.
        grown = (palette + PAYLOAD * 8)[: min(768, 2 * length)]
        out = out[:10] + bytes([out[10] & 0xF8 | (len(grown) // 3).bit_length() - 2]) + out[11:]
        palette = grown
    out += palette
    for name, label in [("comment", 0xFE), ("application", 0xFF), ("text", 0x01)]:
        if name in places:
            head = {"application": b"\x0bXMP DataXMP", "text": b"\x0c" + b"\0" * 12}.get(name, b"")
            out += bytes([0x21, label]) + head + blocks(PAYLOAD)
    while data[place] != 0x3B:
        if data[place] == 0x21:
            _, end = unblocked(data, place + 2)
            out += data[place:end]
        else:
            end = place + 10 + (3 << (data[place + 9] & 7) + 1 if data[place + 9] & 0x80 else 0) + 1
            out += data[place:end]
            packed, end = unblocked(data, end)
            if "end" in places:
                packed += PAYLOAD
            if "blocks" in places:
                out += b"".join(b"\1" + packed[at : at + 1] for at in range(len(packed))) + b"\0"
            else:
                out += blocks(packed)
        place = end
    if "terminator" in places:
        out += b"\0" * 5
    return out + b"\x3b" + (PAYLOAD if "trailer" in places else b"")
