#include "page_reader.hpp"

#include <string>
#include <utility>

#include <boost/json/serialize.hpp>

namespace cpi::detection {

namespace json = boost::json;

namespace {

// An answer without anything at the place of the rows.
std::string answer_without_rows(const Pointer &rows) {
  json::value none;
  const auto &tokens = rows.tokens();
  for (std::size_t i = tokens.size(); i-- > 0;) none = json::object{{tokens[i], std::move(none)}};
  return json::serialize(none);
}

}  // namespace

Task<Page> PageReader::read(const RequestTemplate &request, const Paging &paging,
                            const Extra &extra, const PageMark *expected, const DigestKey &key) {
  const ErrorTable &errors = plan_.service->errors;
  Page page;
  budget_.count_request();
  const auto compare_marks = [&] {
    page.mark.digest = page_digest(key, page.body());
    page.same = expected != nullptr && page.mark.digest == expected->digest;
  };
  if (read_ && &request == &plan_.request) {
    page.own = co_await read_(scope_, extra);
    compare_marks();
  } else {
    Request built = request.build(Scope{scope_}, extra);
    const bool repeatable = built.repeatable;
    page.response.emplace(co_await channel_.send(std::move(built)));
    if (page.response->arrived()) compare_marks();
    page.same = page.same && page.response->status() == 200;
    // The same bytes were already accepted as a success.
    if (!page.same && plan_.answer.refusals() == cpi::Refusals::all) {
      errors.expect_success(*page.response, repeatable, channel_.now(), &paging.rows);
    } else if (!page.same) {
      const json::value answer =
          errors.read_json(*page.response, repeatable, channel_.now(), plan_.answer.refusals());
      if (is_bare_false(answer)) {
        page.response.reset();
        page.own = answer_without_rows(paging.rows);
      } else {
        errors.expect_list(*page.response, answer, paging.rows, repeatable, channel_.now());
      }
    }
  }
  if (page.same) page.mark = *expected;
  co_return page;
}

}  // namespace cpi::detection
