// plugins, describe, validate, manifest diff: list, show and check the installed plugins. Only
// `validate` runs a plugin's code.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/session.hpp"
#include "control/operation_form.hpp"
#include "cpi/manifest/check.hpp"
#include "cpi/manifest/diff.hpp"
#include "cpi/manifest/manifest.hpp"
#include "plugins/describe.hpp"
#include "plugins/discovery.hpp"
#include "plugins/plugin.hpp"
#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using cpi::manifest::Problem;
using cpi::manifest::Severity;

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "";
}

json::array problems_json(std::span<const Problem> problems) {
  json::array out;
  for (const Problem &problem : problems)
    out.push_back({{"code", problem.code},
                   {"severity", name(problem.severity)},
                   {"file", problem.file},
                   {"line", problem.line},
                   {"column", problem.column},
                   {"pointer", problem.pointer},
                   {"message", problem.message},
                   {"advice", problem.advice}});
  return out;
}

std::string problems_text(std::span<const Problem> problems) {
  std::string out;
  for (const Problem &problem : problems) out += one_line(cpi::manifest::to_line(problem)) + '\n';
  return out;
}

std::string count_text(std::size_t count, std::string_view one) {
  return std::to_string(count) + ' ' + std::string(one) + (count == 1 ? "" : "s");
}

CommandFailure missing(const fs::path &path) {
  OperationError error;
  error.error_class = ErrorClass::not_found;
  error.fault = Fault::user;
  error.message = path.string() + " does not exist.";
  return {ExitCode::no_input, std::move(error)};
}

// ---- plugins

ExitCode plugins(Context &context, const NoOptions & /*options*/) {
  const auto found = find_plugins(context.settings);
  context.output.result(plugins_json(*found), many_lines(plugins_text(*found)));
  return ExitCode::ok;
}

// ---- describe

struct DescribeOptions {
  std::string plugin;
  bool forms = false;
};

void declare_describe(CLI::App &command, DescribeOptions &options) {
  command.add_option("PLUGIN", options.plugin, "a plugin's id; see `plugins`")->required();
  command.add_flag("--forms", options.forms,
                   "print the generated forms as JSON: a schema and a UI schema for each");
}

ExitCode describe(Context &context, const DescribeOptions &options) {
  const auto files = Session(context).catalogue().files(options.plugin);
  if (options.forms) {
    const json::object forms = all_forms(files->manifest);
    context.output.result(forms, pretty(forms));
    return ExitCode::ok;
  }
  context.output.result(describe_json(*files), many_lines(describe_text(*files)));
  return ExitCode::ok;
}

// ---- validate

struct ValidateOptions {
  std::string path;
};

void declare_validate(CLI::App &command, ValidateOptions &options) {
  command.add_option("PATH", options.path, "a manifest (.yaml) or a plugin's folder")->required();
}

struct Validation {
  json::array files;  // one for each manifest looked at
  std::string text;
  bool valid = true;
};

void validate_manifest(const fs::path &path, Validation &validation) {
  const cpi::manifest::LoadResult loaded = cpi::manifest::load(path);
  const bool valid = loaded.manifest.has_value();
  json::object file{
      {"manifest", path.string()}, {"valid", valid}, {"problems", problems_json(loaded.problems)}};
  validation.text += problems_text(loaded.problems);
  if (valid) {
    const cpi::manifest::Manifest &manifest = *loaded.manifest;
    file["id"] = manifest.id();
    file["version"] = manifest.version();
    validation.text += one_line(path.string()) + ": a valid manifest of " +
                       one_line(manifest.id()) + ' ' + one_line(manifest.version()) + " with " +
                       count_text(manifest.triggers().size(), "trigger") + ", " +
                       count_text(manifest.actions().size(), "action") + " and " +
                       count_text(manifest.lookups().size(), "lookup") + '\n';
  } else {
    validation.valid = false;
    validation.text += one_line(path.string()) + ": not valid, " +
                       count_text(loaded.problems.size(), "problem") + '\n';
  }
  validation.files.push_back(std::move(file));
}

json::object problem_json(const PluginProblem &problem) {
  return {{"code", problem.code},
          {"plugin", problem.plugin},
          {"path", problem.path.string()},
          {"found", problem.found},
          {"expected", problem.expected},
          {"advice", problem.advice},
          {"manifest_problems", problems_json(problem.manifest_problems)}};
}

// A folder: discovers its plugins and loads each library as the host does.
void validate_folder(const fs::path &folder, Validation &validation) {
  const std::vector<fs::path> folders{fs::absolute(folder)};
  const Discovery found = discover(folders);
  const auto refused = [&validation](const PluginProblem &problem) {
    validation.valid = false;
    json::object one{{"manifest", problem.path.string()},
                     {"valid", false},
                     {"problems", problems_json(problem.manifest_problems)},
                     {"plugin_problem", problem_json(problem)}};
    validation.text += many_lines(problem.sentence()) + '\n';
    validation.files.push_back(std::move(one));
  };
  for (const PluginProblem &problem : found.problems) refused(problem);
  for (const auto &files : found.plugins) {
    try {
      const auto plugin = Plugin::load(files);
      validation.text += problems_text(files->warnings);
      validation.text += one_line(files->library_path.string()) + ": " + one_line(files->id()) +
                         ' ' + one_line(files->manifest.version()) + " can be used (built with " +
                         one_line(plugin->build()) + ")\n";
      validation.files.push_back({{"manifest", files->manifest_path.string()},
                                  {"library", files->library_path.string()},
                                  {"id", files->id()},
                                  {"version", files->manifest.version()},
                                  {"build", plugin->build()},
                                  {"valid", true},
                                  {"problems", problems_json(files->warnings)}});
    } catch (const PluginRefused &why) {
      refused(why.problem());
    }
  }
  if (found.plugins.empty() && found.problems.empty()) {
    OperationError error;
    error.error_class = ErrorClass::not_found;
    error.fault = Fault::user;
    error.message = "There is no plugin in " + folder.string() + '.';
    error.advice = "A plugin is a manifest NAME.yaml next to its library NAME.so.";
    throw CommandFailure(ExitCode::no_input, std::move(error));
  }
}

ExitCode validate(Context &context, const ValidateOptions &options) {
  const fs::path path = options.path;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw missing(path);
  Validation validation;
  if (fs::is_directory(status)) {
    validate_folder(path, validation);
  } else {
    validate_manifest(path, validation);
  }
  context.output.result({{"valid", validation.valid}, {"files", std::move(validation.files)}},
                        validation.text);
  return validation.valid ? ExitCode::ok : ExitCode::bad_data;
}

// ---- manifest diff

struct DiffOptions {
  std::string older;
  std::string newer;
};

void declare_diff(CLI::App &command, DiffOptions &options) {
  command.add_option("OLD", options.older, "the manifest of the previous release")->required();
  command.add_option("NEW", options.newer, "the manifest of the new release")->required();
}

// A document that has passed its checks.
cpi::manifest::Document checked(const fs::path &path) {
  std::error_code error;
  if (!fs::exists(path, error)) throw missing(path);
  const cpi::manifest::FileBytes file = cpi::manifest::read_file(path);
  std::vector<Problem> problems = file.problems;
  cpi::manifest::ReadResult read;
  if (file.bytes) {
    read = cpi::manifest::read_yaml(*file.bytes, path.string());
    problems.insert(problems.end(), read.problems.begin(), read.problems.end());
    if (read.document) problems = cpi::manifest::check(*read.document);
  }
  if (read.document && !cpi::manifest::has_errors(problems)) return std::move(*read.document);
  OperationError why;
  why.error_class = ErrorClass::invalid_input;
  why.fault = Fault::user;
  why.message = path.string() + " is not a valid manifest:\n" + problems_text(problems);
  why.message.pop_back();
  why.advice = "Correct it first; `connector-host validate` lists all problems.";
  throw CommandFailure(std::move(why));
}

ExitCode diff(Context &context, const DiffOptions &options) {
  const cpi::manifest::Document older = checked(options.older);
  const cpi::manifest::Document newer = checked(options.newer);
  const cpi::manifest::Diff difference = cpi::manifest::diff(older, newer);
  const std::string needed(cpi::manifest::to_text(difference.needed));
  const std::string made(cpi::manifest::to_text(difference.made));
  std::string text = problems_text(difference.changes);
  text += "Required version step: " + needed + "; made: " + made +
          (difference.enough() ? ". Sufficient.\n" : ". Not sufficient.\n");
  context.output.result({{"changes", problems_json(difference.changes)},
                         {"needed", needed},
                         {"made", made},
                         {"enough", difference.enough()}},
                        text);
  return difference.enough() ? ExitCode::ok : ExitCode::bad_data;
}

}  // namespace

void add_plugin_commands(Commands &commands) {
  CLI::App &root = commands.root();
  commands.add<NoOptions>(root, "plugins", "List the plugins, including those that cannot be used",
                          "connector-host plugins --plugin-dir ./build/plugins", declare_nothing,
                          plugins);
  commands.add<DescribeOptions>(root, "describe",
                                "Show a plugin's sign-in methods, triggers, actions and lookups",
                                "connector-host describe sendpulse", declare_describe, describe);
  commands.add<ValidateOptions>(
      root, "validate", "Check a manifest or a plugin's folder with its library",
      "connector-host validate ./build/plugins/sendpulse", declare_validate, validate);
  CLI::App &manifest = commands.group("manifest", "Compare manifests");
  commands.add<DiffOptions>(
      manifest, "diff", "Show the changes between two releases and the required version step",
      "connector-host manifest diff old/sendpulse.yaml new/sendpulse.yaml", declare_diff, diff);
}

}  // namespace host::cli
