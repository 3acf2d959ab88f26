#!/usr/bin/env python3
"""The build's bill of materials has the shape of SPDX 2.3 and names all that its binaries are made of.

CONNECTOR_SBOM is the document, CONNECTOR_BINARIES names the binaries, CONNECTOR_COMMANDS the build folder, and
CONNECTOR_WEB_LOCK the lock file of the user interface, where it is built.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import unittest

BINARIES = os.environ["CONNECTOR_BINARIES"].split(":")
# Of the compiler and the system: what a header of theirs leaves in a binary comes from a library that is named.
SYSTEM = re.compile(r"libc6-dev|linux-libc-dev|libgcc-\d+-dev|libstdc\+\+-\d+-dev|libcrypt-dev")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def source_of(package):
    return run("dpkg-query", "-W", "-f", "${source:Package}", package)


class SbomTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(os.environ["CONNECTOR_SBOM"]) as file:
            cls.document = json.load(file)
        cls.packages = {package["SPDXID"]: package for package in cls.document["packages"]}

    def related(self, one, how):
        return [self.packages[each["relatedSpdxElement"]] for each in self.document["relationships"]
                if each["spdxElementId"] == one and each["relationshipType"] == how]

    def product(self, binary):
        return next(package for package in self.related("SPDXRef-DOCUMENT", "DESCRIBES")
                    if package.get("packageFileName") == os.path.basename(binary))

    def test_document(self):
        document = self.document
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        self.assertEqual(document["dataLicense"], "CC0-1.0")
        self.assertEqual(document["SPDXID"], "SPDXRef-DOCUMENT")
        self.assertRegex(document["documentNamespace"], r"^https://[^#]+$")
        self.assertRegex(document["creationInfo"]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertTrue(all(re.match(r"(Tool|Person|Organization): ", each) for each in document["creationInfo"]["creators"]))

    def test_packages(self):
        self.assertEqual(len(self.packages), len(self.document["packages"]), "each has an ID of its own")
        for package in self.document["packages"]:
            with self.subTest(package["SPDXID"]):
                self.assertRegex(package["SPDXID"], r"^SPDXRef-[A-Za-z0-9.-]+$")
                self.assertTrue(package["name"] and package["versionInfo"] and package["downloadLocation"])
                self.assertIs(package["filesAnalyzed"], False)
                for checksum in package.get("checksums", []):
                    size = {"SHA256": 64, "SHA512": 128}[checksum["algorithm"]]
                    self.assertRegex(checksum["checksumValue"], rf"^[0-9a-f]{{{size}}}$")
                for reference in package.get("externalRefs", []):
                    self.assertEqual(reference["referenceCategory"], "PACKAGE-MANAGER")
                    self.assertRegex(reference["referenceLocator"], r"^pkg:(deb|npm)/\S+@\S+$")

    def test_relationships(self):
        known = {"SPDXRef-DOCUMENT", *self.packages}
        for each in self.document["relationships"]:
            self.assertIn(each["relationshipType"], {"DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK", "CONTAINS"})
            self.assertLessEqual({each["spdxElementId"], each["relatedSpdxElement"]}, known)
        used = {each["relatedSpdxElement"] for each in self.document["relationships"]}
        self.assertEqual(set(self.packages) - used, set(), "nothing is there without a use")

    def test_it_is_about_these_binaries(self):
        for binary in BINARIES:
            with open(binary, "rb") as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            self.assertEqual(self.product(binary)["checksums"], [{"algorithm": "SHA256", "checksumValue": digest}])

    def test_every_needed_library(self):
        for binary in BINARIES:
            linked = {name for package in self.related(self.product(binary)["SPDXID"], "DYNAMIC_LINK")
                      for name in package["comment"].removeprefix("Used: ").split(", ")}
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-W", "-d", binary))
            self.assertGreater(len(needed), 0)
            self.assertEqual(set(needed) - linked, set(), binary)

    @unittest.skipUnless(shutil.which("dpkg-query"), "needs dpkg")
    def test_every_library_whose_headers_are_compiled_in(self):
        """Forgotten are libraries without a library: the build knows which headers it read."""
        try:
            read = run("ninja", "-C", os.environ["CONNECTOR_COMMANDS"], "-t", "deps")
        except (OSError, subprocess.CalledProcessError):
            self.skipTest("needs a build by ninja")
        headers, mine = set(), False
        for line in read.splitlines():
            if not line.startswith(" "):
                mine = line.startswith(("host_stub/", "plugin_api/", "sendpulse_plugin/"))
            elif mine and line.strip().startswith("/usr/include/"):
                headers.add(line.strip())
        # One header of a folder stands for the others.
        folders = {re.match(r"/usr/include/(?:[\w-]+-linux-gnu/)?[^/]+", header).group(0): header for header in headers}
        self.assertIn("/usr/include/boost", folders)
        named = {source_of(package["name"]) for package in self.packages.values() if package["SPDXID"].startswith("SPDXRef-deb-")}
        for header in folders.values():
            package = run("dpkg-query", "-S", header).split(": ")[0].split(",")[0].split(":")[0]
            if not SYSTEM.fullmatch(package):
                self.assertIn(source_of(package), named, f"{package} ({header})")

    def test_the_packages_of_the_user_interface(self):
        if not os.environ["CONNECTOR_WEB_LOCK"]:
            self.skipTest("the user interface is not built")
        with open(os.environ["CONNECTOR_WEB_LOCK"]) as file:
            lock = json.load(file)
        web = next(package for package in self.related("SPDXRef-DOCUMENT", "DESCRIBES") if package["name"] == lock["name"])
        held = {(package["name"], package["versionInfo"]) for package in self.related(web["SPDXID"], "CONTAINS")}
        for name in lock["packages"][""]["dependencies"]:
            self.assertIn((name, lock["packages"][f"node_modules/{name}"]["version"]), held)
        for name in lock["packages"][""]["devDependencies"]:
            if lock["packages"][f"node_modules/{name}"].get("dev"):
                self.assertNotIn(name, {held_name for held_name, _ in held})


if __name__ == "__main__":
    unittest.main()
