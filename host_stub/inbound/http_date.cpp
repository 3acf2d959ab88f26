#include "inbound/http_date.hpp"

#include <array>
#include <string_view>

namespace host::inbound {

namespace {

std::string two_digits(unsigned number) {
  std::string out = std::to_string(number);
  return out.size() < 2 ? '0' + out : out;
}

}  // namespace

std::string http_date(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<std::chrono::days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time) - day);
  std::string out(days[weekday(day).c_encoding()]);
  out += ", " + two_digits(static_cast<unsigned>(date.day())) + ' ';
  out += months[static_cast<unsigned>(date.month()) - 1];
  out += ' ' + std::to_string(static_cast<int>(date.year())) + ' ';
  out += two_digits(static_cast<unsigned>(clock.hours().count())) + ':';
  out += two_digits(static_cast<unsigned>(clock.minutes().count())) + ':';
  out += two_digits(static_cast<unsigned>(clock.seconds().count())) + " GMT";
  return out;
}

}  // namespace host::inbound
