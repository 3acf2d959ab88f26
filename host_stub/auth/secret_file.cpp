#include "auth/secret_file.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <system_error>

namespace host {
namespace {

constexpr std::size_t most_secret_bytes = 1u << 20;

std::string reason_of_errno() {
  return std::generic_category().message(errno);
}

class OpenSecretFile {
 public:
  explicit OpenSecretFile(const std::string &path) noexcept
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
  OpenSecretFile(const OpenSecretFile &) = delete;
  OpenSecretFile &operator=(const OpenSecretFile &) = delete;
  ~OpenSecretFile() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const noexcept { return number_; }

 private:
  int number_;
};

}  // namespace

SecretFileGuard secret_file_guard(const std::filesystem::path &path) {
  const char *const named = std::getenv("CREDENTIALS_DIRECTORY");
  if (named == nullptr || *named == '\0') return SecretFileGuard::owner_only;
  const std::filesystem::path folder = std::filesystem::path(named).lexically_normal();
  const std::filesystem::path inside =
      std::filesystem::absolute(path).lexically_normal().lexically_relative(folder);
  const bool within = !inside.empty() && *inside.begin() != ".." && *inside.begin() != ".";
  return within ? SecretFileGuard::given_by_systemd : SecretFileGuard::owner_only;
}

std::string open_to_others(const struct stat &status, SecretFileGuard guard,
                           const std::string &noun, const std::string &path) {
  const mode_t others = guard == SecretFileGuard::owner_only ? 077 : 007;
  if ((status.st_mode & others) == 0) return {};
  return "users other than its owner can read " + noun + ". Run: chmod 600 " + path +
         ". Replace the secret if somebody may have copied it.";
}

Secret read_secret(int descriptor, const std::string &what) {
  std::string text;
  text.reserve(most_secret_bytes);  // never moved: no copy of it stays behind
  std::array<char, 4096> buffer{};
  const auto refuse = [&text](const std::string &message) -> SecretUnreadable {
    wipe(text);
    return SecretUnreadable(message);
  };
  while (true) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw refuse("cannot read " + what + ": " + reason_of_errno());
    if (got == 0) break;
    if (text.size() + static_cast<std::size_t>(got) > most_secret_bytes)
      throw refuse(what + " is larger than 1 MiB");
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  Secret out(text);
  wipe(text);
  sodium_memzero(buffer.data(), buffer.size());
  return out;
}

Secret read_secret_file(const std::string &path) {
  const OpenSecretFile file(path);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    throw SecretUnreadable("cannot read " + path + ": " + reason_of_errno());
  if (S_ISREG(status.st_mode)) {
    const std::string open = open_to_others(status, secret_file_guard(path), path, path);
    if (!open.empty()) throw SecretUnreadable(open);
  }
  return read_secret(file.get(), path);
}

}  // namespace host
