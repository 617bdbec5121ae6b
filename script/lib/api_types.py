"""Renders descriptions, types and members of an OpenAPI document as HTML, for api_page.py."""

import html
import json
import re

METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = set()


def text(words):
    """Returns a line of a description as HTML: `code` becomes code, and an operation's name a link to the operation."""

    def code(found):
        name = found.group(1)
        return f'<a href="#{name}"><code>{name}</code></a>' if name in OPERATIONS else f"<code>{name}</code>"

    return re.sub(r"`([^`]+)`", code, html.escape(str(words).strip(), quote=False))


def prose(words):
    """Returns the paragraphs and lists of a description as HTML."""
    parts = []
    for block in re.split(r"\n\s*\n", words.strip()):
        if block.startswith("- "):
            entries = re.split(r"\n- ", block[2:])
            parts.append("<ul>" + "".join(f"<li>{text(entry)}</li>" for entry in entries) + "</ul>")
        else:
            parts.append(f"<p>{text(block)}</p>")
    return "\n".join(parts)


def shown(value):
    return html.escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), quote=False)


def sample(label, content):
    return f'<p class="sample">{text(label)}:</p>\n<pre><code>{html.escape(content, quote=False)}</code></pre>'


class Document:
    """An OpenAPI document and its schemas as HTML."""

    def __init__(self, document):
        self.document = document
        self.schemas = document["components"]["schemas"]
        OPERATIONS.update(one["operationId"] for _, _, one, _ in self.operations())
        self.errors = {name for name, schema in self.schemas.items() if "const" in schema.get("properties", {}).get("code", {})}

    def resolve(self, node):
        if "$ref" not in node:
            return node
        target = self.document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return {**self.resolve(target), **{name: value for name, value in node.items() if name != "$ref"}}

    def is_object(self, name):
        """Returns True for a schema that has a separate section on the page."""
        whole = self.resolve(self.schemas[name])
        return name not in self.errors and whole.get("type") in ("object", "array") and name != "Nothing"

    # Types

    def kind(self, schema):
        """Returns the type in words, with a link if it is an object."""
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and self.is_object(name):
            return f'<a href="#object-{name}">{name}</a>'
        whole = self.resolve(schema)
        if branches := [branch for key in ("oneOf", "allOf") for branch in whole.get(key, []) if "type" in self.resolve(branch)]:
            return " or ".join(self.kind(branch) for branch in branches)
        if "const" in whole:
            return f"always <code>{shown(whole['const'])}</code>"
        if "enum" in whole:
            return "one of " + ", ".join(f"<code>{shown(value)}</code>" for value in whole["enum"])
        kinds = whole.get("type", "any")
        words = " or ".join([kinds] if isinstance(kinds, str) else kinds)
        if words == "array":
            words = "list of " + self.kind(whole["items"])
        elif words == "object" and isinstance(whole.get("additionalProperties"), dict):
            words = "object of " + self.kind(whole["additionalProperties"])
        return words + self.bounds(whole)

    @staticmethod
    def bounds(schema):
        words = f", {schema['format']}" if schema.get("format") in ("date-time", "uri") else ""
        for name, unit in (("imum", ""), ("Length", " characters"), ("Items", " entries")):
            low, high = f"min{name}", f"max{name}"
            if low in schema and high in schema:
                words += f", {schema[low]} to {schema[high]}{unit}"
            elif schema.get(low):
                words += f", at least {schema[low]}{unit}"
        return words + (f", default <code>{shown(schema['default'])}</code>" if "default" in schema else "")

    def entry(self, name, schema, note, description):
        """Returns one member, parameter or header as HTML."""
        whole = self.resolve(schema)
        example = next(iter(whole.get("examples", [])), None)
        nested = next((part for part in (whole, whole.get("items"), whole.get("additionalProperties")) if self.has_members(part)), None)
        body = prose(description)
        if nested and "$ref" not in schema:
            body += self.members(nested)
        elif example is not None and not isinstance(example, dict):
            body += f'<p class="sample">Example: <code>{shown(example)}</code></p>'
        return f'<dt><code>{html.escape(name)}</code> <span class="kind">{self.kind(schema)}{note}</span></dt>\n<dd>{body}</dd>'

    @staticmethod
    def has_members(schema):
        return isinstance(schema, dict) and "properties" in schema

    def members(self, schema):
        required = schema.get("required", [])
        entries = [
            self.entry(name, value, ", required" if name in required else "", self.resolve(value).get("description", ""))
            for name, value in schema["properties"].items()
        ]
        return '<dl class="members">\n' + "\n".join(entries) + "\n</dl>"

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    parameters = [self.resolve(one) for one in item.get("parameters", []) + item[method].get("parameters", [])]
                    yield method.upper(), path, item[method], parameters
