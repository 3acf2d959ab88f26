#!/usr/bin/env python3
"""hardening.py finds each fault: one executable for each, built here with one option less. CXX names the compiler."""
import os
import platform
import subprocess
import sys
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hardening.py")
SOURCE = """
#include <cstdio>
#include <cstring>
using Function = int (*)(char *);
static int one(char *text) { return text[0]; }
static int two(char *text) { return text[1]; }
Function functions[] = {one, two};
int main(int count, char **words) {
  char text[40];
  strcpy(text, words[0]);
  return std::puts(text) + functions[count & 1](text);
}
"""
GOOD = ["-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3", "-fstack-protector-strong", "-fcf-protection=full",
        "-fPIE", "-pie", "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack"]


class HardeningTest(unittest.TestCase):
    def report(self, drop=(), options=(), source=SOURCE, how="--fortified"):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.cpp"), "w") as out:
                out.write(source)
            binary = os.path.join(folder, "a")
            good = [each for each in GOOD if each not in drop and (platform.machine() == "x86_64" or "-fcf" not in each)]
            built = subprocess.run([os.environ["CXX"], os.path.join(folder, "a.cpp"), "-o", binary, *good, *options],
                                   capture_output=True, text=True)
            self.assertEqual(built.returncode, 0, built.stderr)
            done = subprocess.run([sys.executable, CHECK, how, binary], capture_output=True, text=True)
            return done.returncode, done.stdout + done.stderr

    def expect(self, fragment, **how):
        code, report = self.report(**how)
        self.assertEqual(code, 1, report)
        self.assertIn(fragment, report)

    def test_good(self):
        self.assertEqual(self.report(), (0, ""))

    def test_fixed_address(self):
        self.expect("-fPIE -pie", drop=["-fPIE", "-pie"], options=["-no-pie", "-fno-pie"])

    def test_lazy_binding(self):
        self.expect("-z,now", drop=["-Wl,-z,now"], options=["-Wl,-z,lazy"])

    def test_writable_relocations(self):
        self.expect("-z,relro", drop=["-Wl,-z,relro"], options=["-Wl,-z,norelro"])

    def test_executable_stack(self):
        self.expect("executable stack", drop=["-Wl,-z,noexecstack"], options=["-Wl,-z,execstack"])

    def test_no_stack_protector(self):
        self.expect("-fstack-protector-strong", drop=["-fstack-protector-strong"], options=["-fno-stack-protector"])

    def test_no_fortification(self):
        how = {"drop": ["-D_FORTIFY_SOURCE=3"]}
        self.expect("-D_FORTIFY_SOURCE=3", **how)
        self.assertEqual(self.report(how="--unfortified", **how), (0, ""))

    @unittest.skipUnless(platform.machine() == "x86_64", "control-flow protection of x86-64")
    def test_no_control_flow_protection(self):
        self.expect("-fcf-protection=full", drop=["-fcf-protection=full"], options=["-fcf-protection=none"])

    def test_rpath(self):
        self.expect("RPATH", options=["-Wl,-rpath,/tmp"])


if __name__ == "__main__":
    unittest.main()
