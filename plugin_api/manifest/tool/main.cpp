// cpi-manifest: makes, checks and compares connector manifests.
//
//   cpi-manifest build --name ID --out-yaml FILE --out-cpp FILE PART...
//   cpi-manifest check [--parts] FILE...
//   cpi-manifest diff OLD NEW
//   cpi-manifest catalogue [--check PAGE | --write PAGE] MANIFEST
//   cpi-manifest schema [--operation ID [--part input|output]] MANIFEST
//   cpi-manifest codes
//
// Problems go to stderr the way compilers write them. Exit status: 0 fine, 1 errors found,
// 64 wrong usage, 74 a file can't be written (sysexits.h).
#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cpi/manifest/catalogue.hpp"
#include "cpi/manifest/check.hpp"
#include "cpi/manifest/diff.hpp"
#include "cpi/manifest/manifest.hpp"
#include "cpi/manifest/merge.hpp"
#include "cpi/manifest/portable_schema.hpp"
#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"
#include "cpi/manifest/yaml_writer.hpp"
#include "cpi/zones/zone_rules.hpp"
#include "embed.hpp"
#include "plan_check.hpp"

namespace {

using namespace cpi::manifest;

constexpr int exit_fine = 0;
constexpr int exit_problems = 1;
constexpr int exit_usage = 64;
constexpr int exit_software = 70;
constexpr int exit_io = 74;

constexpr std::string_view usage =
    "usage: cpi-manifest build --name ID --out-yaml FILE --out-cpp FILE PART...\n"
    "       cpi-manifest check [--parts] FILE...   (--parts: the files are parts of one manifest)\n"
    "       cpi-manifest diff OLD NEW\n"
    "       cpi-manifest catalogue [--check PAGE | --write PAGE] MANIFEST\n"
    "       cpi-manifest schema [--operation ID [--part input|output]] MANIFEST\n"
    "       cpi-manifest codes\n";

// What a host only warns of, and what nobody may write anew.
bool refused_here(const Problem &problem) {
  static constexpr std::array<std::string_view, 5> codes = {"M333", "M334", "M335", "M338", "M346"};
  return std::ranges::find(codes, problem.code) != codes.end();
}

int show(const std::vector<Problem> &problems) {
  for (const Problem &problem : problems) std::cerr << problem << '\n';
  return has_errors(problems) || std::ranges::any_of(problems, refused_here) ? exit_problems
                                                                             : exit_fine;
}

void write_file(const std::filesystem::path &path, std::string_view text) {
  const std::filesystem::path unfinished = path.string() + ".tmp";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw std::system_error(std::make_error_code(std::errc::io_error), path.string());
  std::filesystem::rename(unfinished, path);
}

// Reads each file as a document of its own; problems of all files are collected.
std::vector<Document> read_all(std::span<const std::string> files, std::vector<Problem> &problems) {
  std::vector<Document> documents;
  for (const std::string &name : files) {
    FileBytes file = read_file(name);
    problems.insert(problems.end(), file.problems.begin(), file.problems.end());
    if (!file.bytes) continue;
    ReadResult read = read_yaml(*file.bytes, name);
    problems.insert(problems.end(), read.problems.begin(), read.problems.end());
    if (read.document) documents.push_back(*std::move(read.document));
  }
  return documents;
}

// The merged and checked document. With errors among the problems it is not to be used.
Document merge_and_check(std::span<const std::string> parts, std::vector<Problem> &problems) {
  const std::vector<Document> documents = read_all(parts, problems);
  if (has_errors(problems)) return {};
  MergeResult merged = merge(documents);
  problems.insert(problems.end(), merged.problems.begin(), merged.problems.end());
  if (has_errors(problems)) return {};
  const std::vector<Problem> found = check(merged.document);
  problems.insert(problems.end(), found.begin(), found.end());
  if (!has_errors(problems)) {
    const std::vector<Problem> refused = check_plans(merged.document);
    problems.insert(problems.end(), refused.begin(), refused.end());
  }
  sort_problems(problems);
  return std::move(merged.document);
}

void check_name(const Document &document, std::string_view name, std::vector<Problem> &problems) {
  const boost::json::value &file = document.value.at("library").at("file");
  const std::string_view stem(file.get_string().data(), file.get_string().size());
  if (stem == name) return;
  Problem problem =
      make_problem("M331", "library.file is \"" + std::string(stem) + "\", but the build makes \"" +
                               std::string(name) + "\"");
  const Location place = document.map.locate("/library/file");
  problem.pointer = "/library/file";
  problem.file = document.map.file_name(place.file);
  problem.line = place.line;
  problem.column = place.column;
  problems.push_back(std::move(problem));
}

// The release of tzdata that the SDK has compiled in, where the plugin uses it.
void add_zone_rules(Document &document) {
  boost::json::object &manifest = document.value.as_object();
  if (!manifest.at("auth").at("test").as_object().contains("time_zone")) return;
  const std::string_view release = cpi::zone_rules_version();
  manifest["x-zone-rules"] = boost::json::string_view(release.data(), release.size());
}

int build(std::span<const std::string> arguments) {
  std::string name;
  std::string yaml_path;
  std::string cpp_path;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    std::string *option = argument == "--name"       ? &name
                          : argument == "--out-yaml" ? &yaml_path
                          : argument == "--out-cpp"  ? &cpp_path
                                                     : nullptr;
    if (option == nullptr) {
      parts.push_back(argument);
    } else if (++i < arguments.size()) {
      *option = arguments[i];
    }
  }
  if (name.empty() || yaml_path.empty() || cpp_path.empty() || parts.empty()) {
    std::cerr << usage;
    return exit_usage;
  }
  std::vector<Problem> problems;
  Document document = merge_and_check(parts, problems);
  if (!has_errors(problems)) check_name(document, name, problems);
  if (const int status = show(problems); status != exit_fine) return status;
  add_zone_rules(document);

  const std::string yaml =
      "# Generated by `cpi-manifest build`. The library is bound to these bytes by their "
      "SHA-256.\n" +
      write_yaml(document.value);
  // What hosts will read must be what was checked.
  const ReadResult again = read_yaml(yaml, yaml_path);
  if (!again.document || again.document->value != document.value) {
    std::cerr << yaml_path << ": internal error: the written manifest reads differently\n";
    show(again.problems);
    return exit_software;
  }
  write_file(yaml_path, yaml);
  write_file(cpp_path, embed(document.value.as_object(), sha256(yaml)));
  return exit_fine;
}

int check_files(std::span<const std::string> arguments) {
  const bool together = !arguments.empty() && arguments.front() == "--parts";
  if (together) arguments = arguments.subspan(1);
  if (arguments.empty()) {
    std::cerr << usage;
    return exit_usage;
  }
  int status = exit_fine;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::vector<Problem> problems;
    (void)merge_and_check(together ? arguments : arguments.subspan(i, 1), problems);
    if (show(problems) != exit_fine) status = exit_problems;
    if (together) break;
  }
  return status;
}

int diff_files(std::span<const std::string> arguments) {
  if (arguments.size() != 2) {
    std::cerr << usage;
    return exit_usage;
  }
  std::vector<Problem> problems;
  const Document older = merge_and_check(arguments.subspan(0, 1), problems);
  const Document newer = merge_and_check(arguments.subspan(1, 1), problems);
  if (has_errors(problems)) return show(problems);
  const Diff result = diff(older, newer);
  for (const Problem &change : result.changes) std::cout << change << '\n';
  std::cout << "needed: " << to_text(result.needed) << " bump; made: " << to_text(result.made)
            << " bump\n";
  return has_errors(result.changes) ? exit_problems : exit_fine;
}

// The page for people: on stdout, or written, or compared with what is there.
int show_catalogue(std::span<const std::string> arguments) {
  std::string option;
  std::string page;
  if (arguments.size() == 3 && (arguments[0] == "--check" || arguments[0] == "--write")) {
    option = arguments[0];
    page = arguments[1];
    arguments = arguments.subspan(2);
  }
  if (arguments.size() != 1) {
    std::cerr << usage;
    return exit_usage;
  }
  std::vector<Problem> problems;
  const Document document = merge_and_check(arguments, problems);
  if (has_errors(problems)) return show(problems);
  const std::string text = catalogue(document.value.as_object());
  if (option.empty()) {
    std::cout << text;
  } else if (option == "--write") {
    write_file(page, text);
  } else if (read_file(page).bytes != text) {
    std::cerr << page << " does not match the manifest. Generate it again: ./dev catalogue\n";
    return exit_problems;
  }
  return exit_fine;
}

constexpr std::array<std::string_view, 3> operation_lists = {"triggers", "actions", "lookups"};

// {alias, input, output} of an operation, each schema portable; what it lacks is left out.
boost::json::object schemas_of(const boost::json::object &operation,
                               const boost::json::object &defs) {
  boost::json::object out;
  out["alias"] = alias_of(operation.at("id").as_string());
  for (const std::string_view part : {"input", "output"}) {
    if (const auto *schema = operation.if_contains(part))
      out[part] = portable_schema(*schema, defs);
  }
  return out;
}

// The schemas of all operations by kind and id; of one operation, named by its id or its alias; or
// one of its schemas.
int show_schemas(std::span<const std::string> arguments) {
  std::string wanted;
  std::string part;
  std::vector<std::string> files;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string *option = arguments[i] == "--operation" ? &wanted
                          : arguments[i] == "--part"    ? &part
                                                        : nullptr;
    if (option == nullptr) {
      files.push_back(arguments[i]);
    } else if (++i < arguments.size()) {
      *option = arguments[i];
    }
  }
  const bool known_part =
      part.empty() || (!wanted.empty() && (part == "input" || part == "output"));
  if (files.size() != 1 || !known_part) {
    std::cerr << usage;
    return exit_usage;
  }
  std::vector<Problem> problems;
  const Document document = merge_and_check(files, problems);
  if (has_errors(problems)) return show(problems);
  const boost::json::object &manifest = document.value.as_object();
  const auto *defs = manifest.if_contains("$defs");
  const boost::json::object none;
  boost::json::object all;
  for (const std::string_view kind : operation_lists) {
    const auto *operations = manifest.if_contains(kind);
    if (operations == nullptr) continue;
    boost::json::object by_id;
    for (const auto &each : operations->as_array()) {
      const std::string_view id = each.at("id").as_string();
      if (!wanted.empty() && wanted != id && wanted != alias_of(id)) continue;
      by_id[id] = schemas_of(each.as_object(), defs == nullptr ? none : defs->as_object());
    }
    all[kind] = std::move(by_id);
  }
  if (wanted.empty()) {
    std::cout << all << '\n';
    return exit_fine;
  }
  for (const auto &[kind, by_id] : all) {
    for (const auto &[id, schemas] : by_id.as_object()) {
      const auto *shown = part.empty() ? &schemas : schemas.as_object().if_contains(part);
      if (shown == nullptr) {
        std::cerr << files[0] << ": " << wanted << " has no " << part << " schema\n";
        return exit_problems;
      }
      std::cout << *shown << '\n';
      return exit_fine;
    }
  }
  std::cerr << files[0] << ": there is no operation " << wanted
            << ". Without --operation, the schemas of all operations are shown.\n";
  return exit_problems;
}

int list_codes() {
  for (const Code &code : all_codes()) {
    std::cout << code.code << "  " << code.title;
    if (!code.advice.empty()) std::cout << ". " << code.advice;
    std::cout << '\n';
  }
  return exit_fine;
}

int run(std::span<const std::string> arguments) {
  const std::string_view command =
      arguments.empty() ? std::string_view() : std::string_view(arguments.front());
  if (command == "build") return build(arguments.subspan(1));
  if (command == "check") return check_files(arguments.subspan(1));
  if (command == "diff") return diff_files(arguments.subspan(1));
  if (command == "catalogue") return show_catalogue(arguments.subspan(1));
  if (command == "schema") return show_schemas(arguments.subspan(1));
  if (command == "codes") return list_codes();
  std::cerr << usage;
  return exit_usage;
}

}  // namespace

int main(int count, char **values) {
  try {
    const std::vector<std::string> arguments(values + (count > 0 ? 1 : 0), values + count);
    return run(arguments);
  } catch (const std::system_error &error) {
    std::cerr << "cpi-manifest: " << error.what() << '\n';
    return exit_io;
  } catch (const std::exception &error) {
    std::cerr << "cpi-manifest: " << error.what() << '\n';
    return exit_software;
  }
}
