"""Writes web/docs/index.html, the readable form of web/openapi.yaml: one static page, without JavaScript.

    python api_page.py OPENAPI_YAML PAGE [--check]

With --check it writes nothing, and its exit status is 1 unless the page matches the document.
"""

import html
import json
import pathlib
import sys
from urllib.parse import quote

import yaml
from api_types import Document, prose, sample, text

CREDENTIALS = {
    "token": ["Authorization: Bearer TOKEN"],
    "events": ["Authorization: Bearer EVENTS_TOKEN"],
    "signedCookies": ["Cookie: CloudFront-Policy=…; CloudFront-Signature=…; CloudFront-Key-Pair-Id=K1"],
}


class Page(Document):
    """The whole page."""

    # Operations

    def example(self, parameter):
        return self.resolve(parameter["schema"])["examples"][0]

    def request(self, method, path, operation, parameters):
        """Returns an example of the HTTP request."""
        query = []
        for parameter in parameters:
            value, name = self.example(parameter), parameter["name"]
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", quote(str(value), safe="@"))
            elif parameter["in"] == "query" and parameter.get("required"):
                query.append(f"{name}={quote(str(value), safe='/,')}")
        scheme = next(iter((operation.get("security", self.document["security"]) or [{}])[0]), None)
        lines = CREDENTIALS.get(scheme, [])
        body = ""
        if "requestBody" in operation:
            lines = [*lines, "Content-Type: application/json"]
            schema = self.resolve(operation["requestBody"]["content"]["application/json"]["schema"])
            body = "\n\n" + json.dumps(schema["examples"][0], indent=2, ensure_ascii=False)
        target = path + ("?" + "&".join(query) if query else "")
        return sample("Example", "\n".join([f"{method} {target}", *lines]) + body)

    def body(self, media):
        schema = media["schema"]
        name = schema.get("$ref", "").rpartition("/")[2]
        examples = [(self.resolve(one).get("summary"), one["value"]) for one in media.get("examples", {}).values()]
        examples = examples or [(None, example) for example in self.resolve(schema)["examples"][:1]]
        words = f'<p>Body: {self.kind(schema)}</p>' if not name or self.is_object(name) else "<p>Body: an empty object</p>"
        for summary, example in examples:
            words += sample(summary or "Example", json.dumps(example, indent=2, ensure_ascii=False))
        return words

    def responses(self, operation):
        good, bad = [], []
        for status, response in sorted(operation["responses"].items()):
            response = self.resolve(response)
            problem = response.get("content", {}).get("application/problem+json")
            if problem:
                branches = problem["schema"].get("oneOf", [problem["schema"]])
                codes = [self.schemas[one["$ref"].rpartition("/")[2]]["properties"]["code"]["const"] for one in branches]
                bad += [f'<li>{status} <a href="#error-{code}"><code>{code}</code></a></li>' for code in codes]
                continue
            words = prose(response["description"])
            headers = [self.entry(name, header["schema"], "", header["description"])
                       for name, header in ((name, self.resolve(one)) for name, one in response.get("headers", {}).items())]
            words += '<dl class="members">' + "\n".join(headers) + "</dl>" if headers else ""
            for kind, media in response.get("content", {}).items():
                words += self.body(media) if media else f"<p>Body: <code>{kind}</code></p>"
            good.append(f"<dt>{status}</dt>\n<dd>{words}</dd>")
        return '<dl class="responses">' + "\n".join(good) + '</dl>\n<h4>Errors</h4>\n<ul class="errors">' + "\n".join(bad) + "</ul>"

    def operation(self, method, path, operation, parameters):
        parts = [f'<article id="{operation["operationId"]}">', f"<h3>{self.link(operation)}</h3>",
                 f'<p class="route"><span class="method {method.lower()}">{method}</span> <code>{html.escape(path)}</code></p>',
                 prose(operation["description"])]
        if parameters:
            notes = [f", in the {one['in']}" + (", required" if one.get("required") else "") for one in parameters]
            entries = [self.entry(one["name"], one["schema"], note, one["description"]) for one, note in zip(parameters, notes)]
            parts.append('<h4>Parameters</h4>\n<dl class="members">\n' + "\n".join(entries) + "\n</dl>")
        parts.append("<h4>Request</h4>")
        if body := operation.get("requestBody"):
            schema = body["content"]["application/json"]["schema"]
            parts.append(prose(body["description"]) + f"<p>Body: {self.kind(schema)}{'' if body.get('required') else ', optional'}</p>")
            if self.has_members(self.resolve(schema)):
                parts.append(self.members(self.resolve(schema)))
        parts += [self.request(method, path, operation, parameters), "<h4>Responses</h4>", self.responses(operation), "</article>"]
        return "\n".join(parts)

    # The page

    @staticmethod
    def link(operation):
        return f'<a href="#{operation["operationId"]}">{text(operation["summary"].rstrip("."))}</a>'

    def section(self, tag):
        mine = [one for one in self.operations() if tag["name"] in one[2]["tags"]]
        index = "".join(f"<li>{self.link(one)} <code>{method} {html.escape(path)}</code></li>" for method, path, one, _ in mine)
        return "\n".join([f'<section id="{tag["name"]}">', f'<h2>{tag["name"].capitalize()}</h2>', prose(tag["description"]),
                          f'<ul class="index">{index}</ul>', *(self.operation(*one) for one in mine), "</section>"])

    def navigation(self):
        parts = []
        for tag in self.document["tags"]:
            links = "".join(f"<li>{self.link(one)}</li>" for _, _, one, _ in self.operations() if tag["name"] in one["tags"])
            parts.append(f'<li><a href="#{tag["name"]}">{tag["name"].capitalize()}</a>\n<ul>{links}</ul></li>')
        more = "".join(f'<li><a href="#{name}">{name.capitalize()}</a></li>' for name in ("authentication", "errors", "objects"))
        return "<ul>" + "\n".join(parts) + more + "</ul>"

    def schemes(self):
        entries = [f"<dt><code>{name}</code></dt>\n<dd>{prose(scheme['description'])}</dd>"
                   for name, scheme in self.document["components"]["securitySchemes"].items()]
        return '<dl class="members">' + "\n".join(entries) + "</dl>"

    def error_list(self):
        entries = []
        for name in sorted(self.errors, key=lambda name: (self.schemas[name]["examples"][0]["status"], name)):
            schema, example = self.schemas[name], self.schemas[name]["examples"][0]
            code, status = example["code"], example["status"]
            entries.append(f'<dt id="error-{code}"><code>{code}</code> <span class="kind">{status}</span></dt>\n'
                           f"<dd>{prose(schema['description'])}</dd>")
        problem = sample("Example", json.dumps(self.schemas["Problem"]["examples"][0], indent=2))
        return f'<p>Every error is a <a href="#object-Problem">Problem</a>:</p>\n{problem}\n<dl class="members">' + "\n".join(entries) + "</dl>"

    def objects(self):
        parts = []
        for name in sorted(filter(self.is_object, self.schemas)):
            schema = self.resolve(self.schemas[name])
            inner = next((part for part in (schema, schema.get("additionalProperties")) if self.has_members(part)), None)
            parts += [f'<article id="object-{name}">', f"<h3>{name}</h3>", prose(schema["description"])]
            if inner:
                parts.append(("" if inner is schema else "<p>Each member is an object:</p>") + self.members(inner))
            elif "items" in schema or "additionalProperties" in schema:
                words = self.kind(schema)
                parts.append(f"<p>{words[0].upper()}{words[1:]}</p>")
            parts += [sample("Example", json.dumps(schema["examples"][0], indent=2, ensure_ascii=False)), "</article>"]
        return "\n".join(parts)

    def __str__(self):
        info = self.document["info"]
        title = f"{info['title']} API"
        return f"""<!doctype html>
<html lang="en">
<!-- script/api-page makes this page of web/openapi.yaml. -->
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>{html.escape(title)}</title>
  <link rel="stylesheet" href="docs.css">
  <link rel="service-desc" type="application/yaml" href="/openapi.yaml">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<nav aria-label="Operations">
{self.navigation()}
</nav>
<main id="content">
<h1>{html.escape(title)}</h1>
<p class="lead">{text(info["summary"])}</p>
{prose(info["description"])}
<p>The same as an OpenAPI document for programs: <a href="/openapi.yaml">openapi.yaml</a>.</p>
{chr(10).join(self.section(tag) for tag in self.document["tags"])}
<section id="authentication">
<h2>Authentication</h2>
{self.schemes()}
</section>
<section id="errors">
<h2>Errors</h2>
{self.error_list()}
</section>
<section id="objects">
<h2>Objects</h2>
{self.objects()}
</section>
</main>
</body>
</html>
"""


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    page = str(Page(yaml.safe_load(source.read_text())))
    if sys.argv[3:] == ["--check"]:
        return 0 if target.read_text() == page else f"{target} is not current: run script/api-page"
    target.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
