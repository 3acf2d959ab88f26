#!/usr/bin/env python3
"""plugin_file.py finds each fault: one broken plugin for each, built here. CC and CXX name compilers."""
import os
import subprocess
import sys
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plugin_file.py")
ENTRY = ('__attribute__((visibility("default"))) void *cpi_plugin_entry_v1(void) { return 0; }\n')
GOOD = ["-Wl,-z,now", "-Wl,-z,relro", "-Wl,-z,noexecstack", "-Wl,-z,defs", "-fvisibility=hidden"]
MAP = "{ global: cpi_plugin_entry_v1; local: *; };\n"


class PluginFileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def report(self, source, options=(), drop=(), map_=MAP, language="c"):
        with open(self.path("plugin." + language), "w") as out:
            out.write(source)
        with open(self.path("exports.map"), "w") as out:
            out.write(map_)
        compiler = os.environ["CXX"] if language == "cpp" else os.environ["CC"]
        command = [compiler, "-shared", "-fPIC", self.path("plugin." + language), "-o",
                   self.path("plugin.so"), f"-Wl,--version-script={self.path('exports.map')}",
                   *(o for o in GOOD if o not in drop), *options]
        built = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(built.returncode, 0, built.stderr)
        done = subprocess.run([sys.executable, CHECK, self.path("plugin.so")], capture_output=True,
                              text=True)
        return done.returncode, done.stdout + done.stderr

    def expect(self, fragment, source=ENTRY, **how):
        code, report = self.report(source, **how)
        self.assertEqual(code, 1, report)
        self.assertEqual(len(report.splitlines()), 1, report)
        self.assertIn(fragment, report)

    def test_good(self):
        self.assertEqual(self.report(ENTRY), (0, ""))

    def test_no_entry(self):
        self.expect("does not export the function", "void other(void) {}\n")

    def test_entry_that_is_no_function(self):
        code, report = self.report("int cpi_plugin_entry_v1 = 1;\n", drop=["-fvisibility=hidden"])
        self.assertEqual(code, 1)
        self.assertIn("does not export the function", report)

    def test_leak(self):
        self.expect("exports 1 other symbols (leak)",
                    ENTRY + '__attribute__((visibility("default"))) void leak(void) {}\n',
                    map_="{ global: cpi_plugin_entry_v1; leak; local: *; };\n")

    def test_unique(self):
        source = ('extern "C" ' + ENTRY +
                  'template <class T> struct S { static int value; };\n'
                  'template <class T> int S<T>::value = 1;\n'
                  'extern "C" int *use() { return &S<int>::value; }\n')
        code, report = self.report(source, language="cpp", map_="{ global: *; };\n",
                                   options=["-fvisibility=default", "-fgnu-unique"])
        self.assertEqual(code, 1)
        self.assertIn("GNU_UNIQUE", report)

    def test_needed(self):
        code, report = self.report('#include <string>\nextern "C" ' + ENTRY +
                                   'std::string s(100, \'a\');\n', language="cpp")
        self.assertEqual(code, 1)
        self.assertIn("needs libstdc++.so.6", report)

    def test_rpath(self):
        self.expect("has RUNPATH", options=["-Wl,-rpath,/tmp", "-Wl,--enable-new-dtags"])
        self.expect("has RPATH", options=["-Wl,-rpath,/tmp", "-Wl,--disable-new-dtags"])

    def test_static_tls(self):
        self.expect("STATIC_TLS", ENTRY + "_Thread_local int t; int *u(void) { return &t; }\n"
                    '__attribute__((used, visibility("default"))) int *(*keep)(void) = u;\n',
                    options=["-ftls-model=initial-exec"])

    def test_nodelete(self):
        self.expect("NODELETE", options=["-Wl,-z,nodelete"])

    def test_lazy(self):
        self.expect("binds lazily", drop=["-Wl,-z,now"], options=["-Wl,-z,lazy"])

    def test_executable_stack(self):
        self.expect("executable stack", drop=["-Wl,-z,noexecstack"],
                    options=["-Wl,-z,execstack"])

    def test_no_relro(self):
        self.expect("relocations writable", drop=["-Wl,-z,relro"], options=["-Wl,-z,norelro"])

    def test_imports(self):
        for name in ("socket", "getaddrinfo", "open", "fopen", "read", "stat", "printf", "time",
                     "clock_gettime", "getrandom", "rand", "getenv", "secure_getenv", "setlocale", "fork",
                     "execve", "pthread_create", "sigaction", "longjmp", "dlopen", "exit", "qsort",
                     "__cxa_thread_atexit_impl", "mmap", "localtime", "sysconf"):
            with self.subTest(name):
                self.expect(f"imports {name}:",
                            ENTRY + f"extern char {name}[];\n"
                            "__attribute__((used)) static char *volatile keep;\n"
                            f"__attribute__((constructor)) static void f(void) {{ keep = {name}; }}\n",
                            options=["-fno-builtin", "-w"])

    def test_not_a_library(self):
        done = subprocess.run([sys.executable, CHECK, CHECK], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
