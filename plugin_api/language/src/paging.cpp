#include "cpi/language/paging.hpp"

#include <utility>

#include "manifest_part.hpp"

namespace cpi {

namespace json = boost::json;

namespace {

std::string paging_name(const ManifestPart &part) {
  if (!part.has("name")) part.refuse("has no name");
  return part.some_text("name").value_or("");
}

}  // namespace

Paging Paging::compile(const json::value &node, std::string_view where) {
  Problems problems;
  Paging out = compile(node, where, problems);
  problems.throw_first();
  return out;
}

Paging Paging::compile(const json::value &node, std::string_view where, Problems &problems) {
  constexpr const char *unknown = "is not a part of paging";
  const ManifestPart part(node, std::string(where), problems);
  Paging out;
  if (!part.given()) return out;
  part.only({"in", "size", "from", "style", "after", "rows", "total", "limit"}, unknown);

  const auto style = part.word("style", {"offset", "page", "after", "none"});
  out.style = !style || style == "offset" ? PagingStyle::offset
              : style == "page"           ? PagingStyle::page
              : style == "after"          ? PagingStyle::after
                                          : PagingStyle::none;
  if (style || !part.has("style")) {
    const bool numbered = out.style == PagingStyle::offset || out.style == PagingStyle::page;
    if (numbered && !part.has("from")) part.refuse("has no from");
    if (out.style == PagingStyle::after && !part.has("after")) part.refuse("has no after");
  }

  out.in_body = part.word("in", {"query", "body"}) == "body";
  if (const auto size = part.part("size")) {
    size->only({"name", "value"}, unknown);
    if (size->has("name")) out.size_name = paging_name(*size);
    if (!size->has("value")) size->refuse("has no value");
    out.size = static_cast<std::size_t>(size->whole("value", 1).value_or(1));
  }
  if (const auto from = part.part("from")) {
    from->only({"name", "first"}, unknown);
    out.from_name = paging_name(*from);
    out.first_page = from->whole("first", 0).value_or(1);
  }
  if (const auto after = part.part("after")) {
    after->only({"name", "pointer"}, unknown);
    out.after_name = paging_name(*after);
    if (!after->has("pointer")) after->refuse("has no pointer");
    out.after = after->pointer("pointer").value_or(Pointer());
  }
  out.rows = part.pointer("rows").value_or(Pointer());
  out.total = part.pointer("total");
  out.limit = part.pointer("limit");
  return out;
}

}  // namespace cpi
