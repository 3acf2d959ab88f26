#include "plugins/plugin.hpp"

#include <dlfcn.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/dll/shared_library.hpp>
#include <boost/dll/shared_library_load_mode.hpp>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "plugins/elf_length.hpp"
#include "plugins/file_trust.hpp"
#include "plugins/library_image.hpp"
#include "plugins/plugin_calls.hpp"
#include "plugins/text_check.hpp"

namespace host {

struct Plugin::Library {
  explicit Library(const std::filesystem::path &file) : image(file) {}
  ~Library() {
    handle.unload();
    // A library that cannot be unloaded keeps its name.
    if (::dlopen(image.path().c_str(), RTLD_LAZY | RTLD_NOLOAD) != nullptr)
      image.leave_name_taken();
  }
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  LibraryImage image;
  boost::dll::shared_library handle;
};

namespace {

constexpr std::string_view host_name = "connector-host";
constexpr std::size_t entropy_size = 32;

// Every operation gets random bytes, but most do not use them. The result of one kernel call is
// expanded (by ChaCha20) for a hundred operations of this thread; the host does not fork.
class RandomStock {
 public:
  std::array<std::uint8_t, entropy_size> take() {
    std::array<std::uint8_t, entropy_size> out{};
    if (used_ == stock_.size()) refill();
    const std::span<std::uint8_t> next = std::span(stock_).subspan(used_, entropy_size);
    std::ranges::copy(next, out.begin());
    sodium_memzero(next.data(), next.size());  // so that it cannot be recovered later
    used_ += entropy_size;
    return out;
  }

 private:
  void refill() {
    std::array<std::uint8_t, randombytes_SEEDBYTES> seed{};
    randombytes_buf(seed.data(), seed.size());
    randombytes_buf_deterministic(stock_.data(), stock_.size(), seed.data());
    sodium_memzero(seed.data(), seed.size());
    used_ = 0;
  }

  std::array<std::uint8_t, 128 * entropy_size> stock_{};
  std::size_t used_ = stock_.size();
};
constexpr std::size_t max_table_text = 1024;

cpi_str borrow(std::string_view text) {
  return {text.data(), text.size()};
}

// Text of the table, or empty if it is not readable text.
std::optional<std::string> read_text(const cpi_str &text) {
  if (text.size > max_table_text || (text.data == nullptr && text.size != 0)) return std::nullopt;
  std::string out(text.data == nullptr ? "" : text.data, text.size);
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string quoted(const std::optional<std::string> &text) {
  return text ? '"' + *text + '"' : std::string("text that is not readable UTF-8");
}

// dlerror's text, extracted from Boost.DLL's message, with the file name that the user knows.
std::string loader_words(std::string_view text, const std::string &loaded,
                         const std::string &library) {
  constexpr std::string_view before = "dlerror system message: ";
  if (const std::size_t at = text.find(before); at != std::string_view::npos)
    text.remove_prefix(at + before.size());
  std::string words(text.substr(0, text.rfind("): ")));
  for (std::size_t at = 0; (at = words.find(loaded, at)) != std::string::npos; at += library.size())
    words.replace(at, loaded.size(), library);
  return words;
}

class Refusal {
 public:
  explicit Refusal(const PluginFiles &files) : files_(files) {}

  [[noreturn]] void operator()(std::string code, std::string found, std::string expected,
                               std::string advice) const {
    throw PluginRefused({std::move(code),
                         std::string(files_.id()),
                         files_.library_path,
                         std::move(found),
                         std::move(expected),
                         std::move(advice),
                         {}});
  }

 private:
  const PluginFiles &files_;
};

// Does not read past the size in the table.
void check_table(const cpi_plugin *table, const PluginFiles &files) {
  const Refusal refuse(files);
  const std::string rebuild = "The plugin's author must rebuild it with cpi/plugin.h " +
                              std::to_string(CPI_ABI_MAJOR) + '.' + std::to_string(CPI_ABI_MINOR) +
                              " or later.";
  if (table == nullptr)
    refuse("P203", "a null table from " CPI_PLUGIN_ENTRY, "its function table", rebuild);
  const std::uint32_t first_release = CPI_THROUGH(cpi_plugin, extension);
  if (table->struct_size < first_release)
    refuse("P204", "a function table of " + std::to_string(table->struct_size) + " bytes",
           "at least the " + std::to_string(first_release) + " of the first release", rebuild);

  const std::array functions{
      std::pair{"create", table->create != nullptr},
      std::pair{"destroy", table->destroy != nullptr},
      std::pair{"begin", table->begin != nullptr},
      std::pair{"next", table->next != nullptr},
      std::pair{"end", table->end != nullptr},
      std::pair{"extension", table->extension != nullptr},
  };
  for (const auto &[function, present] : functions)
    if (!present)
      refuse("P205", std::string("no function `") + function + '`', "every function of the table",
             rebuild);

  if (table->needs_minor > CPI_ABI_MINOR)
    refuse("P206",
           "a plugin that needs ABI minor " + std::to_string(table->needs_minor) + " of its host",
           "at most " + std::to_string(CPI_ABI_MINOR) + ", which this host has",
           "Update connector-host, or install an older release of the plugin.");
  if (table->needs_minor > table->abi_minor)
    refuse("P206",
           "a plugin built with ABI minor " + std::to_string(table->abi_minor) + " that needs " +
               std::to_string(table->needs_minor),
           "needs_minor to be at most abi_minor", rebuild);

  const auto id = read_text(table->id);
  if (id != files.id())
    refuse("P207", "a library that calls itself " + quoted(id),
           '"' + std::string(files.id()) + "\", the id in " + files.manifest_path.string(),
           "Install the library and the manifest of the same build.");
  const auto version = read_text(table->version);
  if (version != files.manifest.version())
    refuse("P208", "a library of version " + quoted(version),
           '"' + std::string(files.manifest.version()) + "\", the version in " +
               files.manifest_path.string(),
           "Install the library and the manifest of the same build.");
}

std::string mismatch_of(const cpi_plugin &table, const PluginFiles &files) {
  cpi::manifest::Sha256 compiled{};
  std::ranges::copy(table.manifest_sha256, compiled.begin());
  if (compiled == files.manifest.sha256()) return {};
  return files.manifest_path.string() + " has SHA-256 " +
         cpi::manifest::to_hex(files.manifest.sha256()) + ", and " + files.library_path.string() +
         " was built with " + cpi::manifest::to_hex(compiled);
}

}  // namespace

Plugin::Plugin(std::shared_ptr<const PluginFiles> files, std::unique_ptr<Library> library,
               const cpi_plugin *table)
    : files_(std::move(files)),
      id_(files_->id()),
      library_(std::move(library)),
      table_(table),
      schema_check_(files_->manifest) {}

Plugin::~Plugin() {
  if (connector_ == nullptr) return;
  try {
    table_->destroy(connector_);  // while the library that holds its code is still open
  } catch (...) {                 // There is no one to report to.
  }
}

const LibraryImage &Plugin::image() const noexcept {
  return library_->image;
}

std::shared_ptr<const Plugin> Plugin::load(std::shared_ptr<const PluginFiles> files,
                                           const LoadOptions &options) {
  const Refusal refuse(*files);
  const InsidePlugin inside(files->id(), {}, {}, "load");
  std::unique_ptr<Library> library;
  try {
    library = std::make_unique<Library>(files->library_path);
  } catch (const std::system_error &error) {
    if (error.code() == std::errc::device_or_resource_busy)
      refuse("P212", "a library that is being written to", "a complete file",
             "Wait until the copy is complete, and try again.");
    refuse("P201", std::string("that ") + error.what(), "a library that this user may read",
           "Remove the cause given above.");
  }
  // Checked at discovery, and again for the file that was actually read.
  if (const std::string others = writable_by_others(library->image.source()); !others.empty())
    refuse("P107", "a library " + others, "a file that only root and this user may change",
           writable_advice(files->library_path));
  const std::size_t size = library->image.bytes().size();
  if (const auto needed = elf_length(library->image.bytes()); needed && size < *needed)
    refuse(
        "P201",
        "the first " + std::to_string(size) + " bytes of a library of " + std::to_string(*needed),
        "the complete file", "Copy it again: it is incomplete.");
  try {
    // Binds everything now, so that a missing symbol is reported here and not during a poll; shares
    // nothing with other plugins. The throwing overload has dlerror's text.
    library->handle.load(library->image.path(),
                         boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  } catch (const std::exception &error) {
    refuse("P201",
           "the loader's refusal \"" +
               loader_words(error.what(), library->image.path().string(),
                            files->library_path.string()) +
               '"',
           "a shared library for this machine without missing dependencies",
           "Install the plugin's build for this machine, or the dependency that the loader names.");
  }
  library->image.hide();
  if (!library->handle.has(CPI_PLUGIN_ENTRY))
    refuse(
        "P202", "no symbol " CPI_PLUGIN_ENTRY, "a plugin for ABI major 1",
        "This is not a connector plugin, or it has another ABI major. Ask its author for a build "
        "with cpi/plugin.h of major 1.");

  const auto &entry =
      library->handle.get<std::remove_pointer_t<cpi_plugin_entry_fn>>(CPI_PLUGIN_ENTRY);
  const cpi_plugin *table = nullptr;
  try {
    table = entry();
  } catch (...) {
    refuse("P203", "an exception out of " CPI_PLUGIN_ENTRY, "its function table",
           "The plugin's author must correct it: no exception may cross the ABI.");
  }
  check_table(table, *files);

  std::string mismatch = mismatch_of(*table, *files);
  if (!mismatch.empty() && !options.allow_manifest_mismatch)
    refuse("P209", "a manifest that is not the library's own: " + mismatch, "equal SHA-256",
           "Install the library and the manifest of the same build; "
           "settings belong in the host's configuration, not in the manifest.");

  if (sodium_init() < 0)
    refuse("P211", "libsodium cannot be initialised", "a source of random bytes",
           "Check this machine's /dev/urandom.");

  std::shared_ptr<Plugin> plugin(new Plugin(std::move(files), std::move(library), table));
  plugin->mismatch_ = std::move(mismatch);
  plugin->build_ = read_text(table->build).value_or("unreadable");

  const std::string_view version = CONNECTOR_HOST_VERSION;
  const cpi_host host{CPI_THROUGH(cpi_host, version), CPI_ABI_MINOR, borrow(host_name),
                      borrow(version)};
  cpi_connector *connector = nullptr;
  cpi_status status = CPI_ERR_INTERNAL;
  try {
    status = table->create(&host, &connector);
  } catch (...) {
    refuse("P210", "an exception out of `create`", "a connector",
           "The plugin's author must correct it: no exception may cross the ABI.");
  }
  if (status != CPI_OK || connector == nullptr)
    refuse("P210",
           status == CPI_OK ? std::string("a null connector from `create`")
                            : status_text(status) + " from `create`",
           "a connector", "Ask the plugin's author, naming its build: " + plugin->build_ + '.');
  plugin->connector_ = connector;
  return plugin;
}

Operation Plugin::begin(const OperationStart &start, const OperationLimits &limits) const {
  thread_local RandomStock random;
  const std::array<std::uint8_t, entropy_size> entropy = random.take();

  cpi_begin args{};
  args.struct_size = CPI_THROUGH(cpi_begin, entropy);
  args.kind = static_cast<cpi_operation_kind>(start.kind);
  args.id = borrow(start.id);
  args.input = borrow(start.input);
  if (start.kind == OperationKind::poll) {
    args.mode = static_cast<cpi_poll_mode>(start.mode);
    args.max_requests = start.max_requests;
    args.max_events = start.max_events;
    args.backfill_count = start.backfill_count;
    args.cursor = {start.cursor.data(), start.cursor.size()};
  }
  args.entropy = {entropy.data(), entropy.size()};

  const auto title = [&] { return operation_title(start.kind, start.id); };
  cpi_operation *operation = nullptr;
  cpi_status status = CPI_ERR_INTERNAL;
  try {
    const InsidePlugin inside(id(), name(start.kind), start.id, "begin");
    status = table_->begin(connector_, &args, &operation);
  } catch (...) {
    throw PluginFault(std::string(id()), title(), "exception", "an exception left `begin`");
  }
  if (status != CPI_OK)
    throw PluginFault(std::string(id()), title(), "begin-status",
                      "`begin` answered " + status_text(status));
  if (operation == nullptr)
    throw PluginFault(std::string(id()), title(), "begin-null", "`begin` gave no operation");
  return {shared_from_this(), start.kind, std::string(start.id), operation, limits};
}

}  // namespace host
