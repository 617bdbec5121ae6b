"""Checks that an OpenAPI document is valid and explains itself; each defect is a line on standard error.

    python check.py web/openapi.yaml

Every operation, parameter, body, header, response and property needs a description; all but the responses without a body need
an example. Every example must match its schema. The output has the number of checked nodes.
"""

import collections
import pathlib
import sys

import jsonschema
import openapi_spec_validator
import yaml

METHODS = ("get", "post", "put", "patch", "delete")
counts = collections.Counter()


class Check:
    def __init__(self, document):
        self.document = document
        self.defects = []

    def resolve(self, node):
        """Returns the node, or the target of its `$ref`; members beside the `$ref` take precedence."""
        if "$ref" not in node:
            return node
        target = self.document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return {**self.resolve(target), **{name: value for name, value in node.items() if name != "$ref"}}

    def inline(self, node):
        """Returns the node with every `$ref` replaced by its target."""
        if isinstance(node, list):
            return [self.inline(item) for item in node]
        if isinstance(node, dict):
            return {name: self.inline(value) for name, value in self.resolve(node).items()}
        return node

    def require(self, condition, place, defect):
        if not condition:
            self.defects.append(f"{place}: {defect}")

    def described(self, node, place):
        words = str(node.get("description", "")).strip()
        self.require(words, place, "has no description")
        self.require(not words or words[-1] in ".!?", place, "has a description that does not end as a sentence does")

    def exemplified(self, examples, schema, place):
        self.require(examples, place, "has no example")
        form = jsonschema.Draft202012Validator(self.inline(schema), format_checker=jsonschema.FormatChecker())
        for example in examples:
            counts["examples"] += 1
            for error in form.iter_errors(example):
                self.require(False, place, f"has the example {example!r}: {error.message}")

    def schema(self, node, place):
        """Checks a schema at this place; a schema behind a `$ref` is checked at its own place."""
        if "$ref" in node:
            return
        for index, example in enumerate(node.get("examples", [])):
            self.exemplified([example], node, f"{place}/examples/{index}")
        inherited = {}
        for base in node.get("allOf", []):
            inherited |= self.resolve(base).get("properties", {})
        for name, value in node.get("properties", {}).items():
            base = inherited.get(name, {})
            if "const" in value:
                base = {key: words for key, words in base.items() if key != "examples"}
            self.property({**base, **value}, f"{place}/{name}")
        for name in ("items", "additionalProperties"):
            if isinstance(node.get(name), dict):
                self.schema(node[name], f"{place}/{name}")

    def property(self, node, place):
        counts["properties"] += 1
        whole = self.resolve(node)
        self.described(whole, place)
        kind = whole.get("type")
        if kind not in ("object", "array") and "allOf" not in whole and "const" not in whole:
            self.require(whole.get("examples"), place, "has no example")
        self.schema(node, place)

    def value(self, node, place):
        """Checks a parameter or a header."""
        counts["values"] += 1
        node = self.resolve(node)
        self.described(node, place)
        whole = self.resolve(node["schema"])
        self.exemplified(whole.get("examples", []), whole, place)

    def content(self, node, place):
        for kind, media in node.get("content", {}).items():
            if not media:
                continue
            counts["bodies"] += 1
            schema = self.resolve(media["schema"])
            examples = [self.resolve(example)["value"] for example in media.get("examples", {}).values()]
            branches = [self.resolve(branch) for branch in schema.get("oneOf", []) if "$ref" in branch]
            for branch in branches:
                examples += branch.get("examples", [])[:1]
            self.exemplified(examples or schema.get("examples", []), schema, f"{place} {kind}")
            self.schema(media["schema"], f"{place} {kind}")

    def operation(self, node, place):
        counts["operations"] += 1
        summary = node.get("summary", "")
        self.require(summary.endswith("."), place, "has no summary that is a sentence")
        self.described(node, place)
        self.require(node.get("operationId"), place, "has no operationId")
        if body := node.get("requestBody"):
            self.described(body, f"{place} body")
            self.content(body, f"{place} body")
        for status, response in node["responses"].items():
            response = self.resolve(response)
            self.described(response, f"{place} {status}")
            self.content(response, f"{place} {status}")
            for name, header in response.get("headers", {}).items():
                self.value(header, f"{place} {status} {name}")

    def run(self):
        openapi_spec_validator.validate(self.document)
        for path, item in self.document["paths"].items():
            for parameter in item.get("parameters", []):
                self.value(parameter, f"{path} {self.resolve(parameter)['name']}")
            for method in METHODS:
                if operation := item.get(method):
                    place = f"{method.upper()} {path}"
                    self.operation(operation, place)
                    for parameter in operation.get("parameters", []):
                        self.value(parameter, f"{place} {self.resolve(parameter)['name']}")
        for name, schema in self.document["components"]["schemas"].items():
            self.described(self.resolve(schema), name)
            self.require(self.resolve(schema).get("examples"), name, "has no example")
            self.schema(schema, name)
        for name, scheme in self.document["components"]["securitySchemes"].items():
            self.described(scheme, name)
        return self.defects


def main():
    defects = Check(yaml.safe_load(pathlib.Path(sys.argv[1]).read_text())).run()
    for defect in sorted(set(defects)):
        print(defect, file=sys.stderr)
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
