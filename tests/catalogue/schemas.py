"""Python's jsonschema takes every schema that `cpi-manifest schema` prints, and the samples that belong to them.

usage: schemas.py CPI_MANIFEST MANIFEST CONNECTOR_HOST PLUGIN_DIR
"""

import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("SKIPPED: Python's jsonschema is missing (Debian: python3-jsonschema), so the schemas are NOT tried with it.")
    sys.exit(77)


def output(*command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout)


def main():
    tool, manifest, host, plugins = sys.argv[1:]
    schemas = output(tool, "schema", manifest)
    described = output(host, "--plugin-dir", plugins, "--json", "describe", "sendpulse")
    checked = samples = 0
    faults = []
    for kind, operations in schemas.items():
        samples_of = {each["id"]: each for each in described[kind]}
        for operation, parts in operations.items():
            for part, sample in (("input", "sample_input"), ("output", "sample")):
                if part not in parts:
                    continue
                for draft in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
                    draft.check_schema(parts[part])
                    checked += 1
                    value = samples_of[operation].get(sample)
                    if value is None:
                        continue
                    samples += 1
                    faults += [f"{operation} {sample}: {each.message}" for each in draft(parts[part]).iter_errors(value)]
    print(f"{checked} schemas, {samples} samples, {len(faults)} faults")
    for each in faults:
        print(each)
    if faults or checked < 1000 or samples < 1000:
        sys.exit(1)


main()
