#include "server/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <string>
#include <system_error>

namespace host::server {

namespace fs = std::filesystem;

void write_private(const fs::path &path, std::string_view text) {
  const fs::path next = path.string() + ".new";
  ::unlink(next.c_str());
  const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written = file >= 0 && ::write(file, text.data(), text.size()) == std::ssize(text);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!written)
    throw std::system_error(error, std::generic_category(), "cannot write " + path.string());
  fs::rename(next, path);
}

}  // namespace host::server
