#include "cli/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/clock.hpp"
#include "cli/failure.hpp"
#include "text/time_text.hpp"

namespace host::cli {

namespace {

namespace json = boost::json;

constexpr const char *file_name = "run.lock";

RunOwner read_owner(int file) {
  std::array<char, 256> buffer{};
  const ssize_t size = ::pread(file, buffer.data(), buffer.size(), 0);
  if (size <= 0) return {};
  boost::system::error_code error;
  const json::value value =
      json::parse(std::string_view(buffer.data(), static_cast<std::size_t>(size)), error);
  const json::object *object = error ? nullptr : value.if_object();
  RunOwner owner;
  if (object == nullptr) return owner;
  const auto number = [object](const char *key) {
    const json::value *found = object->if_contains(key);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
  };
  owner.pid = number("pid");
  owner.since_unix_ms = number("since_unix_ms");
  return owner;
}

[[noreturn]] void refuse(const std::filesystem::path &path, int error) {
  OperationError why;
  why.error_class = ErrorClass::host_fault;
  why.fault = Fault::host;
  why.message =
      "Cannot lock " + path.string() + ": " + std::generic_category().message(error) + '.';
  why.advice = "The data directory must exist and be writable by this user.";
  throw CommandFailure(ExitCode::io, std::move(why));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path &data_dir) {
  const std::filesystem::path path = data_dir / file_name;
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) refuse(path, errno);
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const RunOwner owner = read_owner(file_);
    ::close(file_);
    if (error != EWOULDBLOCK) refuse(path, error);
    OperationError why;
    why.error_class = ErrorClass::host_fault;
    why.fault = Fault::user;
    why.message = "Another connector-host is running on the data directory " + data_dir.string();
    if (owner.pid != 0)
      why.message +=
          ": process " + std::to_string(owner.pid) + ", since " + time_text(owner.since_unix_ms);
    why.message += '.';
    why.advice =
        "Stop it first, or use another --data-dir. Other commands work while it is running.";
    why.details = json::serialize(json::value{{"data_dir", data_dir.string()},
                                              {"pid", owner.pid},
                                              {"since", time_text(owner.since_unix_ms)}});
    throw CommandFailure(ExitCode::try_again, std::move(why));
  }
  const std::string text = json::serialize(
      json::value{{"pid", std::int64_t{::getpid()}}, {"since_unix_ms", unix_ms_now()}});
  if (::ftruncate(file_, 0) != 0 ||
      ::pwrite(file_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int error = errno;
    ::close(file_);
    refuse(path, error);
  }
}

// The file stays: removing it would let two processes lock two files of one name.
RunLock::~RunLock() {
  ::close(file_);
}

std::optional<RunOwner> run_owner(const std::filesystem::path &data_dir) {
  const int file = ::open((data_dir / file_name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return std::nullopt;
  std::optional<RunOwner> owner;
  // A shared lock: two readers do not block each other.
  if (::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) owner = read_owner(file);
  ::close(file);
  return owner;
}

}  // namespace host::cli
