#include "plugins/checked_manifests.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "cpi/manifest/yaml_document.hpp"

namespace host {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using cpi::manifest::LoadResult;
using cpi::manifest::Problem;

constexpr std::size_t most_kept = 32;

std::string read_whole(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

json::array to_json(const std::vector<Problem> &problems) {
  json::array out;
  for (const Problem &problem : problems) {
    out.push_back({problem.code, static_cast<int>(problem.severity), problem.pointer, problem.line,
                   problem.column, problem.message, problem.advice});
  }
  return out;
}

std::vector<Problem> problems_of(const json::array &kept, const fs::path &path) {
  std::vector<Problem> out;
  for (const json::value &each : kept) {
    const json::array &one = each.as_array();
    out.push_back({.code = json::value_to<std::string>(one.at(0)),
                   .severity = static_cast<cpi::manifest::Severity>(one.at(1).as_int64()),
                   .pointer = json::value_to<std::string>(one.at(2)),
                   .file = path.string(),
                   .line = one.at(3).to_number<std::uint32_t>(),
                   .column = one.at(4).to_number<std::uint32_t>(),
                   .message = json::value_to<std::string>(one.at(5)),
                   .advice = json::value_to<std::string>(one.at(6))});
  }
  return out;
}

// Empty if it is missing or truncated.
std::optional<LoadResult> recall(const fs::path &file, const fs::path &path,
                                 const std::string &bytes) {
  const std::string text = read_whole(file);
  if (text.empty()) return std::nullopt;
  try {
    json::value kept = json::parse(text);
    json::object &root = kept.as_object();
    LoadResult result;
    result.problems = problems_of(root.at("problems").as_array(), path);
    cpi::manifest::Document document{std::move(root.at("manifest")), {}};
    if (!document.value.is_object()) return std::nullopt;
    result.manifest.emplace(std::move(document), bytes);
    return result;
  } catch (const std::exception &) {
    return std::nullopt;
  }
}

// Removes the oldest, including those of earlier releases.
void make_room(const fs::path &folder) {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;  // another process may remove files, too
    files.emplace_back(it->last_write_time(gone), it->path());
  }
  if (files.size() <= most_kept) return;
  std::ranges::sort(files);
  files.resize(files.size() - most_kept);
  for (const auto &[time, path] : files) fs::remove(path, error);
}

void keep(const fs::path &file, const LoadResult &loaded) {
  const fs::path folder = file.parent_path();
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return;
  const std::string text = json::serialize(
      json::object{{"problems", to_json(loaded.problems)}, {"manifest", loaded.manifest->json()}});
  // Atomically, even if other processes do the same.
  std::string scratch = file.string() + ".XXXXXX";
  const int descriptor = ::mkstemp(scratch.data());
  if (descriptor < 0) return;
  std::string_view rest = text;
  ssize_t written = 0;
  while (!rest.empty() && (written = ::write(descriptor, rest.data(), rest.size())) > 0)
    rest.remove_prefix(static_cast<std::size_t>(written));
  ::close(descriptor);
  if (!rest.empty() || ::rename(scratch.c_str(), file.c_str()) != 0) ::unlink(scratch.c_str());
  make_room(folder);
}

}  // namespace

std::string checking_program() {
  struct stat of {};
  if (::stat("/proc/self/exe", &of) != 0) return {};
  return std::to_string(of.st_size) + '-' + std::to_string(of.st_mtim.tv_sec) + '-' +
         std::to_string(of.st_mtim.tv_nsec);
}

CheckedManifests::CheckedManifests(fs::path folder, std::string program)
    : folder_(std::move(folder)), program_(std::move(program)) {}

LoadResult CheckedManifests::load(const fs::path &path) const {
  if (folder_.empty() || program_.empty()) return cpi::manifest::load(path);
  cpi::manifest::FileBytes read = cpi::manifest::read_file(path);
  if (!read.bytes) return {std::nullopt, std::move(read.problems)};
  const fs::path file = file_of(*read.bytes);
  if (auto known = recall(file, path, *read.bytes)) return *std::move(known);
  LoadResult loaded = cpi::manifest::load_text(*std::move(read.bytes), path.string());
  if (loaded.manifest) keep(file, loaded);
  return loaded;
}

fs::path CheckedManifests::file_of(std::string_view bytes) const {
  const auto by = cpi::manifest::sha256(program_ + '\n' + std::string(bytes));
  return folder_ / (cpi::manifest::to_hex(by) + ".json");
}

}  // namespace host
