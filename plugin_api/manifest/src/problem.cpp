#include "cpi/manifest/problem.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace cpi::manifest {
namespace {

constexpr Severity error = Severity::error;
constexpr Severity warning = Severity::warning;
constexpr Severity note = Severity::note;

constexpr auto codes = std::to_array<Code>({
    // Reading
    {"M101", error, "Not YAML", "Correct the syntax at this place."},
    {"M102", error, "Key given twice", "Remove or rename one of the two."},
    {"M103", error, "Scalar that parsers read differently",
     "Put it in quotes if it is text; otherwise use the plain form: true, false, null, 420, "
     "1.1."},
    {"M104", error, "Too large or too deep", "Make the file smaller, or split what it describes."},
    {"M105", error, "Anchors that expand to too many values",
     "Write the repeated part under $defs and use $ref."},
    {"M106", error, "Tag", "Remove the tag; quotes are enough to say that something is text."},
    {"M107", error, "Not exactly one document", "Keep one YAML document in a file."},
    {"M108", error, "Not UTF-8 text",
     "Save the file as UTF-8 without a byte order mark, and write control characters as escapes."},
    {"M109", error, "Key that is not text",
     "Use a text key; put it in quotes if it looks otherwise."},
    {"M110", error, "File that can't be read", "Check the path and the permissions."},
    // Merging
    {"M120", error, "Defined in two files", "Keep the value in one of the files."},
    {"M121", error, "Kinds that can't be merged", "Give the member the same kind in every file."},
    // Format
    {"M201", error, "Does not fit the format", "See plugin_api/manifest.schema.json."},
    {"M202", error, "Unknown manifest_version", "Use a host that knows this version."},
    {"M203", warning, "Newer manifest_version", "Some members may be ignored; update the host."},
    {"M204", warning, "Member that was removed from the format", "Delete it."},
    {"M210", error, "Embedded schema is not a JSON Schema", "Correct the schema."},
    {"M211", error, "Keyword outside the common part of draft-07 and 2020-12",
     "Use a keyword that both drafts know, or x-ui and x-options."},
    {"M212", error, "Reference that can't be followed",
     "Refer to \"#/$defs/<name>\", and put no keyword beside $ref."},
    {"M213", error, "Definitions that contain themselves or expand to too many values",
     "Unfold the definition to the depth that is needed."},
    {"M214", error, "Unusable pattern",
     "Use a plain ECMAScript pattern without a repeated repetition."},
    {"M215", error, "Open input", "Add additionalProperties: false to the input schema."},
    {"M216", error, "Closed output",
     "Remove additionalProperties: false: services add fields at any time."},
    {"M217", error, "Input field without a title",
     "Give every field a title that a user understands."},
    {"M218", error, "Default or example that does not fit", "Correct the value or its schema."},
    {"M219", warning, "Required text that may be empty",
     "Add minLength: 1: an empty text is not the same as no text."},
    {"M220", warning, "Input field that nothing explains",
     "Add a description: what it is, where it is found, what it looks like."},
    // Cross-checks
    {"M301", error, "Id used twice", "Rename one of the two."},
    {"M302", error, "Text empty or not trimmed", "Remove the blanks around the text."},
    {"M303", error, "Unknown lookup or list", "Add the lookup or the action, or correct the name."},
    {"M304", error, "Circular lookup dependencies", "Remove one of the dependencies."},
    {"M305", error, "Unknown field in depends_on", "Name a field of the same input."},
    {"M306", error, "Dedupe key not in the output",
     "Point to a member that the output schema has."},
    {"M307", error, "Dedupe key not required",
     "List the member under required at every step of the pointer."},
    {"M308", error, "Sample does not fit the output", "Correct the sample or the schema."},
    {"M309", error, "Sample input does not fit the input",
     "Correct the sample input or the schema."},
    {"M310", error, "Interval below the minimum", "Raise interval_s or lower min_interval_s."},
    {"M311", error, "URL outside the allowed hosts",
     "Add the host to network.allowed_hosts, or correct the URL."},
    {"M312", error, "Required field that cannot be filled in",
     "Require it only under the condition that shows it (if/then), or always show it."},
    {"M313", error, "Unknown field in visible_when", "Name a field of the same object."},
    {"M314", error, "Secret without writeOnly", "Add writeOnly: true, or choose another name."},
    {"M315", error, "Secret in a URL", "Send it in the body: URLs end up in logs."},
    {"M316", error, "Path placeholder without a field",
     "Name a field of the input, or a JSON Pointer into it."},
    {"M317", error, "Pointer without a target",
     "Point to something that the schema of the input, or of the rows, describes."},
    {"M318", error, "Unknown encoder", "Use one of the encoders of the format."},
    {"M319", error, "Malformed template", "See the request template in manifest.schema.json."},
    {"M320", error, "Operation that a limitation forbids",
     "Remove the operation or the limitation."},
    {"M321", error, "Unknown action", "Name an action of this manifest."},
    {"M322", error, "Start that is not allowed", "Put start.default into start.allow."},
    {"M323", error, "Effects that contradict each other",
     "A read_only action must be idempotent and must not be destructive or queued."},
    {"M324", error, "Neither request nor handler, or both",
     "Give the operation either a request template or a handler."},
    {"M325", error, "Credential pointer without a field",
     "Point to a field of the method's input."},
    {"M326", error, "Error rule without a condition", "Give a status, or a pointer."},
    {"M327", error, "Paging limit without a field", "Point to an integer field of the input."},
    {"M328", warning, "Method and effects disagree",
     "A GET action must be read_only; a DELETE action must be destructive."},
    {"M329", error, "Missing or unusable answer shape",
     "A lookup that uses a request needs value and label."},
    {"M330", error, "Unknown replacement", "Name an operation of the same kind."},
    {"M331", error, "Manifest of another library",
     "Set library.file to the name of the built library."},
    {"M332", error, "Rate limit per unknown field",
     "Point to a field that the input of each of its actions requires."},
    // A host only warns of these: plugins that were built before they were checked go on working.
    {"M333", warning, "Unused input",
     "Use it in the request, or remove it: users who fill it in expect it to have an effect."},
    {"M334", warning, "Dropped time zone offset",
     "Give the field the format date-time-local and an x-zone, or encode it with unix or "
     "utc_minute."},
    {"M335", warning, "Secret in an output",
     "Add writeOnly: true, so that hosts do not store it, or leave the member out."},
    {"M336", error, "Header that no key can be in",
     "Name the header that the service takes its key from."},
    {"M337", error, "Not what a plugin can load",
     "See manifest.schema.json and, for detect, the strategies in the README of detection."},
    {"M338", warning, "Time without a declared zone",
     "Add x-zone: account where the service documents that it reads the field in the account's "
     "time zone, else x-zone: undocumented."},
    {"M339", error, "Zone that does not fit",
     "See x-zone and auth.test.time_zone in manifest.schema.json."},
    {"M340", error, "Endpoint without an operation that has one",
     "Remove the entry of omissions, or the operation."},
    {"M341", error, "Write of a probe that cannot be taken back",
     "Use an idempotent action on the given place, with a reserved address, and name its "
     "clean-up."},
    {"M345", error, "Assumption that no operation rests on",
     "Name a request that an operation sends, or add of_all: true."},
    {"M346", warning, "Event requires what may be missing",
     "Require only what identifies the row, and what the template makes: everything else of a "
     "service may be null or of another type, and is left out of the event then."},
    // Comparing releases
    {"M401", warning, "Operation removed", "Keep it, deprecated, until the next major version."},
    {"M402", warning, "Input field removed or renamed",
     "Keep the old field in addition to the new one."},
    {"M403", warning, "Input field newly required", "Leave it optional and give it a default."},
    {"M404", warning, "Input field accepts less or something else",
     "Keep accepting all values that the old version accepted."},
    {"M405", warning, "Output member dropped or changed", "Keep the member."},
    {"M406", warning, "Sample member dropped", "Keep it: users have mapped it."},
    {"M407", error, "Dedupe key changed under the same version",
     "Raise dedupe.version, so that hosts record a new baseline instead of reporting existing "
     "items again."},
    {"M408", warning, "Authentication method removed or changed", "Keep it until the next major."},
    {"M409", warning, "Identity changed", "Keep the id: connections and cursors depend on it."},
    {"M410", error, "Version not raised far enough", "Raise the version as stated."},
    {"M411", error, "Dedupe version lowered", "Versions only grow."},
    {"M412", warning, "Dedupe version raised",
     "Hosts will record a new baseline; mention it in the changelog."},
    {"M420", note, "Operation added", ""},
    {"M421", note, "Field or member added", ""},
    {"M422", note, "Other change", ""},
});

std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

}  // namespace

std::span<const Code> all_codes() noexcept {
  return codes;
}

const Code *find_code(std::string_view code) noexcept {
  for (const Code &row : codes) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

Problem make_problem(std::string_view code, std::string message) {
  const Code *row = find_code(code);
  if (row == nullptr) throw std::invalid_argument("no such code: " + std::string(code));
  Problem problem;
  problem.code = row->code;
  problem.severity = row->severity;
  problem.message = std::move(message);
  problem.advice = row->advice;
  return problem;
}

bool has_errors(std::span<const Problem> problems) noexcept {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem &problem) { return problem.severity == Severity::error; });
}

void sort_problems(std::vector<Problem> &problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem &a, const Problem &b) {
    return std::tie(a.severity, a.file, a.line, a.column, a.code) <
           std::tie(b.severity, b.file, b.line, b.column, b.code);
  });
}

std::string to_line(const Problem &problem) {
  std::string line = problem.file.empty() ? "manifest" : problem.file;
  if (problem.line > 0) {
    line += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
  }
  line.append(": ").append(word_of(problem.severity)).append(": ").append(problem.code);
  line.append(" ").append(problem.message);
  if (!problem.pointer.empty()) line.append(" (at ").append(problem.pointer).append(")");
  if (!problem.advice.empty()) line.append(". ").append(problem.advice);
  return line;
}

std::ostream &operator<<(std::ostream &out, const Problem &problem) {
  return out << to_line(problem);
}

}  // namespace cpi::manifest
