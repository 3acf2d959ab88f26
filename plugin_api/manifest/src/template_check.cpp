#include "template_check.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <utility>

#include "json_access.hpp"
#include "schema_view.hpp"

namespace cpi::manifest {
namespace {

std::string_view code_of(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::foreign_host:
      return "M311";
    case ProblemKind::unknown_encoder:
      return "M318";
    case ProblemKind::irreversible:
      return "M341";
    case ProblemKind::malformed:
    case ProblemKind::matches_everything:
      break;
  }
  return "M319";
}

class ReadCheck {
 public:
  ReadCheck(Findings &findings, const TemplateInput &input) : findings_(findings), input_(input) {}

  void check(const Read &read) {
    // What should be an element of something that is no list is reported once, for the list.
    if (std::ranges::any_of(no_lists_, [&](const auto &elements) {
          return elements.size() <= read.tokens.size() &&
                 std::equal(elements.begin(), elements.end(), read.tokens.begin());
        })) {
      return;
    }
    const bool placeholder = read.as == Read::As::placeholder;
    const Spot spot = spot_of(read.tokens);
    if (spot.kind == Spot::Kind::missing) {
      findings_.add(placeholder ? "M316" : "M317", read.place,
                    "the input has no \"" + read.text + "\"");
      note_no_list(read);
      return;
    }
    if (spot.secret && read.in_url) {
      findings_.add("M315", read.place,
                    "\"" + read.text + "\" is a secret and must not be in the URL");
    }
    if (read.as == Read::As::list && spot.kind == Spot::Kind::found &&
        elements_of(spot, findings_.defs()).kind == Spot::Kind::missing) {
      findings_.add("M317", read.place, "$each does not point to a list");
      note_no_list(read);
    }
    if (!read.drops_offset.empty()) check_clock(spot, read);
  }

 private:
  [[nodiscard]] Spot spot_of(std::span<const std::string> path) const {
    Spot anything;
    anything.kind = Spot::Kind::open;
    if (!path.empty() &&
        std::find(input_.extra.begin(), input_.extra.end(), path.front()) != input_.extra.end()) {
      return anything;
    }
    if (!input_.member.empty()) {
      if (path.empty()) return anything;
      if (path.front() != input_.member) return {};
      path = path.subspan(1);
    }
    if (input_.schema == nullptr) return {};
    const std::array<const json::value *, 1> schemas = {input_.schema};
    return find_spot(schemas, path, findings_.defs());
  }

  void note_no_list(const Read &read) {
    if (read.as != Read::As::list) return;
    no_lists_.push_back(read.tokens);
    no_lists_.back().emplace_back("*");
  }

  // Of a time with an offset, the encoder would send the clock alone: another moment.
  void check_clock(const Spot &spot, const Read &read) {
    for (const json::value *schema : spot.schemas) {
      const json::object *rules = schema->if_object();
      if (rules == nullptr || text_in(*rules, "format") != "date-time") continue;
      findings_.add("M334", read.drops_offset, "the field has an offset, and the encoder drops it");
    }
  }

  Findings &findings_;
  const TemplateInput &input_;
  std::vector<std::vector<std::string>> no_lists_;
};

}  // namespace

void add_problem(Findings &findings, const LanguageProblem &problem) {
  findings.add(code_of(problem.kind), problem.place, problem.why);
}

void check_reads(Findings &findings, const std::vector<Read> &reads, const TemplateInput &input) {
  ReadCheck check(findings, input);
  for (const Read &read : reads) check.check(read);
}

}  // namespace cpi::manifest
