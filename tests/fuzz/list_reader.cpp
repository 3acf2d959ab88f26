// Lists in answers: any body is a list or a problem, never both. The first byte chooses where the
// list is.
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <span>

#include "cpi/json/pointer.hpp"
#include "cpi/sdk/list.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  std::string_view body = fuzz::text_of(data, size);
  const std::uint8_t chosen = fuzz::take_byte(body);
  static const std::array places{cpi::Pointer::compile("", ""), cpi::Pointer::compile("/data", ""),
                                 cpi::Pointer::compile("/data/items", ""),
                                 cpi::Pointer::compile("/0/rows", "")};
  static const std::array needed{cpi::Pointer::compile("/id", "")};
  cpi::ListPlace place{places[chosen % places.size()], std::nullopt, (chosen & 8u) != 0};
  if ((chosen & 16u) != 0 && chosen % places.size() != 0)
    place.total = cpi::Pointer::compile("/total", "");
  const bool needs = (chosen & 32u) != 0;
  const cpi::DocumentsRead read = cpi::read_documents(
      place, needs ? std::span<const cpi::Pointer>(needed) : std::span<const cpi::Pointer>(), body);
  if (read.read.ok()) {
    fuzz::promise(read.read.rows == read.rows.size(), "as many rows as were counted");
  } else {
    fuzz::promise(*read.read.problem != '\0', "a problem has a sentence");
  }
  // The same body is read the same way.
  const cpi::DocumentsRead again = cpi::read_documents(
      place, needs ? std::span<const cpi::Pointer>(needed) : std::span<const cpi::Pointer>(), body);
  fuzz::promise(again.read.ok() == read.read.ok() && again.rows == read.rows &&
                    again.read.total == read.read.total,
                "reading twice gives the same");
  return 0;
}
