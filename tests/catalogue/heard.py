#!/usr/bin/env python3
"""Every value that an action takes is heard: heard.py HOST LIBRARY.

For each combination of an action's choices, each further field is given, and each given one changed, through the C ABI. The
request must become another one, or the value must be refused. What leaves the request as it was is dropped in silence, and
whoever filled it in believes that it counts.
"""
import copy
import ctypes as c
import itertools
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "abi" / "python"))
import host  # noqa: E402

MOST_COMBINATIONS = 400
CODE = {"api.request", "subscriber.add_many", "verifier.verify_address"}  # handlers: what they send is in their code


def first_step(connector, id_, value):
    """(request as a tuple, None), or (None, the list of problems)."""
    id_, _keep_id = host.lent(id_.encode())
    input_, _keep_input = host.lent(json.dumps(value).encode())
    operation = c.c_void_p()
    begin = host.sized(host.Begin, kind=host.ACTION, id=id_, input=input_)
    assert connector.plugin.begin(connector.handle, c.byref(begin), c.byref(operation)) == host.OK
    try:
        step = host.sized(host.Step)
        answer = host.sized(host.Answer, kind=host.START)
        assert connector.plugin.next(operation, c.byref(answer), c.byref(step)) == host.OK
        if step.kind == host.SEND:
            request = step.request.contents
            return (str(request.method), str(request.url), str(request.body)), None
        error = step.error.contents
        details = str(error.details)
        return None, json.loads(details) if details else [{"pointer": "", "message": str(error.message), "keyword": ""}]
    finally:
        connector.plugin.end(operation)


def resolved(schema, defs):
    while isinstance(schema, dict) and "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def constants(schema):
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return list(schema["enum"])
    choices = schema.get("oneOf") or schema.get("anyOf") or []
    return [each["const"] for each in choices] if choices and all("const" in each for each in choices) else None


def names_in(condition):
    """The fields that conditions anywhere below ask about."""
    if isinstance(condition, list):
        return set().union(*map(names_in, condition)) if condition else set()
    if not isinstance(condition, dict):
        return set()
    found = set(condition.get("if", {}).get("properties", {})) | set(condition.get("if", {}).get("required", []))
    for each in condition.get("if", {}).get("anyOf", []):
        found |= set(each.get("properties", {}))
    return found.union(*(names_in(inner) for inner in condition.values()))


def example(schema, defs, other=False):
    """A value that fits, or None; `other`: not the first that comes to mind."""
    schema = resolved(schema, defs)
    choices = constants(schema)
    if choices:
        return choices[-1 if other else 0]
    if schema.get("examples") and not other:
        return schema["examples"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind in ("integer", "number"):
        low = schema.get("minimum", 1)
        return min(low + 1, schema.get("maximum", low + 1)) if other else low
    if kind == "boolean":
        return not other
    if kind == "array":
        item = example(schema.get("items", {}), defs, other)
        return None if item is None else [item] * max(1, schema.get("minItems", 1))
    if kind == "object":
        names = schema.get("required") or list(schema.get("properties", {}))[:1]
        made = {name: example(schema["properties"][name], defs, other) for name in names}
        return made or {"one": "two" if other else "three"}
    texts = {
        "email": ["a@example.com", "b@example.com"],
        "date-time": ["2090-01-02T03:04:05Z", "2091-01-02T03:04:05Z"],
        "date-time-local": ["2090-01-02T03:04:05", "2091-01-02T03:04:05"],
        "date": ["2090-01-02", "2091-01-02"],
        "uri": ["https://example.com/a", "https://example.com/b"],
    }.get(schema.get("format"))
    if texts:
        return texts[other]
    if "contentEncoding" in schema:
        return "QQ==" if other else "Qg=="
    return ("other" if other else "text").ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 99)]


class Action:
    def __init__(self, action, lookups, connector):
        self.id = action["id"]
        self.schema = action["input"]
        self.defs = self.schema.get("$defs", {})
        self.fields = {name: resolved(field, self.defs) for name, field in self.schema.get("properties", {}).items()}
        self.sample = action.get("sample_input", {})
        self.connector = connector
        self.compared = 0
        # Some fields only say from what another one chooses.
        self.choosing = set()
        for field in self.fields.values():
            for options in (field.get("x-options"), resolved(field.get("items", {}), self.defs).get("x-options")):
                depends = (options or {}).get("depends_on") or lookups.get((options or {}).get("lookup"), [])
                self.choosing |= set(depends.values() if isinstance(depends, dict) else depends)

    def ask(self, value):
        return first_step(self.connector, self.id, value)

    def deciding(self):
        asked = names_in([resolved(rule, self.defs) for rule in self.schema.get("allOf", [])]) | names_in(self.schema)
        for field in self.fields.values():
            asked |= set(field.get("x-ui", {}).get("visible_when", {}))
        return [name for name in self.fields if name in asked and constants(self.fields[name])]

    def combinations(self):
        names = self.deciding()
        required = self.schema.get("required", [])
        values = [constants(self.fields[name]) + ([] if name in required else [None]) for name in names]
        return itertools.islice((dict(zip(names, each)) for each in itertools.product(*values)), MOST_COMBINATIONS)

    def base(self, chosen):
        """An input with these choices that is taken, and its request; None when there is none."""
        value = {name: each for name, each in copy.deepcopy(self.sample).items() if name not in chosen}
        value.update({name: each for name, each in chosen.items() if each is not None})
        for _ in range(12):
            request, problems = self.ask(value)
            if problems is None:
                return value, request
            for problem in problems:
                name = problem["pointer"][1:].split("/")[0]
                if problem["keyword"] == "required" and name in self.fields and name not in chosen:
                    value[name] = example(self.fields[name], self.defs)
                elif problem["keyword"] == "false schema" and name not in chosen:
                    value.pop(name, None)
                else:
                    return None
        return None

    def unheard(self):
        for chosen in self.combinations():
            made = self.base(chosen)
            if made is None:
                continue
            value, request = made
            for name, field in self.fields.items():
                if name in chosen or name in self.choosing:
                    continue
                for other in (False, True):
                    given = example(field, self.defs, other)
                    if given is None or given == value.get(name) or (name not in value and given == field.get("default")):
                        continue
                    if name not in value and given is False:
                        continue  # not wanted, and not asked for, are one
                    changed, problems = self.ask({**value, name: given})
                    self.compared += 1
                    if problems is None and changed == request:
                        yield name, {key: each for key, each in chosen.items() if each is not None}


def main(program, library):
    described = subprocess.run(
        [program, "--plugin-dir", str(pathlib.Path(library).parent.parent), "--json", "describe", "sendpulse"],
        check=True, capture_output=True, text=True)
    catalogue = json.loads(described.stdout)
    lookups = {each["id"]: each.get("depends_on") or [] for each in catalogue["lookups"]}
    connector = host.Connector(library)
    found, asked, compared = {}, 0, 0
    try:
        for action in catalogue["actions"]:
            if action["id"] in CODE:
                continue
            asked += 1
            one = Action(action, lookups, connector)
            for name, when in one.unheard():
                found.setdefault((action["id"], name), when)
            compared += one.compared
    finally:
        connector.close()
    for (id_, name), when in sorted(found.items()):
        print(f"{id_}: {name} is taken and changes nothing with {json.dumps(when)}")
    print(f"{asked} actions, {compared} inputs compared, {len(found)} fields that nobody hears")
    assert asked > 250 and compared > 2000, "the inputs hardly reach the actions"
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
