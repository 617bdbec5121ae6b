"""Reports the automatic actions that two other readers find in a PDF: pypdf and pikepdf."""

import logging
import re

import pikepdf
import pypdf
from pypdf.generic import ByteStringObject, DictionaryObject, StreamObject, TextStringObject

logging.disable(logging.CRITICAL)

VIEWS = {"/GoTo", "/GoToDp", "/Named", "/Thread", "/Hide", "/SetOCGState", "/Trans", "/GoTo3DView", "/ResetForm"}
RUN = {"/JavaScript", "/Launch", "/ImportData", "/Rendition", "/RichMediaExecute"}
FORMAT = re.compile(r"\s*AF[A-Za-z]+_[A-Za-z]+\([^()]*\);?\s*")


class Pypdf:
    def __init__(self, path):
        self.root = pypdf.PdfReader(path, strict=False).trailer["/Root"].get_object()

    def get(self, holder, key):
        try:
            value = holder.get(key)
            value = value.get_object() if value is not None else None
        except Exception:
            return None
        return None if isinstance(value, pypdf.generic.NullObject) else value

    def items(self, array):
        return [item for item in (self.object(item) for item in array) if item is not None]

    def object(self, item):
        try:
            return item.get_object()
        except Exception:
            return None

    def is_dictionary(self, value):
        return isinstance(value, DictionaryObject)

    def is_array(self, value):
        return isinstance(value, list)

    def script(self, value):
        if isinstance(value, StreamObject):
            return value.get_data().decode("latin-1")
        return str(value) if isinstance(value, (TextStringObject, ByteStringObject)) else None

    def keys(self, dictionary):
        return list(dictionary.keys())


class Pikepdf(Pypdf):
    def __init__(self, path):
        self.file = pikepdf.open(path)
        self.root = self.file.Root

    def get(self, holder, key):
        try:
            value = holder.get(key)
        except Exception:
            return None
        return value

    def object(self, item):
        return item

    def is_dictionary(self, value):
        return isinstance(value, (pikepdf.Dictionary, pikepdf.Stream))

    def is_array(self, value):
        return isinstance(value, pikepdf.Array)

    def script(self, value):
        if isinstance(value, pikepdf.Stream):
            return value.read_bytes().decode("latin-1")
        return str(value) if isinstance(value, pikepdf.String) else None


class Walk:
    """Walks from the catalog to everything that a viewer reaches by itself, or after a click."""

    def __init__(self, reader):
        self.reader = reader
        self.seen = []

    def acts(self):
        root = self.reader.root
        self.action(self.get(root, "/OpenAction"), True)
        self.triggers(root)
        names = self.get(root, "/Names")
        self.tree(self.get(names, "/JavaScript"), 0)
        form = self.get(root, "/AcroForm")
        if self.get(form, "/XFA") is not None:
            self.seen.append("XFA")
        self.fields(self.get(form, "/Fields"), 0)
        self.pages(self.get(root, "/Pages"), 0)
        self.outline(self.get(self.get(root, "/Outlines"), "/First"), 0)
        return self.seen

    def get(self, holder, key):
        return self.reader.get(holder, key) if self.reader.is_dictionary(holder) else None

    def items(self, value):
        return self.reader.items(value) if self.reader.is_array(value) else []

    def action(self, action, triggered, depth=0):
        if depth > 60:
            return
        for item in self.items(action):
            if depth > 0:
                self.action(item, triggered, depth + 1)
        kind = self.get(action, "/S")
        if kind is None:
            return
        kind = str(kind)
        text = self.reader.script(self.get(action, "/JS"))
        if kind in RUN and not (kind == "/JavaScript" and FORMAT.fullmatch(text or "")):
            self.seen.append(kind)
        elif triggered and kind not in VIEWS and kind != "/JavaScript":
            self.seen.append("by itself " + kind)
        self.action(self.get(action, "/Next"), triggered, depth + 1)

    def triggers(self, holder):
        actions = self.get(holder, "/AA")
        if self.reader.is_dictionary(actions):
            for key in self.reader.keys(actions):
                self.action(self.get(actions, key), True)

    def tree(self, node, depth):
        names = self.items(self.get(node, "/Names"))
        for value in names[1::2]:
            self.action(value, True)
        for kid in self.items(self.get(node, "/Kids")) if depth < 20 else []:
            self.tree(kid, depth + 1)

    def pages(self, node, depth):
        self.triggers(node)
        for annotation in self.items(self.get(node, "/Annots")):
            self.annotation(annotation)
        for kid in self.items(self.get(node, "/Kids")) if depth < 20 else []:
            self.pages(kid, depth + 1)

    def annotation(self, annotation):
        self.triggers(annotation)
        for key in ("/A", "/PA"):
            self.action(self.get(annotation, key), False)
        if str(self.get(annotation, "/Subtype")) == "/RichMedia":
            self.seen.append("rich media")

    def fields(self, fields, depth):
        for field in self.items(fields):
            self.annotation(field)
            if depth < 20:
                self.fields(self.get(field, "/Kids"), depth + 1)

    def outline(self, item, depth):
        if item is None or depth > 40:
            return
        self.action(self.get(item, "/A"), False)
        self.outline(self.get(item, "/First"), depth + 1)
        self.outline(self.get(item, "/Next"), depth + 1)


def acts(path):
    """Returns the findings by reader; None for a reader that cannot parse the file."""
    seen = {}
    for reader in (Pypdf, Pikepdf):
        try:
            seen[reader.__name__] = sorted(set(Walk(reader(path)).acts()))
        except Exception:
            seen[reader.__name__] = None
    return seen
