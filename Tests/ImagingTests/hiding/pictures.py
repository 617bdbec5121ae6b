"""Pictures to hide an archive in, and the archive."""

import io
import struct
import zipfile

from PIL import Image, ImageCms

CANARY = b"CANARY:\x01\x91\xa7\xc3" * 2


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(zipfile.ZipInfo("a"), CANARY)
    return out.getvalue()


PAYLOAD = CANARY + archive()


def picture(r, mode, size=None):
    width, height = size or (r.randint(9, 90), r.randint(9, 90))
    noise = Image.effect_noise((width, height), r.randint(5, 60))
    shades = Image.linear_gradient("L").resize((width, height))
    if mode == "1":
        return noise.convert("1")
    if mode == "L":
        return Image.blend(noise, shades, 0.6)
    if mode == "I;16":
        return Image.frombytes("I;16", (width, height), r.randbytes(2 * width * height))
    if mode == "LA":
        return Image.merge("LA", (noise, shades))
    rgb = Image.merge("RGB", (noise, shades, shades.transpose(Image.Transpose.ROTATE_180)))
    if mode == "RGBA":
        rgb.putalpha(shades)
        return rgb
    if mode == "P":
        return rgb.quantize(r.choice([2, 3, 11, 60]), dither=0)
    return rgb.convert(mode)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def profile():
    """Returns an ordinary profile with additional private tags, and with a gap."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", data, 128)
    table = bytearray(data[132 : 132 + 12 * count])
    for index in range(count):
        (offset,) = struct.unpack_from(">I", table, 12 * index + 4)
        struct.pack_into(">I", table, 12 * index + 4, offset + 12)
    end = len(data) + 12
    table += b"PRIV" + struct.pack(">II", end, len(PAYLOAD))
    out = data[:128] + struct.pack(">I", count + 1) + table + data[132 + 12 * count :] + PAYLOAD
    struct.pack_into(">I", out, 0, len(out))
    return bytes(out)
