// The problems found so far in one document, and the document's well-known parts.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cpi/json/schema.hpp"
#include "cpi/manifest/problem.hpp"
#include "cpi/manifest/yaml_document.hpp"

namespace cpi::manifest {

class Findings {
 public:
  explicit Findings(const Document &document);

  // Files a problem at a pointer into the document.
  void add(std::string_view code, const std::string &pointer, std::string message);

  // Files what does not fit of a value that stands at `pointer`.
  void add(std::string_view code, const std::string &pointer, const Violation &violation);

  // True when an error was found at or below `pointer`.
  [[nodiscard]] bool broken(std::string_view pointer) const;

  [[nodiscard]] const boost::json::value &root() const { return document_.value; }
  [[nodiscard]] const boost::json::object &manifest() const { return manifest_; }
  [[nodiscard]] const boost::json::object &defs() const { return defs_; }

  std::vector<Problem> take() &&;

 private:
  const Document &document_;
  boost::json::object none_;
  const boost::json::object &manifest_;
  const boost::json::object &defs_;
  std::vector<Problem> problems_;
};

}  // namespace cpi::manifest
