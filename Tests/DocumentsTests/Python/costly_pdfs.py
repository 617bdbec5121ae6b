"""Writes two honest PDFs of 50 MB into the current folder, and small and large PDFs that are designed to be slow to check.

costly_pdfs.py [PART]: with 5, all files are a fifth as large. Names of honest files begin with `honest-`.
"""

import os
import sys
import zlib

PART = int((sys.argv + ["1"])[1])

ROOT = b"<</Type/Catalog/Pages 2 0 R%s>>"
PAGES = b"<</Type/Pages/Kids[]/Count 0>>"


def stream(entries, data):
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def with_table(objects):
    parts, offsets, position = [b"%PDF-1.7\n"], [], 9
    for number, value in enumerate(objects, 1):
        offsets.append(position)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, value))
        position += len(parts[-1])
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts += [b"%010d 00000 n \n" % offset for offset in offsets]
    parts.append(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, position))
    return b"".join(parts)


def with_references(objects, rows, entries=b""):
    """Appends a cross-reference stream of these rows, each of six bytes."""
    body = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, value) for n, value in enumerate(objects, 1))
    number = len(objects) + 1
    entries = b"/Type/XRef/Size %d/W[1 4 1]/Root 1 0 R/Filter/FlateDecode" % number + entries
    return body + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream(entries, rows), len(body))


def packed(count, data, first):
    return [stream(b"/Type/ObjStm/N 1/First %d/Filter/FlateDecode" % first, data)] * count


def write(name, content):
    with open(name + ".pdf", "wb") as file:
        file.write(content)


images = []
for number in range(1000 // PART):
    images += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents %d 0 R>>" % (3 * number + 4),
               stream(b"", b"q 100 0 0 100 0 0 cm /I Do Q"), stream(b"/Type/XObject/Subtype/Image", os.urandom(50000))]
write("honest-images", with_table([ROOT % b"", PAGES, *images]))
element = b"<</Type/StructElem/S/P/P %d 0 R/K[<</Type/MCR/Pg 2 0 R/MCID %d>>]/A<</O/Layout/BBox[1 2 3 4]>>/T(%s)>>"
elements = [element % (n + 2, n, b"x" * 50) for n in range(230000 // PART)]
write("honest-tagged", with_table([ROOT % b"", PAGES, *elements]))

wrong = b"<</Length 5>>stream\naaaaaaaaaaaaaaa\nendstream"
write("wrong-lengths", with_table([ROOT % b"", PAGES] + [wrong] * (100000 // PART)))
START = b"%PDF-1.7\n1 0 obj" + ROOT % b"" + b"endobj\n2 0 obj" + PAGES + b"endobj\n"
numbers = range(3, 100000 // PART)
endless = b"".join(b"%d 0 obj<</Length 5>>stream\nab\n" % n for n in numbers)
write("no-ends", START + endless + b"trailer<</Root 1 0 R/Size 9>>\n%%EOF")
text = b"(AFNumber_Format\\(\"%s\"\\))"
write("shared-script", with_table(
    [ROOT % b"", PAGES, text % (b"x" * (8_000_000 // PART))] + [b"<</S/JavaScript/JS 3 0 R>>"] * (20000 // PART)))
write("many-scripts", with_table(
    [ROOT % b"", PAGES] + [b"<</S/JavaScript/JS(AFNumber_Format" + b"\\(\\)" * 230 + b"x)>>"] * (40000 // PART)))
many = 200000 // PART
chain = [b"<</S/GoTo/Next[%d 0 R %d 0 R]>>" % (3 + (n + 1) % many, 3 + (n * 7) % many) for n in range(many)]
write("chains", with_table([ROOT % b"/OpenAction 3 0 R", PAGES, *chain]))
write("references", with_table(
    [ROOT % b"/OpenAction 3 0 R", PAGES] + [b"%d 0 R" % (n + 4) for n in range(200000 // PART)] + [b"null"]))
write("one-array", with_table([ROOT % b"", PAGES, b"[/JS " + b"0 " * (10_000_000 // PART) + b"]"]))
write("arrays", with_table([ROOT % b"", PAGES] + [b"[/JS " + b"0 " * 70 + b"]"] * (200000 // PART)))
write("deep", with_table([ROOT % b"", PAGES, b"[/JS" + b"[" * (5_000_000 // PART)]))
nested = b"".join(b"%d 0 obj(" % n for n in numbers) + b")" * (100000 // PART)
write("objects-in-objects", START + nested + b"\ntrailer<</Root 1 0 R/Size 9>>\n%%EOF")
tables = {"rows": b"0000000009 00000 n \n" * (2_000_000 // PART), "short-rows": b"0 0 n\n" * (5_000_000 // PART),
          "sections": b"0 0\n" * (8_000_000 // PART)}
for name, lines in tables.items():
    write(name, START + b"xref\n0 %d\n" % lines.count(b"n") + lines
          + b"trailer<</Root 1 0 R/Size 9>>\nstartxref\n%d\n%%%%EOF" % len(START))
rows = zlib.compress(bytes([0, 0, 0, 0, 0, 255]) + bytes([1, 0, 0, 0, 9, 0]))
spaces = zlib.compress(b"9 0 " + b" " * (200 << 20))
write("unpacks-once", with_references([ROOT % b"", PAGES, *packed(1, spaces, 4)], rows))
write("unpacks-often", with_references([ROOT % b"", PAGES, *packed(20, spaces, 4)], rows))
numbers = zlib.compress(b"9 0 [/JS " + b"0 " * (20 << 20) + b"]")
write("unpacks-to-numbers", with_references([ROOT % b"", PAGES, *packed(3, numbers, 4)], rows))
write("references-unpack", with_references([ROOT % b"", PAGES], zlib.compress(b"\1\0\0\0\x09\0" * 20_000_000)))
twice = zlib.compress(zlib.compress(b"\0" * (1 << 30)))
filters = b"/Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]"
write("packed-twice", with_references([ROOT % b"", PAGES, stream(filters, twice)], rows))
wide = b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 400000000>>"
write("wide", with_references([ROOT % b"", PAGES, stream(wide, zlib.compress(b"9 0 0"))], rows))
write("huge-root", with_table([ROOT % (b"/X[" + b"0 " * (10_000_000 // PART) + b"]"), PAGES]))
root = zlib.compress(b"1 0 2 60 ".ljust(10) + ROOT % b"" + b" " * 30 + PAGES + b" [" + b"0 " * (25 << 20) + b"]")
rows = zlib.compress(bytes([0] * 5 + [255, 2, 0, 0, 0, 3, 0, 2, 0, 0, 0, 3, 1, 1, 0, 0, 0, 9, 0]))
start = b"%PDF-1.7\n3 0 obj\n" + stream(b"/Type/ObjStm/N 2/First 10/Filter/FlateDecode", root) + b"\nendobj\n"
entries = b"/Type/XRef/Size 4/W[1 4 1]/Root 1 0 R/Filter/FlateDecode"
write("packed-root", start + b"4 0 obj\n" + stream(entries, rows) + b"\nendobj\nstartxref\n%d\n%%%%EOF" % len(start))
members = b" ".join(b"%d 0" % n for n in range(100, 100100)) + b" "
same = zlib.compress(members + b"[/JS " + b"0 " * 100000 + b"]")
entries = b"/Type/ObjStm/N 100000/First %d/Filter/FlateDecode" % len(members)
write("one-for-all", with_references([ROOT % b"", PAGES, stream(entries, same)], rows))
