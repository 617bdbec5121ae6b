"""Hides a ZIP archive in every place of an image that can contain one, and searches processed images for its remains.

hide.py make COUNT SEED: writes that many images, `NNN-PLACE.ext`, each with the archive in one place or in several.
hide.py check: compares each with `out-NNN-PLACE.ext`: prints a line for every pixel, frame time or loop count that differs, and
for every tool that finds the archive or other hidden data.
"""

import glob
import json
import os
import random
import subprocess
import sys
import zipfile
import zlib

from gif import GIF_PLACES, gif, unblocked
from jpeg import JPEG_PLACES, jpeg
from PIL import Image, ImageSequence
from pictures import CANARY
from png import PNG_PLACES, chunks, png
from webp import WEBP_PLACES, webp

KINDS = {
    "jpg": (jpeg, JPEG_PLACES),
    "png": (png, PNG_PLACES),
    "gif": (gif, GIF_PLACES),
    "webp": (webp, WEBP_PLACES),
}


def make(count, seed):
    r = random.Random(seed)
    todo = [(kind, [place]) for kind, (_, places) in KINDS.items() for place in places]
    r.shuffle(todo)
    for number in range(count):
        if number < len(todo):
            kind, places = todo[number]
        else:
            kind = r.choice(list(KINDS))
            places = r.sample(KINDS[kind][1], r.randint(1, 5))
        with open(f"{number:03}-{'+'.join(places)}.{kind}", "wb") as file:
            file.write(KINDS[kind][0](r, places))


def frames(name):
    """Returns the pixels and duration of every frame, and the loop count."""
    try:
        image = Image.open(name)
        out = []
        for frame in ImageSequence.Iterator(image):
            pixels = frame.tobytes() if frame.mode in ("I;16", "CMYK") else frame.convert("RGBA").tobytes()
            out.append((pixels, frame.info.get("duration"), frame.size))
        return out, image.info.get("loop")
    except OSError:
        return None


def is_same(name, out):
    if frames(out) is None:
        return False
    if frames(name) is not None:
        return frames(name) == frames(out)
    # Damage that Pillow does not tolerate, although browsers do.
    for file in (name, out):
        subprocess.run(["vips", "rawsave", file, file + ".raw"], check=True, stderr=subprocess.DEVNULL)
    with open(name + ".raw", "rb") as one, open(out + ".raw", "rb") as other:
        return one.read() == other.read()


def streams(data, kind):
    """Returns everything that a reader of these bytes may find."""
    yield data
    if kind == "jpg":
        yield data.replace(b"\xff\x00", b"\xff")
    if kind == "png":
        parts = list(chunks(data))
        for name in (b"IDAT", b"fdAT"):
            packed = b"".join(part[4 if name == b"fdAT" else 0 :] for kind_, part in parts if kind_ == name)
            yield packed
        yield zlib.decompress(b"".join(part for name, part in parts if name == b"IDAT"))
        for name, part in parts:
            if name == b"iCCP":
                yield zlib.decompress(part.split(b"\0", 1)[1][1:])
    if kind == "gif":
        place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
        while data[place] != 0x3B:
            if data[place] == 0x21:
                joined, place = unblocked(data, place + 2)
            else:
                place += 10 + (3 << (data[place + 9] & 7) + 1 if data[place + 9] & 0x80 else 0) + 1
                joined, place = unblocked(data, place)
            yield joined


TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}


def check():
    names = sorted(name for name in glob.glob("*") if not name.startswith("out-") and not name.endswith(".raw"))
    outs = []
    for name in names:
        out, kind = "out-" + name, name.rpartition(".")[2]
        if not os.path.exists(out):
            continue
        outs.append(out)
        with open(out, "rb") as file:
            data = file.read()
        if not is_same(name, out):
            print(name, "differs")
        for stream in streams(data, kind):
            if any(part in stream for part in (CANARY[:8], b"PK\5\6", b"PK\3\4")):
                print(name, "still has it")
        if zipfile.is_zipfile(out):
            print(name, "opens as a ZIP")
        if subprocess.run(["7z", "l", "-p", out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            print(name, "opens in 7z")
        said = subprocess.run(["file", "-b", "--mime-type", out], capture_output=True, text=True).stdout.strip()
        if said != TYPES[kind] and said != "image/vnd.mozilla.apng":
            print(name, "is", said)
    report = subprocess.run(["exiftool", "-j", "-G1", "-a", "-U", "-b", *outs], capture_output=True, text=True).stdout
    for facts in json.loads(report):
        for key, value in facts.items():
            if "Warning" in key or "CANARY" in str(value):
                print(facts["SourceFile"], key, value)


if sys.argv[1] == "make":
    make(int(sys.argv[2]), int(sys.argv[3]))
else:
    check()
