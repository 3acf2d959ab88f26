// Rows in columns, for people. Programs get JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace host::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  // As many cells as the header. Cleaned for terminals (terminal_text.hpp); all but the last column
  // are cut to 60 characters.
  void row(std::vector<std::string> cells);
  bool empty() const noexcept { return rows_.empty(); }

  // The header in bold when `bold`; two spaces between columns, none at a line's end.
  std::string text(bool bold) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// "name:  value" lines with the values in one column; an empty value leaves its line out.
class Facts {
 public:
  void add(std::string name, std::string value);
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace host::cli
