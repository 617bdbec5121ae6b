"""Writes PDFs with automatic actions into the current folder, each by a random recipe from a seed, and a harmless twin of each.

pdfs.py SEED COUNT: writes `0001.pdf` and so on, and `seen.json`: for each file its recipe, and the actions that other readers see.
"""

import json
import random
import sys
import zlib

import pikepdf

import pdf_reader
from pdf_spelling import Name, Ref, Stream, Writer


class Document:
    """The objects of a page with an action somewhere, by number."""

    def __init__(self, dice, harmless):
        self.dice, self.harmless = dice, harmless
        self.objects = {
            1: {"Type": Name("Catalog"), "Pages": Ref(2)},
            2: {"Type": Name("Pages"), "Kids": [Ref(3)], "Count": 1},
            3: {"Type": Name("Page"), "Parent": Ref(2), "MediaBox": [0, 0, 99, 99]},
        }
        self.recipe = []

    def add(self, value):
        self.objects[max(self.objects) + 1] = value
        return Ref(max(self.objects))

    def maybe_apart(self, value):
        if isinstance(value, Ref) or self.dice.random() < 0.5:
            return value
        return self.add(value)

    def script(self):
        text = "AFNumber_Format(2, 0)" if self.harmless else self.dice.choice(["app.alert(1)", "x=1", "AFx_y(z())"])
        if self.dice.random() < 0.3 and not self.harmless:
            return self.add(Stream({}, text.encode()))
        return self.maybe_apart(text)

    def last(self, alone):
        """Returns an action with an effect; `alone` if it starts without a click."""
        page = {"S": Name("GoTo"), "D": [Ref(3), Name("Fit")]}
        kinds = ["JavaScript", "Launch", "ImportData", "Rendition"]
        if alone:
            kinds += ["URI", "GoToR", "GoToE", "SubmitForm", "Sound", "Movie"]
        kind = self.dice.choice(kinds)
        self.recipe.append(kind)
        if kind == "JavaScript":
            return {"S": Name(kind), "JS": self.script()}
        if self.harmless:
            return page
        more = {"Launch": {"F": "a.exe"}, "ImportData": {"F": "a.fdf"}, "Rendition": {"JS": "app.alert(1)"},
                "URI": {"URI": "https://example.com/"}, "GoToR": {"F": "b.pdf", "D": [0, Name("Fit")]},
                "GoToE": {"D": [0, Name("Fit")], "T": {"R": Name("C"), "N": "a"}}, "Sound": {"Sound": None},
                "SubmitForm": {"F": "https://example.com/"}, "Movie": {"T": "a"}}[kind]
        kind = self.maybe_apart(Name(kind)) if self.dice.random() < 0.2 else Name(kind)
        return {"S": kind, **more}

    def action(self, alone):
        """Returns such an action, or a chain that ends in one."""
        action = self.last(alone)
        for _ in range(self.dice.choice([0, 0, 0, 1, 2, 5, 20])):
            before = {"S": Name("GoTo"), "D": [Ref(3), Name("Fit")]}
            following = self.maybe_apart(action)
            if self.dice.random() < 0.3:
                following = self.maybe_apart([{"S": Name("Named"), "N": Name("NextPage")}, following])
            action = {**before, "Next": following}
            self.recipe.append("Next")
        return self.maybe_apart(action)

    def place(self):
        place = self.dice.choice(["open", "catalog", "page", "annotation", "click", "outline", "field", "names", "XFA"])
        self.recipe.append(place)
        catalog, page, apart = self.objects[1], self.objects[3], self.maybe_apart
        if place == "open":
            catalog["OpenAction"] = self.action(True)
        elif place == "catalog":
            catalog["AA"] = apart({self.dice.choice(["WC", "WS", "DS", "WP", "DP"]): self.action(True)})
        elif place == "page":
            page["AA"] = apart({self.dice.choice("OC"): self.action(True)})
        elif place == "annotation":
            triggers = apart({self.dice.choice(["PO", "PC", "PV", "E", "Fo"]): self.action(True)})
            page["Annots"] = apart([apart({"Subtype": Name("Link"), "Rect": [0, 0, 9, 9], "AA": triggers})])
        elif place == "click":
            page["Annots"] = apart([apart({"Subtype": Name("Link"), "Rect": [0, 0, 9, 9], "A": self.action(False)})])
        elif place == "outline":
            item = self.add({"Title": "a", "A": self.action(False)})
            catalog["Outlines"] = self.add({"First": item, "Last": item})
        elif place == "field":
            kid = apart({"FT": Name("Tx"), "T": "a", "AA": apart({self.dice.choice("KFVC"): self.action(True)})})
            catalog["AcroForm"] = apart({"Fields": apart([apart({"T": "b", "Kids": apart([kid])})])})
        elif place == "names":
            tree = {"Names": apart(["a", self.action(True)])}
            for _ in range(self.dice.randrange(3)):
                tree = {"Kids": apart([self.add(tree)])}
            catalog["Names"] = apart({"JavaScript": apart(tree)})
        elif not self.harmless:
            catalog["AcroForm"] = apart({"Fields": [], "XFA": apart(["a", self.add(Stream({}, b"<xdp/>"))])})


class File:
    """The bytes of a file, and the offsets of its objects."""

    def __init__(self, document, writer, dice):
        self.document, self.writer, self.dice = document, writer, dice
        self.bytes = b"%PDF-1." + b"%d" % dice.randrange(5, 8) + b"\n%\xe2\xe3\xcf\xd3\n"
        self.offsets, self.packed = {}, {}
        self.previous = None

    def add(self, number, value):
        self.offsets[number] = len(self.bytes)
        self.packed.pop(number, None)
        self.bytes += self.writer.opening(number) + self.writer.object(value) + b"\nendobj\n"

    def pack(self, numbers, holder):
        """Writes objects into an object stream."""
        bodies, pairs = b"", []
        for number in numbers:
            pairs.append(b"%d %d" % (number, len(bodies)))
            bodies += self.writer.value(self.document.objects[number]) + b"\n"
        table = self.dice.choice([b" ", b"\n", b"  "]).join(pairs) + b" "
        data, filters = table + bodies, []
        for _ in range(self.dice.randrange(2)):
            data, filters = zlib.compress(data), [Name("FlateDecode")]
        if self.dice.random() < 0.3:
            data, filters = data.hex().encode() + b">", [Name("ASCIIHexDecode"), *filters]
        entries = {"Type": Name("ObjStm"), "N": len(pairs), "First": len(table)}
        if filters:
            entries["Filter"] = filters if self.dice.random() < 0.5 or len(filters) > 1 else filters[0]
        self.add(holder, Stream(entries, data))
        for index, number in enumerate(numbers):
            self.packed[number] = (holder, index)
            self.offsets.pop(number, None)

    def trailer(self, **more):
        trailer = {"Size": max([*self.offsets, *self.packed]) + 2, "Root": Ref(1), **more}
        return trailer if self.previous is None else {**trailer, "Prev": self.previous}

    def table(self, numbers, broken=None, **more):
        start = len(self.bytes)
        self.bytes += b"xref\n0 1\n0000000000 65535 f \n"
        for number in sorted(numbers):
            self.bytes += b"%d 1\n%010d 00000 n \n" % (number, self.offsets[number] + (7 if broken == "offsets" else 0))
        self.bytes += b"trailer\n" + self.writer.value(self.trailer(**more)) + b"\n"
        self.end(start, broken)

    def references(self, number, alone=True):
        """Writes a cross-reference stream."""
        start = self.offsets[number] = len(self.bytes)
        known = sorted([*self.offsets, *self.packed])
        rows = b""
        for entry in known:
            kind, first, second = (1, self.offsets[entry], 0) if entry in self.offsets else (2, *self.packed[entry])
            rows += bytes([kind]) + first.to_bytes(4, "big") + second.to_bytes(2, "big")
        index = [part for entry in known for part in (entry, 1)]
        entries = {"Type": Name("XRef"), "W": [1, 4, 2], "Index": index, "Filter": Name("FlateDecode")}
        self.add(number, Stream({**entries, **self.trailer()}, zlib.compress(rows)))
        if alone:
            self.end(start, None)
        return start

    def end(self, start, broken):
        self.previous = start
        self.bytes += b"startxref\n%d\n%%%%EOF\n" % (99 if broken == "start" else start)


def plain(file, dice, broken=None):
    for number, value in file.document.objects.items():
        file.add(number, value)
    file.table(file.offsets, broken)


def without_table(file, dice):
    for number, value in file.document.objects.items():
        file.add(number, value)
    file.bytes += b"trailer" + file.writer.value(file.trailer()) + b"\n%%EOF\n"


def streams(file, dice):
    objects = file.document.objects
    loose = {number for number, value in objects.items() if isinstance(value, Stream) or dice.random() < 0.2}
    for number in loose:
        file.add(number, objects[number])
    rest = [number for number in objects if number not in loose]
    dice.shuffle(rest)
    half = dice.randrange(len(rest) + 1)
    free = max(objects) + 1
    for part in filter(None, (rest[:half], rest[half:])):
        file.pack(part, free)
        free += 1
    file.references(free)


def hybrid(file, dice):
    """Writes a table for old readers, and a stream for newer readers that hides objects."""
    objects = file.document.objects
    hidden = [number for number, value in objects.items() if number > 3 and not isinstance(value, Stream)]
    if not hidden:
        return plain(file, dice)
    for number in objects:
        if number not in hidden:
            file.add(number, objects[number])
    free = max(objects) + 1
    file.pack(hidden, free)
    seen = [number for number in file.offsets]
    start = file.references(free + 1, alone=False)
    file.table(seen, XRefStm=start)


def updated(file, dice):
    """Writes a document, and one or more incremental updates that add the action."""
    objects = file.document.objects
    old = {"Type": Name("Catalog"), "Pages": Ref(2)}
    file.add(1, old)
    file.add(2, {"Type": Name("Pages"), "Kids": [], "Count": 0})
    for number in objects:
        if number > 3 and dice.random() < 0.5:
            file.add(number, {"S": Name("GoTo"), "D": [Ref(2), Name("Fit")]})
    file.table(list(file.offsets))
    for _ in range(dice.randrange(1, 4)):
        fresh = []
        for number in objects:
            file.add(number, objects[number])
            fresh.append(number)
        file.table(fresh)


WAYS = {"plain": plain, "without table": without_table, "streams": streams, "hybrid": hybrid, "updated": updated,
        "broken start": lambda file, dice: plain(file, dice, "start"),
        "broken offsets": lambda file, dice: plain(file, dice, "offsets")}
SAVED = {
    "linearized": {"linearize": True},
    "object streams": {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
    "RC4": {"encryption": pikepdf.Encryption(owner="o", user="", R=3, aes=False, metadata=False)},
    "AES": {"encryption": pikepdf.Encryption(owner="o", user="", R=4)},
    "AES-256": {"encryption": pikepdf.Encryption(owner="o", user="", R=6),
                "object_stream_mode": pikepdf.ObjectStreamMode.generate},
}


def write(name, seed, harmless):
    dice = random.Random(seed)
    document = Document(random.Random(seed + "document"), harmless)
    document.place()
    way = dice.choice([*WAYS, *WAYS, *SAVED])
    wild = way in WAYS and dice.random() < 0.8
    file = File(document, Writer(dice, wild), dice)
    WAYS.get(way, plain)(file, dice)
    with open(name, "wb") as target:
        target.write(file.bytes)
    if way in SAVED:
        with pikepdf.open(name, allow_overwriting_input=True) as pdf:
            pdf.save(name, **SAVED[way])
    recipe = [way, "wild" if wild else "tame", *document.recipe]
    return {"recipe": f"{seed}: {', '.join(recipe)}", "seen": pdf_reader.acts(name)}


def main():
    seed, count = sys.argv[1], int(sys.argv[2])
    seen = {}
    for number in range(count):
        for harmless in (False, True):
            name = f"{number:04}{'-twin' if harmless else ''}.pdf"
            seen[name] = write(name, f"{seed}/{number}", harmless)
    with open("seen.json", "w") as file:
        json.dump(seen, file)


if __name__ == "__main__":
    main()
