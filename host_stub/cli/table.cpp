#include "cli/table.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "text/terminal_text.hpp"

namespace host::cli {

namespace {

constexpr std::size_t widest_column = 60;
constexpr std::string_view gap = "  ";

void add_line(std::string &out, const std::vector<std::string> &cells,
              const std::vector<std::size_t> &widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line.append(widths[i] - width(cells[i]), ' ').append(gap);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace

void Table::row(std::vector<std::string> cells) {
  cells.resize(header_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i] = one_line(cells[i]);
    if (i + 1 < cells.size()) cells[i] = shortened(cells[i], widest_column);
  }
  rows_.push_back(std::move(cells));
}

std::string Table::text(bool bold) const {
  std::vector<std::size_t> widths;
  widths.reserve(header_.size());
  for (const std::string &title : header_) widths.push_back(width(title));
  for (const auto &cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width(cells[i]));
  std::string head;
  add_line(head, header_, widths);
  if (bold) {
    head.pop_back();
    head = "\x1b[1m" + head + "\x1b[0m\n";
  }
  for (const auto &cells : rows_) add_line(head, cells, widths);
  return head;
}

void Facts::add(std::string name, std::string value) {
  if (!value.empty()) facts_.emplace_back(std::move(name), one_line(value));
}

std::string Facts::text() const {
  std::size_t widest = 0;
  for (const auto &[name, value] : facts_) widest = std::max(widest, name.size());
  std::string out;
  for (const auto &[name, value] : facts_)
    out += name + ':' + std::string(widest - name.size() + 2, ' ') + value + '\n';
  return out;
}

}  // namespace host::cli
