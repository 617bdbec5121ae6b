"""Objects of a PDF as bytes, spelled in any way that the specification allows."""


class Name(str):
    pass


class Ref(int):
    pass


class Stream:
    def __init__(self, entries, data):
        self.entries, self.data = entries, data


class Writer:
    """Writes objects; if `wild`, in randomly chosen spellings."""

    def __init__(self, dice, wild):
        self.dice, self.wild = dice, wild

    def space(self, needed=False):
        if not self.wild:
            return b" " if needed else b""
        choices = [b" ", b"\n", b"\r\n", b"\t", b"\f", b"\0", b"%x\n", b" % >> endobj (\r", b"  " * 60]
        return self.dice.choice(choices if needed or self.dice.random() < 0.3 else [b""])

    def name(self, text):
        out = b"/"
        for letter in text.encode():
            escaped = self.wild and self.dice.random() < 0.2
            form = self.dice.choice(["#%02x", "#%02X"])
            out += (form % letter).encode() if escaped else bytes([letter])
        return out

    def string(self, text):
        kind = self.dice.randrange(5) if self.wild else 0
        data = text.encode("latin-1")
        if kind == 1:
            return b"<" + data.hex().encode() + b">"
        if kind == 2:
            return b"<" + b" \n".join(b"%02X" % byte for byte in data) + b">"
        if kind == 3:
            return b"<FEFF" + text.encode("utf-16-be").hex().encode() + b">"
        if kind == 4:
            return b"(" + b"".join(b"\\%03o" % byte for byte in data) + b")"
        return b"(" + data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"

    def value(self, value):
        if isinstance(value, Name):
            return self.name(value)
        if isinstance(value, Ref):
            return b"%d%s0%sR" % (value, self.space(True), self.space(True))
        if isinstance(value, bool) or value is None:
            return {True: b"true", False: b"false", None: b"null"}[value]
        if isinstance(value, int):
            return b"%d" % value
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, list):
            return b"[" + b"".join(self.space(True) + self.value(item) for item in value) + self.space() + b"]"
        pairs = list(value.items())
        if self.wild:
            self.dice.shuffle(pairs)
        inner = b"".join(self.space() + self.name(key) + self.space(True) + self.value(item) for key, item in pairs)
        return b"<<" + inner + self.space() + b">>"

    def object(self, value):
        if not isinstance(value, Stream):
            return self.value(value)
        head = self.value({**value.entries, "Length": len(value.data)})
        return head + self.space() + b"stream\r\n" + value.data + b"\nendstream"

    def opening(self, number):
        return b"%d%s0%sobj" % (number, self.space(True), self.space(True)) + (self.space(True) or b"\n")
