#include "cpi/sdk/answer.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include "cpi/json/base64.hpp"
#include "cpi/sdk/errors.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

// The name in content-disposition, RFC 6266: quoted or plain. The extended form filename* is left
// out: a service that needs it gives the plain one too.
std::string filename_in(std::string_view disposition) {
  constexpr std::string_view name = "filename=";
  const auto at = disposition.find(name);
  if (at == std::string_view::npos) return {};
  std::string_view rest = disposition.substr(at + name.size());
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    return presentable(rest.substr(0, rest.find('"')));
  }
  return presentable(rest.substr(0, rest.find_first_of("; ")));
}

}  // namespace

json::value file_of(const Response &response) {
  json::object out;
  if (auto filename = filename_in(response.header("content-disposition")); !filename.empty()) {
    out.emplace("filename", std::move(filename));
  }
  const auto type = response.header("content-type");
  out.emplace("content_type", type.empty() ? "application/octet-stream" : presentable(type));
  out.emplace("size", response.body().size());
  out.emplace("content", base64(response.body()));
  return out;
}

}  // namespace cpi
