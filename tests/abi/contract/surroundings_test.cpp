// A plugin leaves the process as it found it, and asks little of the thread it is called on.
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <cstring>
#include <filesystem>
#include <map>

#include "contract_test.hpp"

extern char **environ;

namespace contract {
namespace {

std::map<std::string, std::string> surroundings() {
  std::map<std::string, std::string> all;
  all["locale"] = std::setlocale(LC_ALL, nullptr);  // NOLINT(concurrency-mt-unsafe)
  const auto mask = umask(0);
  umask(mask);
  all["umask"] = std::to_string(mask);
  all["directory"] = std::filesystem::current_path();
  for (char **variable = environ; *variable != nullptr; ++variable) {
    all[std::string("environment ") + *variable] = "";
  }
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    all["signal " + std::to_string(number)] =
        std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler));
  }
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    all["blocked " + std::to_string(number)] = std::to_string(sigismember(&blocked, number));
  }
  for (const auto *folder : {"/proc/self/fd", "/proc/self/task"}) {
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
      std::error_code gone;  // the iterator's own descriptor
      const auto target = std::filesystem::read_symlink(entry, gone);
      if (target != "/proc/" + std::to_string(getpid()) + "/fd") all[entry.path()] = target;
    }
  }
  return all;
}

class Surroundings : public Contract {
 public:
  void run_everything() {
    const Connector connector(table);
    for_each_case([&](const OperationCase &what) {
      (void)converse(connector, what, service);
      (void)converse(connector, what, [](const Step &) { return response(200, "[[[["); });
      (void)converse(connector, what, [](const Step &) { return response(500, ""); });
      (void)converse(connector, what,
                     [](const Step &) { return response(200, std::string(1 << 20, '[')); });
    });
  }
};

TEST_F(Surroundings, AreAsTheyWere) {
  const auto before = surroundings();
  run_everything();
  EXPECT_EQ(surroundings(), before);
}

TEST_F(Surroundings, ASmallStackIsEnough) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers make frames larger";
#endif
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread = {};
  const auto body = [](void *self) -> void * {
    static_cast<Surroundings *>(self)->run_everything();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, this), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

}  // namespace
}  // namespace contract
