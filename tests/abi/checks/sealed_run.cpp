// sealed_run LIBRARY ANSWERS_FOLDER: drives every operation of a plugin to its end under a seccomp
// filter that allows memory, futex, writing to standard error, and exit. Anything else kills the
// process, so reaching the end proves that the plugin does no I/O. The last line names the
// operation that was running.
#include <fcntl.h>
#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "conversation.hpp"

namespace {

void say(std::string_view line) {
  for (const auto part : {line, std::string_view("\n")}) {
    if (write(STDERR_FILENO, part.data(), part.size()) < 0) _exit(70);
  }
}

[[noreturn]] void give_up(std::string_view why) {
  say(why);
  _exit(1);
}

// From here on the process can only compute.
void seal() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) give_up("seccomp_init failed");
  bool good = true;
  for (const int call :
       {SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
        SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(exit), SCMP_SYS(exit_group)}) {
    good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
  }
  // Anonymous memory only would be better still, but brk and mmap are malloc's own business.
  good = good && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                                  SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO)) == 0;
  good = good && seccomp_load(filter) == 0;
  seccomp_release(filter);
  if (!good) give_up("the seccomp filter could not be loaded");
}

template <typename Forbidden>
bool seal_kills(Forbidden forbidden) {
  const pid_t child = fork();
  if (child < 0) give_up("fork failed");
  if (child == 0) {
    seal();
    forbidden();
    _exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

void run_everything(const contract::PluginUnderTest &plugin, const cpi_plugin &table) {
  using contract::converse;
  using contract::response;
  using contract::Step;
  const contract::Connector connector(table);
  int conversations = 0;
  for (const auto &what : plugin.cases) {
    say(what.label());
    auto empty = what;
    empty.input = "{}";
    for (const auto &service :
         {contract::canned(plugin),
          contract::Service([](const Step &) { return response(500, ""); }),
          contract::Service([](const Step &) { return response(429, "{}"); }),
          contract::Service([](const Step &) { return response(200, "[[[["); }),
          contract::Service([](const Step &) {
            return contract::no_response(CPI_TRANSPORT_TIMEOUT, CPI_ANSWER_MAYBE_SENT);
          })}) {
      const auto steps = converse(connector, what, service);
      (void)converse(connector, what, service, steps.back().cursor);
      (void)converse(connector, empty, service);
      conversations += 3;
    }
  }
  say(std::to_string(conversations) + " conversations under seccomp");
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::cerr << "sealed_run LIBRARY ANSWERS_FOLDER\n";
    return 64;
  }
  try {
    if (!seal_kills([] { (void)open("/dev/null", O_RDONLY); }) ||
        !seal_kills([] { [[maybe_unused]] const auto written = write(STDOUT_FILENO, "", 0); }) ||
        seal_kills([] { say("sealed"); })) {
      give_up("the seal does not hold here: nothing would be proved");
    }
    const auto plugin = contract::read_plugin(argv[1], argv[2]);
    const contract::LoadedPlugin loaded(plugin.library);
    seal();
    run_everything(plugin, loaded.table());
  } catch (const std::exception &e) {
    give_up(e.what());
  }
  _exit(0);  // no destructor, no buffer: closing a library needs more than the seal allows
}
