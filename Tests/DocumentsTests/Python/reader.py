"""Reports whether a document has active content, as readers with support for namespaces see it: lxml and odfpy.

It shares no code with the product's check, and knows only what the generator can make.
"""

import posixpath
import re
import urllib.parse
import zipfile

import odf.opendocument
from lxml import etree

W = ("http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main")
S = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
     "http://schemas.microsoft.com/office/excel/2006/main")
A = ("http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main")
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
XLINK = "http://www.w3.org/1999/xlink"


def parsed(data):
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, huge_tree=True))


def name(element):
    return etree.QName(element) if isinstance(element.tag, str) else None


class Package:
    """Returns the parts by name with the relationships that lead to them, as a consumer finds them from the package's relationships."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.parts = {entry.lower(): archive.read(entry) for entry in archive.namelist()}
        self.kinds = {}
        self.external = []
        self.follow("")

    def follow(self, part):
        folder, _, base = part.rpartition("/")
        listed = self.parts.get(f"{folder}/_rels/{base}.rels".lstrip("/"))
        if listed is None:
            return
        for element in parsed(listed).iter(f"{{{RELATIONSHIPS}}}Relationship"):
            kind = element.get("Type").rpartition("/")[2]
            target = element.get("Target")
            if element.get("TargetMode") == "External":
                self.external.append((kind, target))
                continue
            path = posixpath.normpath(posixpath.join("/" + folder, urllib.parse.unquote(target))).lstrip("/").lower()
            if path in self.parts and (path, kind) not in self.kinds:
                self.kinds[path, kind] = True
                self.follow(path)

    def of(self, *kinds):
        return [parsed(self.parts[path]) for path, kind in self.kinds if kind in kinds]


def understood(element, known, drop_text):
    """Returns an element's children after alternatives are chosen and ignorable elements are removed."""
    ignorable = {element.nsmap.get(prefix) for ancestor in [element, *element.iterancestors()]
                 for prefix in (ancestor.get(f"{{{MC}}}Ignorable") or "").split()}
    for child in element:
        tag = name(child)
        if tag is None:
            yield from [child.tail or ""]
            continue
        if tag.namespace == MC and tag.localname == "AlternateContent":
            chosen = None
            for branch in child:
                requires = [branch.nsmap.get(prefix) for prefix in (branch.get("Requires") or "").split()]
                if name(branch).localname == "Fallback" or requires and all(uri in known for uri in requires):
                    chosen = branch
                    break
            if chosen is not None:
                yield from understood(chosen, known, drop_text)
        elif tag.namespace in ignorable and tag.namespace not in known:
            processed = {tuple(word.split(":")) for ancestor in child.iterancestors()
                         for word in (ancestor.get(f"{{{MC}}}ProcessContent") or "").split()}
            if (child.prefix, tag.localname) in processed:
                yield from understood(child, known, drop_text)
        else:
            yield child
        if child.tail and not drop_text:
            yield child.tail


def events(element, known):
    """Returns marks and instructions of fields in document order; a text box counts as a separate text."""
    for child in understood(element, known, True):
        if isinstance(child, str):
            continue
        tag = name(child)
        word = tag.namespace in W
        own = f"{{{tag.namespace}}}"
        if word and tag.localname == "fldChar":
            yield child.get(own + "fldCharType"), ""
        elif word and tag.localname == "instrText":
            texts = [child.text or ""] + [part for part in understood(child, known, False) if isinstance(part, str)]
            yield "text", "".join(texts)
        elif word and tag.localname == "fldSimple":
            yield "simple", child.get(own + "instr") or ""
            yield from events(child, known)
        elif word and tag.localname == "txbxContent":
            yield "box", list(events(child, known))
        else:
            yield from events(child, known)


def starts_program(instruction):
    words = instruction.replace('"', " ").split()
    return bool(words) and words[0].lower() in ("dde", "ddeauto")


def fields_act(stream):
    stack = []
    for kind, text in stream:
        if kind == "begin":
            stack.append(["", True])
        elif kind == "text" and stack and stack[-1][1]:
            stack[-1][0] += text
        elif kind == "separate" and stack:
            stack[-1][1] = False
        elif kind == "end" and stack:
            if starts_program(stack.pop()[0]):
                return True
        elif kind == "simple" and starts_program(text) or kind == "box" and fields_act(text):
            return True
    return any(starts_program(instruction) for instruction, _ in stack)


def word_acts(package):
    stories = package.of("officeDocument", "header", "footer", "footnotes", "endnotes", "comments")
    # One reader knows the foreign namespaces, another does not.
    return any(fields_act(events(story, known)) for story in stories for known in ((), ("urn:z", "urn:y")))


def formula_acts(formula):
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|\{[^}]*\}|\[[^\]]*\]", "''", formula)
    return "|" in bare or re.search(r"(?<![\w.])dde\s*\(", bare, re.IGNORECASE) is not None


def sheet_acts(package):
    for part in package.of("officeDocument", "worksheet", "table"):
        for element in part.iter():
            tag = name(element)
            formulas = ("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula")
            if tag is not None and tag.namespace in S and tag.localname in formulas:
                texts = ["".join(element.itertext()), "".join([element.text or ""] + [child.tail or "" for child in element])]
                if any(formula_acts(text) for text in texts if text.strip()):
                    return True
    links = package.of("externalLink")
    return any(tag.localname == "ddeLink" and tag.namespace in S
               for link in links for tag in map(name, link.iter()) if tag is not None)


def slide_acts(package):
    kinds = ("slide", "slideLayout", "slideMaster", "notesSlide")
    for part in package.of(*kinds):
        for element in part.iter():
            tag = name(element)
            if tag is not None and tag.namespace in A and tag.localname in ("hlinkClick", "hlinkMouseOver", "hlinkHover"):
                action = (element.get("action") or "").lower()
                if action.startswith(("ppaction://program", "ppaction://macro")):
                    return True
    return False


def relationships_act(package):
    return any(kind in ("attachedTemplate", "oleObject", "frame") and target.startswith(("http://", "https://"))
               for kind, target in package.external)


def odf_space(uri):
    if uri is not None and uri.startswith(ODF):
        return uri[len(ODF):].split(":")[0]
    if uri is not None and uri.startswith("http://openoffice.org/200"):
        return uri.rpartition("/")[2]
    return "xlink" if uri == XLINK else None


def script_link(link):
    scheme = urllib.parse.unquote(link).strip().lower().split(":")[0]
    return ":" in urllib.parse.unquote(link) and scheme in ("vnd.sun.star.script", "macro", ".uno", "service", "slot", "javascript")


def odf_element_acts(space, local, attributes):
    """Returns `attributes` by namespace and local name."""
    link = attributes.get(("xlink", "href"), "")
    if (space, local) in {("office", "script"), ("office", "dde-source"), ("text", "dde-connection-decl"),
                          ("text", "execute-macro"), ("text", "script")}:
        return True
    if space in ("script", "presentation") and local in ("event-listener", "event"):
        action = attributes.get(("presentation", "action"), "")
        if attributes.get(("script", "macro-name")) or space == "presentation" and action in ("execute", "macro"):
            return True
    if script_link(link):
        return True
    formula = attributes.get(("table", "formula")) or attributes.get(("table", "expression")) or ""
    prefix, _, body = formula.partition(":=")
    return bool(formula) and formula_acts(body or formula)


def odf_acts(path):
    with zipfile.ZipFile(path) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    for entry, data in parts.items():
        base = entry.rpartition("/")[2]
        if base in ("content.xml", "styles.xml", "meta.xml", "settings.xml"):
            for element in parsed(data).iter():
                tag = name(element)
                if tag is None:
                    continue
                attributes = {(odf_space(key.namespace), key.localname): value
                              for key, value in ((etree.QName(raw), value) for raw, value in element.attrib.items())}
                if odf_element_acts(odf_space(tag.namespace), tag.localname, attributes):
                    return True
        if entry.startswith("Basic/") and base in ("script-lc.xml", "dialog-lc.xml"):
            for element in parsed(data).iter():
                if name(element).localname == "library" and (element.get(f"{{{XLINK}}}href") or any(
                        key.endswith("}link") and value == "true" for key, value in element.attrib.items())):
                    return True
    return odfpy_acts(path)


def odfpy_acts(path):
    """Returns odfpy's findings, if odfpy can parse the file."""
    try:
        document = odf.opendocument.load(path)
    except Exception:
        return False
    def walk(node):
        if hasattr(node, "qname"):
            attributes = {(odf_space(space), local): str(value) for (space, local), value in node.attributes.items()}
            if odf_element_acts(odf_space(node.qname[0]), node.qname[1], attributes):
                return True
        return any(walk(child) for child in node.childNodes)
    return walk(document.topnode)


def acts(path):
    kind = path.rpartition(".")[2]
    if kind in ("odt", "ods", "odp"):
        return odf_acts(path)
    package = Package(path)
    reader = {"docx": word_acts, "xlsx": sheet_acts, "pptx": slide_acts}[kind]
    return reader(package) or relationships_act(package)
