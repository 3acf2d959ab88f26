#include "control/audit.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/clock.hpp"
#include "plugins/error_class.hpp"

namespace host {

namespace {

constexpr std::size_t longest_audit_name = 100;

}  // namespace

std::string audit_outcome(const Failure &failure) {
  switch (failure.kind) {
    case Failure::Kind::wrong_call:
      return "failed: invalid_input";
    case Failure::Kind::unknown:
      return "failed: not_found";
    case Failure::Kind::unusable:
    case Failure::Kind::running:
    case Failure::Kind::operation:
      break;
  }
  return "failed: " + std::string(host::name(failure.error.error_class));
}

std::string audit_name(std::string_view text) {
  std::string out(text.substr(0, longest_audit_name));
  for (char &c : out)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  return out;
}

std::string command_user() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd *found = nullptr;
  const uid_t user = ::geteuid();
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return "command " + audit_name(found->pw_name);
  return "command user " + std::to_string(user);
}

void log_audit(Log &log, LogLevel level, const AuditRecord &line) {
  log.write(level, line.refused ? "refused" : "audit",
            {{"audit", line.what},
             {"who", line.who},
             {"object", line.object},
             {"outcome", line.outcome},
             {"left_out", line.left_out == 0 ? LogValue("") : LogValue(line.left_out)}});
}

void store_audit(Store &store, std::span<const AuditRecord> lines) {
  Store::AuditBounds bounds;
  bounds.oldest = unix_ms_now() - std::chrono::milliseconds(audit_retention).count();
  store.add_audit(lines, bounds);
}

}  // namespace host
