#!/usr/bin/env python3
"""Writes the software bill of materials of a build (SPDX 2.3, as JSON): what the host and the plugins are made of.

    sbom.py --version 0.1.0 --product NAME=FILE... [--built-in FILE...] [--package-lock FILE] --out FILE

* a product is a binary of this build. Every shared library that it needs, directly or through another one, is looked up
  with ldd;
* --built-in names files of what is compiled or linked into the binaries: headers of libraries without a library, static
  libraries;
* --package-lock is the npm lock file of the user interface. Packages for its development only are left out.

Where there is dpkg, a file stands for the Debian package that it came with. Elsewhere it stands for itself: its name, and
no version. Equal builds have equal documents, where SOURCE_DATE_EPOCH is set.

Source: SPDX Specification 2.3, https://spdx.github.io/spdx-spec/v2.3/.
"""
import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess

UNKNOWN = "NOASSERTION"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def spdx_id(*words):
    return "SPDXRef-" + "-".join(re.sub(r"[^A-Za-z0-9.]+", "-", word) for word in words)


def needed_libraries(binary):
    """{soname: path} of all that the dynamic linker loads with it."""
    found = {}
    for line in run("ldd", binary).splitlines():
        linked = re.match(r"\s*(\S+) => (/\S+) \(", line) or re.match(r"\s*(/\S+/([^/\s]+)) \(", line)
        if linked and "=>" in line:
            found[linked.group(1)] = linked.group(2)
        elif linked:
            found[linked.group(2)] = linked.group(1)
        elif "not found" in line:
            raise SystemExit(f"sbom: {binary} needs a library that is not there: {line.strip()}")
    return found


def debian_package(path):
    """(name, version, architecture, source) of the package that a file came with, or None."""
    if not shutil.which("dpkg-query"):
        return None
    real = os.path.realpath(path)
    # Packages may still name a file by its place before /lib became a link to /usr/lib.
    for name in dict.fromkeys((path, real, real.removeprefix("/usr"))):
        done = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
        if done.returncode == 0:
            package = done.stdout.split(": ")[0].split(",")[0].strip()
            fields = "${Package}\\t${Version}\\t${Architecture}\\t${source:Package}"
            return tuple(run("dpkg-query", "-W", "-f", fields, package).split("\t"))
    return None


def package(identifier, name, version, **more):
    return {
        "SPDXID": identifier, "name": name, "versionInfo": version, "downloadLocation": UNKNOWN, "filesAnalyzed": False,
        "licenseConcluded": UNKNOWN, "licenseDeclared": UNKNOWN, "copyrightText": UNKNOWN, **more,
    }


def purl(locator):
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]


class Document:
    def __init__(self):
        self.packages = {}
        self.relationships = set()

    def add(self, made):
        self.packages.setdefault(made["SPDXID"], made)
        return made["SPDXID"]

    def relate(self, one, how, other):
        self.relationships.add((one, how, other))

    def library(self, path, soname):
        """The package of a library or header; its comment lists the files that are used."""
        found = debian_package(path)
        if found:
            name, version, architecture, source = found
            made = package(spdx_id("deb", name), name, version, sourceInfo=f"Debian source package {source}",
                           externalRefs=purl(f"pkg:deb/debian/{name}@{version}?arch={architecture}"))
        else:
            made = package(spdx_id("library", soname), soname, UNKNOWN)
        identifier = self.add(made)
        kept = self.packages[identifier]
        used = set(filter(None, kept.get("comment", "").removeprefix("Used: ").split(", "))) | {soname}
        kept["comment"] = "Used: " + ", ".join(sorted(used))
        return identifier

    def npm(self, name, entry):
        checksums = []
        algorithm, _, digest = entry.get("integrity", "").partition("-")
        if algorithm == "sha512":
            checksums = [{"algorithm": "SHA512", "checksumValue": base64.b64decode(digest).hex()}]
        return self.add(package(spdx_id("npm", name, entry["version"]), name, entry["version"], checksums=checksums,
                                licenseDeclared=entry.get("license", UNKNOWN),
                                externalRefs=purl(f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}")))

    def json(self, version):
        packages = [self.packages[key] for key in sorted(self.packages)]
        relationships = [{"spdxElementId": one, "relationshipType": how, "relatedSpdxElement": other}
                         for one, how, other in sorted(self.relationships)]
        content = hashlib.sha256(json.dumps([packages, relationships]).encode()).hexdigest()
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        now = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else datetime.datetime.now(
            datetime.timezone.utc)
        return {
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"connector-host-{version}",
            "documentNamespace": f"https://spdx.org/spdxdocs/connector-host-{version}-{content}",
            "creationInfo": {"created": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: connector-host-sbom"]},
            "packages": packages, "relationships": relationships,
        }


def make(arguments):
    document = Document()
    built_in = [document.library(path, os.path.basename(path)) for path in arguments.built_in]
    for product in arguments.product:
        name, _, path = product.partition("=")
        identifier = document.add(package(
            spdx_id("product", name), name, arguments.version, licenseDeclared="Apache-2.0", packageFileName=os.path.basename(path),
            checksums=[{"algorithm": "SHA256", "checksumValue": sha256(path)}]))
        document.relate("SPDXRef-DOCUMENT", "DESCRIBES", identifier)
        for soname, library in needed_libraries(path).items():
            document.relate(identifier, "DYNAMIC_LINK", document.library(library, soname))
        for other in built_in:
            document.relate(identifier, "STATIC_LINK", other)
    if arguments.package_lock:
        with open(arguments.package_lock) as file:
            lock = json.load(file)
        web = document.add(package(spdx_id("product", lock["name"]), lock["name"], lock["version"], licenseDeclared="Apache-2.0"))
        document.relate("SPDXRef-DOCUMENT", "DESCRIBES", web)
        for place, entry in lock["packages"].items():
            if place and not entry.get("dev") and not entry.get("link"):
                document.relate(web, "CONTAINS", document.npm(place.rpartition("node_modules/")[2], entry))
    return document.json(arguments.version)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", required=True)
    parser.add_argument("--product", action="append", required=True)
    parser.add_argument("--built-in", nargs="*", default=[])
    parser.add_argument("--package-lock")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    with open(arguments.out, "w") as out:
        json.dump(make(arguments), out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
