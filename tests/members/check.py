#!/usr/bin/env python3
"""Whether each member of the manifest's format has an effect: check.py FOLDER.

A member that is documented and checked, and that nobody reads, is a promise that is not kept. So for every property of
plugin_api/manifest.schema.json and of the strategies' own schemas (cpi/language/strategies.inc) some product code has to name it, as the
text "name": READERS says where the members of each object are read. That a check looks at a member, or lists it as allowed, does not
count; what nobody reads by its name is listed in WITHOUT_A_READER with its reason.

The members of cpi/manifest/manifest.hpp, the manifest as C++ has it, must be used by somebody outside of plugin_api/manifest/src.
"""
import json
import pathlib
import re
import sys

SDK = "plugin_api/sdk/src/*.cpp"
DETECTION = "plugin_api/sdk/src/detection/*.cpp"
MANIFEST = "plugin_api/manifest/src/manifest.cpp"
CATALOGUE = "plugin_api/manifest/src/catalogue.cpp"
PROBE = "plugin_api/language/src/probe.cpp"
PROBE_WRITES = "plugin_api/language/src/probe_writes.cpp"
ASSUMPTIONS = "plugin_api/manifest/src/assumptions.cpp"
COST = "plugin_api/manifest/src/cost.cpp"
DESCRIBE = "host_stub/plugins/*.cpp"
FORM = "host_stub/control/*.cpp"
ROWS = "host_stub/server/*.cpp"

# Who reads the members of an object. The object is the way to it in the schema: a definition, then members; [] is any element.
READERS = {
    "": [MANIFEST, CATALOGUE, SDK, ROWS, "host_stub/control/probing.cpp"],
    ".icon": ["host_stub/server/plugin_routes.cpp"],
    ".library": [MANIFEST],
    ".network": [MANIFEST, "plugin_api/language/src/network.cpp"],
    ".network.timeouts_ms": [MANIFEST],
    ".rate_limits[]": [MANIFEST],
    ".auth": [MANIFEST, SDK],
    ".auth.test": [MANIFEST, SDK],
    "auth_method": [MANIFEST, "host_stub/auth/methods/*.cpp"],
    "auth_method.refresh": [MANIFEST],
    "error_rule": ["plugin_api/language/src/error_rule.cpp"],
    "request": ["plugin_api/language/src/request_template.cpp"],
    "answer_condition": ["plugin_api/language/src/error_rule.cpp"],
    "answer": ["plugin_api/language/src/answer_shape.cpp"],
    "answer.accept": ["plugin_api/language/src/answer_shape.cpp"],
    "paging": ["plugin_api/language/src/paging.cpp"],
    "paging.size": ["plugin_api/language/src/paging.cpp"],
    "paging.from": ["plugin_api/language/src/paging.cpp"],
    "paging.after": ["plugin_api/language/src/paging.cpp"],
    "effects": [FORM, SDK],
    "deprecated": ["host_stub/plugins/describe.cpp"],
    "action": ["plugin_api/sdk/src/action.cpp", FORM, ROWS],
    "action.duplicate_check": ["host_stub/control/duplicate_check.cpp"],
    "action.duplicate_check.same[]": ["host_stub/control/duplicate_check.cpp"],
    "action.duplicate_check.details": ["host_stub/control/duplicate_check.cpp"],
    "action.duplicate_check.match": ["host_stub/control/duplicate_check.cpp"],
    "lookup": ["plugin_api/sdk/src/action.cpp", "plugin_api/sdk/src/row_filter.cpp", "host_stub/control/lookup.cpp", "host_stub/control/operation_form.cpp"],
    "trigger": [DETECTION, "plugin_api/sdk/src/connector.cpp", FORM, ROWS, MANIFEST],
    "trigger.start": ["host_stub/control/trigger_settings.cpp"],
    "trigger.dedupe": [DETECTION, MANIFEST],
    "trigger.cost": [COST],
    "cost_growth": [COST],
    "trigger.read": [DETECTION],
    "conditions[]": [DETECTION],
    "detect": [DETECTION],
    "detect.order": [DETECTION],
    "detect.horizon": [DETECTION],
    "detect.gate": [DETECTION],
    "detect.gate.window": [DETECTION],
    ".probe": [PROBE, PROBE_WRITES, "host_stub/control/probing.cpp"],
    "probe_request": [PROBE],
    "probe_take": [PROBE],
    "probe_assumption": [PROBE, ASSUMPTIONS],
    "probe_check": [PROBE],
    "probe_check.page_maximum": [PROBE],
    "probe_check.format": [PROBE],
    "probe_check.type": [PROBE],
    "probe_check.sum": [PROBE],
    "probe_values": [PROBE],
    "probe_writes": [PROBE_WRITES, PROBE],
    "probe_writes.place": [PROBE_WRITES],
    "probe_before": [PROBE_WRITES, PROBE],
    "probe_need": [PROBE_WRITES],
    "probe_step": [PROBE_WRITES, PROBE],
    "probe_step.until": [PROBE_WRITES],
    "probe_cleanup": [PROBE_WRITES],
    "probe_cleanup.verify": [PROBE_WRITES, PROBE],
    "limitation": [MANIFEST, "plugin_api/sdk/src/custom_call.cpp"],
    "limitation.applies_to": [],
    "omission": [MANIFEST],
    "limitation.paths[]": ["plugin_api/sdk/src/custom_call.cpp"],
    "json_schema": ["plugin_api/json/src/schema_compile.cpp", "plugin_api/sdk/src/times.cpp", "plugin_api/manifest/src/form_text.cpp", "host_stub/control/operation_form.cpp",
                    "host_stub/web/src/form/*.ts"],
    "json_schema.x-ui": ["host_stub/control/operation_form.cpp"],
    "json_schema.x-options": ["host_stub/control/operation_form.cpp"],
    "strategy": ["plugin_api/sdk/src/detection/{name}*.cpp", "plugin_api/sdk/src/detection/plan*.cpp"],
}

# Single members that others only hand on: who acts on them.
READERS_OF_ONE = {
    "limitation.applies_to": [],  # a rate limit has a member of that name, too
    "lookup.cache_s": ["host_stub/control/lookup.cpp"],  # a form's description repeats it
}

# Members that no code reads by their name, and why they are there.
WITHOUT_A_READER = {
    "manifest_version": "the check of the manifest decides by it whether anything else can be read",
    "icon.dark": "read under the name of the theme that the browser asks for",
    "json_schema.deprecated": "an annotation of JSON Schema: the form library that gets the schema may show it",
    "json_schema.readOnly": "likewise",
    "limitation.applies_to": "what it is about, for programs that search `describe --json` or the manifest",
    "limitation.applies_to.entities": "likewise",
    "limitation.applies_to.capabilities": "likewise",
    "AuthMethod::members": "what AuthMethod::text looks into",
    "trigger.type": "says poll, the only one there is; it keeps room for others, which an older host then refuses",
}

# What a struct's objects are called where they are used.
USED_AS = {
    "Library": r"library(?:\(\))?",
    "Network": r"network(?:\(\))?",
    "RateLimit": r"limit",
    "AuthMethod": r"\w*method_?",
    "Limitation": r"limitation",
    "Omission": r"omission",
    "Manifest": r"(?:\w*manifest_?(?:\(\))?|value\(\))",
}


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def without_allowed_names(text):
    """Lists of the members that an object may have, and of keywords without a meaning, are checks."""
    text = re.sub(r"\bKeyword\{\"[^\"]*\", nullptr\}", "", text)
    return re.sub(r"\bonly\((?:[^(){}]|\([^()]*\)|\{[^{}]*\})*\)|\ballowed_members\b[^;]*;", "", text, flags=re.S)


class Check:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.found = []
        self.read = 0
        self.texts = {}
        self.excused = set()

    def text_of(self, path):
        if path not in self.texts:
            self.texts[path] = without_allowed_names(without_comments(path.read_text(encoding="utf-8")))
        return self.texts[path]

    def files(self, pattern):
        files = sorted(self.root.glob(pattern))
        if not files:
            self.found.append(f"{pattern} in READERS is no file")
        return files

    def is_read(self, name, patterns):
        named = re.compile(rf"""["']{re.escape(name)}["']|(?<=\w)\.{re.escape(name)}\b""")
        return any(named.search(self.text_of(path)) if path.suffix == ".ts" else f'"{name}"' in self.text_of(path) for pattern in patterns for path in self.files(pattern))

    def member(self, place, name, patterns):
        whole = f"{place}.{name}".lstrip(".")
        if whole in WITHOUT_A_READER:
            self.excused.add(whole)
        elif self.is_read(name, READERS_OF_ONE.get(whole, patterns)):
            self.read += 1
        else:
            self.found.append(f"{whole} is read by nobody ({', '.join(patterns) or 'READERS names no file'}): give it an effect, or remove it")

    def object(self, place, node, patterns=None):
        """The members of a schema, and of the schemas inside it that have members."""
        if not isinstance(node, dict):
            return
        if isinstance(node.get("items"), dict):
            self.object(place + "[]", node["items"], patterns)
        members = node.get("properties")
        if not isinstance(members, dict) or not members:
            return
        own = patterns if patterns is not None else READERS.get(place)
        if own is None:
            self.found.append(f"READERS does not say who reads the members of {place or 'the manifest'}")
            return
        for name, inner in members.items():
            self.member(place, name, own)
            self.object(f"{place}.{name}", inner, patterns)

    def format(self):
        schema = json.loads((self.root / "plugin_api/manifest.schema.json").read_text(encoding="utf-8"))
        definitions = schema["definitions"]
        self.object("", schema)
        for name, definition in definitions.items():
            self.object(name, definition)

    def strategies(self):
        table = (self.root / "plugin_api/language/include/cpi/language/strategies.inc").read_text(encoding="utf-8")
        for name, own, schema in re.findall(r'^STRATEGY\((\w+), "(\w+)",[^"]*"\w*", R"\((.*?)\)"\)', table, re.S | re.M):
            self.object(f"strategy {name}: {own}", json.loads(schema), [each.format(name=name) for each in READERS["strategy"]])

    def header(self):
        text = without_comments((self.root / "plugin_api/manifest/include/cpi/manifest/manifest.hpp").read_text(encoding="utf-8"))
        users = [path for folder in ("host_stub", "plugin_api/manifest/tool", "sendpulse_plugin") for path in sorted((self.root / folder).rglob("*.[ch]pp"))
                 if "node_modules" not in path.parts]
        code = "\n".join(self.text_of(path) for path in users)
        for kind, name, body in re.findall(r"^(struct|class) (\w+) \{\n(.*?)^\};", text, re.S | re.M):
            called = USED_AS.get(name)
            if called is None:
                continue
            public = body.split(" private:")[0]
            names = re.findall(r"(\w+)\((?:[^()]|\([^()]*\))*\) const", public) if kind == "class" else []
            names += re.findall(r"^  [\w:<>, ]+ (\w+)(?: = [^;]*|\{\})?;", public, re.M)
            if not names:
                self.found.append(f"no member of {name} was found in manifest.hpp")
            for each in names:
                if f"{name}::{each}" in WITHOUT_A_READER:
                    self.excused.add(f"{name}::{each}")
                elif re.search(rf"\b{called}(?:\.|->){each}\b", code):
                    self.read += 1
                else:
                    self.found.append(f"{name}::{each} of cpi/manifest/manifest.hpp is used by nobody: remove it")

    def run(self):
        self.format()
        self.strategies()
        self.header()
        self.found += [f"{each} in WITHOUT_A_READER is no member" for each in sorted(WITHOUT_A_READER.keys() - self.excused)]
        return self.found


def main(root):
    check = Check(root)
    found = check.run()
    print("\n".join(found) if found else f"{check.read} members have an effect; {len(WITHOUT_A_READER)} have a reason to be there without")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
