// What the service answers to a change: bodies, and the statuses that they come under.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace writes {

// What a person reads in a body. No body here says more than one of these.
enum class Says : std::uint8_t {
  nothing,     // it is empty, or an empty container
  documented,  // the documented success
  confirmed,   // it worked, and no more than that
  refused,     // it failed
  expired,     // the credentials were refused
  later,       // too many requests
  doubtful,    // both, or neither: it may have worked
  other,       // an object without anything that is expected
  vague,       // an object whose expected part is empty, or a list of something else
  unreadable   // not JSON, or neither an object nor a list of objects
};

struct OddBody {
  std::string name;  // the body itself where it is short
  Says says;
  // From the documented answer's body to this one. Others are the same for all operations.
  std::function<std::string(const std::string &documented)> make;
  bool is_page = false;     // HTML
  bool everywhere = false;  // under all statuses; others come under 200 only
};
const std::vector<OddBody> &odd_bodies();

inline constexpr std::array statuses = {200, 201, 202, 204, 302, 400, 401, 403,
                                        404, 408, 409, 422, 429, 500, 502, 503};

// Whether the status alone says that nothing was done.
constexpr bool is_refusal(int status) {
  return status >= 400 && status < 500 && status != 408;
}
constexpr bool is_success(int status) {
  return status >= 200 && status < 300;
}

std::string_view name(Says says);

}  // namespace writes
