// versions_host LIBRARY PLUGIN_MINOR: a host that is built with each released header, with today's,
// and with that of a later minor. Its structs end where the released ones end, before a page that
// can't be touched, so that a plugin which knows more is caught when it reads or writes too far.
#include <dlfcn.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "cpi/plugin.h"
#include "guarded_memory.hpp"

namespace {

int mistakes = 0;

void expect(bool good, std::string_view what) {
  if (good) return;
  std::cerr << "wrong: " << what << '\n';
  ++mistakes;
}

constexpr std::uint64_t ours = 1;  // in every `added` of this host

// The host's side of the rule: a field of the plugin's struct is read when its size covers it.
template <typename Struct>
void expect_added(const Struct *seen, int plugin_minor, std::uint64_t expected,
                  std::string_view what) {
  expect(seen != nullptr, what);
#if defined(CPI_LATER)
  if (seen == nullptr) return;
  const bool is_there = CPI_HAS(seen, Struct, added);
  expect(is_there == (plugin_minor >= CPI_ABI_MINOR), what);
  if (is_there) expect(seen->added == expected, what);
#else
  (void)plugin_minor;
  (void)expected;
#endif
}

template <typename Struct>
Struct with_added(Struct s, [[maybe_unused]] std::uint32_t size_of_1_0) {
#if defined(CPI_LATER)
  s.struct_size = CPI_THROUGH(Struct, added);
  s.added = ours;
#else
  s.struct_size = size_of_1_0;
#endif
  return s;
}

void converse(const cpi_plugin &plugin, int plugin_minor) {
  contract::GuardedMemory memory;
  const auto lend = [&](const auto &s) { return memory.copy(s, s.struct_size); };

  auto host = with_added(cpi_host{}, CPI_THROUGH(cpi_host, version));
  host.abi_minor = CPI_ABI_MINOR;
  cpi_connector *connector = nullptr;
  expect(plugin.create(lend(host), &connector) == CPI_OK, "create");

  auto args = with_added(cpi_begin{}, CPI_THROUGH(cpi_begin, entropy));
  args.kind = CPI_KIND_POLL;
  cpi_operation *operation = nullptr;
  expect(plugin.begin(connector, lend(args), &operation) == CPI_OK, "begin");

  std::uint64_t expected = 2 * ours;  // what create and begin have said so far
  const auto ask = [&](cpi_answer_kind kind) {
    auto answer = with_added(cpi_answer{}, CPI_THROUGH(cpi_answer, detail));
    answer.kind = kind;
    answer.http_status = 200;
    const auto blank = with_added(cpi_step{}, CPI_THROUGH(cpi_step, error));
    auto *step = lend(blank);
    expect(plugin.next(operation, lend(answer), step) == CPI_OK, "next");
    expected += ours;
#if defined(CPI_LATER)
    // An old plugin leaves the field as it was.
    expect(step->added == (plugin_minor >= CPI_ABI_MINOR ? expected : ours), "step.added");
#endif
    return step;
  };

  const auto *sent = ask(CPI_ANSWER_START);
  expect(sent->kind == CPI_STEP_SEND, "SEND");
  expect_added(sent->request, plugin_minor, expected, "request.added");
  const auto *stored = ask(CPI_ANSWER_RESPONSE);
  expect(stored->kind == CPI_STEP_EVENTS, "EVENTS");
  expect_added(stored->batch, plugin_minor, expected, "batch.added");
  expect_added(stored->batch->events[0], plugin_minor, expected, "event.added");
  const auto *done = ask(CPI_ANSWER_STORED);
  expect(done->kind == CPI_STEP_DONE, "DONE");
  expect_added(done->result, plugin_minor, expected, "result.added");
  plugin.end(operation);
  plugin.destroy(connector);
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::cerr << "versions_host LIBRARY PLUGIN_MINOR\n";
    return 64;
  }
  const int plugin_minor = std::atoi(argv[2]);
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::cerr << dlerror() << '\n';  // NOLINT(concurrency-mt-unsafe)
    return 1;
  }
  const auto entry = std::bit_cast<cpi_plugin_entry_fn>(dlsym(library, CPI_PLUGIN_ENTRY));
  if (entry == nullptr) return 1;
  const cpi_plugin &plugin = *entry();
  expect(plugin.struct_size >= CPI_THROUGH(cpi_plugin, extension), "the plugin's size");
  expect(plugin.abi_minor == static_cast<std::uint32_t>(plugin_minor), "the plugin's minor");
  expect(plugin.needs_minor <= CPI_ABI_MINOR, "the plugin asks for a newer host");
  expect_added(&plugin, plugin_minor, 7, "plugin.added");
  converse(plugin, plugin_minor);
  dlclose(library);
  return mistakes == 0 ? 0 : 1;
}
