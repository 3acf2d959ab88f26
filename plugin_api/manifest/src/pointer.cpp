#include "cpi/manifest/pointer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace cpi::manifest {

std::string child(std::string_view pointer, std::string_view token) {
  std::string result;
  result.reserve(pointer.size() + token.size() + 1);
  result.append(pointer).push_back('/');
  for (const char c : token) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string child(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + '/' + std::to_string(index);
}

std::vector<std::string> tokens_of(std::string_view pointer) {
  std::vector<std::string> tokens;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    if (pointer[at] == '/') {
      tokens.emplace_back();
    } else if (!tokens.empty()) {
      if (pointer[at] == '~' && at + 1 < pointer.size()) {
        ++at;
        tokens.back() += pointer[at] == '1' ? '/' : '~';
      } else {
        tokens.back() += pointer[at];
      }
    }
  }
  return tokens;
}

bool is_pointer(std::string_view pointer) {
  if (!pointer.empty() && pointer.front() != '/') return false;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    if (pointer[at] != '~') continue;
    ++at;
    if (at == pointer.size() || (pointer[at] != '0' && pointer[at] != '1')) return false;
  }
  return true;
}

const boost::json::value *resolve(const boost::json::value &value, std::string_view pointer) {
  const boost::json::value *at = &value;
  for (const std::string &token : tokens_of(pointer)) {
    if (const auto *object = at->if_object()) {
      at = object->if_contains(token);
    } else if (const auto *array = at->if_array()) {
      std::size_t index = 0;
      const char *end = token.data() + token.size();
      const auto [rest, error] = std::from_chars(token.data(), end, index);
      const bool canonical = token == "0" || !token.starts_with('0');
      if (error != std::errc{} || rest != end || !canonical || index >= array->size()) {
        return nullptr;
      }
      at = &(*array)[index];
    } else {
      return nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace cpi::manifest
