#include "rank.hpp"

#include <cstdlib>
#include <utility>

#include "cpi/json/rfc3339.hpp"
#include "cpi/zones/zone_rules.hpp"

namespace cpi::detection {

Rank::Rank(std::string_view text) {
  if (text.empty()) return;
  if (const auto time = parse_lenient(text)) {
    kind_ = time->offset_minutes ? Kind::instant : Kind::clock;
    ms_ = to_unix_ms(*time);
    nanosecond_ = time->nanosecond;
    return;
  }
  kind_ = Kind::plain;
  plain_.kind = is_integer(text) ? ScalarKind::integer : ScalarKind::text;
  plain_.text = text;
}

int Rank::compare(const Rank &a, const Rank &b) noexcept {
  if (a.kind_ != b.kind_) return a.kind_ < b.kind_ ? -1 : 1;
  if (a.kind_ == Kind::plain) return detection::compare(a.plain_, b.plain_);
  if (a.ms_ != b.ms_) return a.ms_ < b.ms_ ? -1 : 1;
  return (a.nanosecond_ > b.nanosecond_) - (a.nanosecond_ < b.nanosecond_);
}

bool Rank::is_surely_older(const Rank &a, const Rank &b) {
  return a.kind_ == b.kind_ && a.kind_ != Kind::none && compare(a, b) < 0 && !may_be_one_hour(a, b);
}

bool Rank::may_be_one_hour(const Rank &a, const Rank &b) {
  constexpr std::int64_t hour_ms = 3'600'000;
  return a.kind_ == Kind::clock && b.kind_ == Kind::clock && std::abs(a.ms_ - b.ms_) < hour_ms &&
         is_doubtful_somewhere(a.ms_ / 1000) && is_doubtful_somewhere(b.ms_ / 1000);
}

void observe_order(Scan &scan, Rank &last, const Scalar &stamp) {
  Rank rank = stamp.identifies() ? Rank(stamp.text) : Rank();
  if (rank.kind() == Rank::Kind::none || rank.kind() < last.kind()) return;
  if (rank.kind() == last.kind()) {
    const int against = Rank::compare(rank, last);
    if (against > 0 && !scan.rising) scan.rising = !Rank::may_be_one_hour(rank, last);
    if (against < 0) scan.falling = true;
  }
  scan.last_rank = stamp.text;
  last = std::move(rank);
}

Order judge_order(Order before, const Scan &scan) noexcept {
  if (before == Order::violated || scan.rising) return Order::violated;
  return scan.falling ? Order::falling : before;
}

}  // namespace cpi::detection
