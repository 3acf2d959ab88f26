#!/usr/bin/env python3
"""The checks of a plugin can fail: spoils c_connector in one way after the other, and asks whether
the check that is there for it notices.

    mutants.py CONTRACT SEALED UNLOAD    (the programs; - for one that this build has not)

CC names the compiler. Each mutant is one slip that a plugin's author could make.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTOR = os.path.join(HERE, "..", "c_connector")
INCLUDE = os.path.join(HERE, "..", "..", "..", "plugin_api", "include")
ANSWERS = os.path.join(HERE, "..", "answers")
SOURCES = ("c_connector.c", "id_set.c", "json_scan.c", "text.c")

# name, file, before, after, what notices: a gtest suite, or "sealed", or "unload"
MUTANTS = [
    ("writes the out-parameter on failure", "c_connector.c",
     "if (found == NULL) return CPI_ERR_UNKNOWN;",
     "if (found == NULL) { *out = NULL; return CPI_ERR_UNKNOWN; }", "Arguments"),
    ("compares struct_size with equality", "c_connector.c",
     "host->struct_size < CPI_THROUGH(cpi_host, version)",
     "host->struct_size != CPI_THROUGH(cpi_host, version)", "Arguments"),
    ("accepts a small answer", "c_connector.c",
     "answer->struct_size >= CPI_THROUGH(cpi_answer, detail)", "answer->struct_size > 0",
     "Arguments"),
    ("writes the whole struct behind a larger size", "c_connector.c",
     "step->error = made.error;",
     "step->error = made.error; memset(step + 1, 0, step->struct_size - sizeof *step);",
     "Arguments"),
    ("takes a prefix of an id for the id", "c_connector.c",
     "r->id.size == id.size &&", "r->id.size >= id.size &&", "Arguments"),
    ("was built of another manifest", "manifest_sha256.h", "{ 0x", "{ 0x1 ^ 0x", "Arguments"),
    ("takes a TIMER for a RESPONSE", "c_connector.c",
     "answer->kind == CPI_ANSWER_RESPONSE || answer->kind == CPI_ANSWER_NO_RESPONSE) {",
     "answer->kind != CPI_ANSWER_START) {", "States"),
    ("goes on after a refused call", "c_connector.c",
     "op->state = OVER;\n    return status;", "return status;", "States"),
    ("writes the step of a refused call", "c_connector.c",
     "if (status != CPI_OK) {", "if (status != CPI_OK) { if (step != NULL) step->kind = 0;",
     "States"),
    ("keeps the host's input", "c_connector.c",
     "text_add(&op->input, args->input);",
     "op->input = (text){(char *)(size_t)args->input.data, args->input.size, 0, false};",
     "Borrowing"),
    ("keeps the host's body", "c_connector.c",
     "text_add(&op->body, (cpi_str){(const char *)answer->body.data, answer->body.size});",
     "op->body = (text){(char *)(size_t)answer->body.data, answer->body.size, 0, false};",
     "Borrowing"),
    ("reads to a terminator", "c_connector.c",
     "text_add(&op->input, args->input);",
     "text_add(&op->input, args->input); op->max_events += (uint32_t)strlen(args->input.data) == 1;",
     "Borrowing"),
    ("shares one URL between operations", "c_connector.c",
     ".url = text_str(&op->url),", ".url = share(&op->url),", "Borrowing"),
    ("remembers earlier operations", "c_connector.c",
     "CPI_REQUEST_CREDENTIALS | CPI_REQUEST_SHAREABLE,",
     "CPI_REQUEST_CREDENTIALS | (shared_url[0]++ & CPI_REQUEST_SHAREABLE),", "Lifetime"),
    ("keeps state in a global without a lock", "c_connector.c",
     ".url = text_str(&op->url),", ".url = share(&op->url),", "Threads"),
    ("takes HTML for an empty list", "c_connector.c",
     'return unintelligible(op, step, "The notebooks came back as something else than a list.");',
     'list = (cpi_str)LITERAL("[]");', "Answers"),
    ("does not look at the status", "c_connector.c", "|| answer->http_status != 200) {", ") {",
     "Answers"),
    ("asks again for ever", "c_connector.c",
     "return refused(op, answer, step);", "return send_request(op, step);", "Answers"),
    ("reads a header value without its size", "c_connector.c",
     "header->name.size == sizeof name - 1 &&", "", "Borrowing"),
    ("asks an old host for another key", "c_connector.c",
     "op->may_renew = connector->host_minor >= 1;", "op->may_renew = true;", "Credentials"),
    ("asks for another key for ever", "c_connector.c", "op->may_renew = false;", "",
     "Credentials"),
    ("sends the old key again", "c_connector.c",
     "op->request.flags |= CPI_REQUEST_RENEW_CREDENTIALS;", "", "Credentials"),
    ("takes any bytes for text", "json_scan.c",
     "if (!scan_utf8(s)) return false;\n      continue;", "++s->at;\n      continue;", "Inputs"),
    ("follows brackets without a limit", "json_scan.c", "if (depth == DEPTH_MAX) return false;",
     "if (depth == 100000) abort();", "Inputs"),
    ("ignores unknown fields", "c_connector.c",
     'add_problem(op, field, "is not a field of this operation");', "(void)field;", "Inputs"),
    ("emits in a baseline", "c_connector.c",
     "if (op->mode == CPI_POLL_BASELINE) {", "if (op->mode == 99) {", "Polling"),
    ("forgets what a batch has passed", "c_connector.c",
     "op->notes[i].passed = true;\n    fill_event",
     "op->notes[i].passed = op->max_events != 1;\n    fill_event", "Polling"),
    ("emits a row twice that is listed twice", "c_connector.c",
     "if (kept > 0 && op->notes[kept - 1].id == op->notes[i].id) continue;", "", "Polling"),
    ("writes a cursor that has not changed", "c_connector.c",
     "if (changed) {", "if (changed || true) {", "Polling"),
    ("trusts a cursor", "id_set.c", "if (!good) {", "if (!good) abort();\n    if (!good) {",
     "Polling"),
    ("does not check realloc", "text.c", "if (data == NULL) {", "if (false) {", "Memory"),
    ("leaks on failure", "c_connector.c",
     "if (op->input.failed || op->cursor.failed) {\n    end(op);",
     "if (op->input.failed || op->cursor.failed) {", "Memory"),
    ("leaks on success", "c_connector.c", "text_free(&op->url);", "", "Memory"),
    ("leaks when cancelled", "c_connector.c", "free(op->events);\n  free(op->event_list);\n  free(op);",
     "free(op->event_list);\n  free(op);", "Memory"),
    ("says that the input is wrong when memory is out", "c_connector.c",
     "if (decoded == NULL) return CPI_ERR_MEMORY;",
     "if (decoded == NULL) return bad_host(op, step, \"no\");", "Memory"),
    ("changes the locale", "c_connector.c", "text_add_literal(&op->url, BASE_URL \"/me\");",
     "text_add_literal(&op->url, BASE_URL \"/me\"); setlocale(LC_ALL, \"C.UTF-8\");",
     "Surroundings"),
    ("leaves a file open", "c_connector.c", "text_add_literal(&op->url, BASE_URL \"/me\");",
     "text_add_literal(&op->url, BASE_URL \"/me\"); (void)!fopen(\"/dev/null\", \"r\");",
     "Surroundings"),
    ("needs a large stack", "c_connector.c", "text_add_literal(&op->url, BASE_URL \"/me\");",
     "volatile char big[1 << 20]; for (size_t i = 0; i < sizeof big; i += 512) big[i] = 1;\n"
     "  text_add_literal(&op->url, BASE_URL \"/me\");", "Surroundings"),
    ("reads a file", "c_connector.c", "text_add_literal(&op->url, BASE_URL \"/me\");",
     "text_add_literal(&op->url, BASE_URL \"/me\"); FILE *f = fopen(\"/dev/null\", \"r\");\n"
     "  if (f != NULL) (void)fclose(f);", "sealed"),
    ("asks for the process's id", "c_connector.c",
     "text_add_literal(&op->url, BASE_URL \"/me\");",
     "text_add_literal(&op->url, BASE_URL \"/me\"); if (getpid() == 0) return CPI_ERR_INTERNAL;",
     "sealed"),
    ("stays in memory", None, None, None, "unload"),
]

SHARED = """
#include <locale.h>
#include <stdio.h>
#include <unistd.h>
static char shared_url[65536];
static cpi_str share(const text *t) {
  memset(shared_url, 0, sizeof shared_url);
  if (t->size > 0) memcpy(shared_url, t->data, t->size);
  return (cpi_str){shared_url, t->size};
}
"""


def build(folder, mutant):
    _, file, before, after, notices = mutant
    for name in os.listdir(CONNECTOR):
        shutil.copy(os.path.join(CONNECTOR, name), folder)
    manifest = os.path.join(folder, "c_connector.yaml")
    header = os.path.join(folder, "manifest_sha256.h")
    subprocess.run(["cmake", "-D", f"MANIFEST={manifest}", "-D", f"HEADER={header}", "-P",
                    os.path.join(folder, "manifest_sha256.cmake")], check=True)
    if file:
        path = os.path.join(folder, file)
        with open(path) as source:
            text = source.read()
        if before not in text:
            return f"{file} has changed; adapt this mutant: {before}"
        text = text.replace(before, after, 1)
        marker = '#include "text.h"\n'
        if file == "c_connector.c":
            text = text.replace(marker, marker + SHARED, 1)
        with open(path, "w") as source:
            source.write(text)
    done = subprocess.run(
        [os.environ["CC"], "-std=gnu11", "-O1", "-w", "-shared", "-fPIC", "-fvisibility=hidden",
         "-I", INCLUDE, "-I", folder, *(os.path.join(folder, source) for source in SOURCES),
         f"-Wl,--version-script={os.path.join(folder, 'exports.map')}", "-o",
         os.path.join(folder, "c_connector.so"), *(["-Wl,-z,nodelete"] if notices == "unload" else [])],
        capture_output=True, text=True)
    return done.stderr if done.returncode != 0 else ""


def survives(mutant, programs):
    """What went wrong: the mutant was not noticed, or could not be made. Empty when all is well."""
    name, *_, notices = mutant
    program = programs.get(notices, programs["contract"])
    if program == "-":
        return ""
    with tempfile.TemporaryDirectory() as folder:
        problem = build(folder, mutant)
        if problem:
            return f"{name}: {problem}"
        library = os.path.join(folder, "c_connector.so")
        environment = {**os.environ, "CPI_PLUGIN": library, "CPI_ANSWERS": ANSWERS}
        command = ([program, library, ANSWERS] if notices in programs
                   else [program, f"--gtest_filter={notices}.*", "--gtest_brief=1"])
        done = subprocess.run(command, env=environment, capture_output=True, timeout=100)
        if done.returncode == 64:
            return f"{name}: the check was not run: {done.stderr.decode(errors='replace')}"
        return f"{name}: not noticed by {notices}" if done.returncode == 0 else ""


def main(arguments):
    if len(arguments) != 3 or "CC" not in os.environ:
        print(__doc__)
        return 64
    programs = dict(zip(("contract", "sealed", "unload"), arguments))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        problems = [p for p in pool.map(lambda m: survives(m, programs), MUTANTS) if p]
    print("\n".join(problems) or f"{len(MUTANTS)} mutants, all noticed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
