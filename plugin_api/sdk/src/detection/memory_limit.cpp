#include "memory_limit.hpp"

#include <algorithm>
#include <string>

#include "cpi/json/number.hpp"

namespace cpi::detection {

namespace {

std::string with_thousands(std::uint64_t number) {
  return grouped_digits(static_cast<std::int64_t>(number));
}

Failure too_long(std::string message, std::string advice) {
  return {ErrorClass::too_large, Fault::user, std::move(message), std::move(advice)};
}

constexpr const char *choose_shorter =
    "Choose a shorter list. Triggers for which the catalogue states no limit work with lists of "
    "any "
    "length.";

}  // namespace

bool is_counted(const PollPlan &plan) noexcept {
  return plan.where.empty() && plan.pages == 0 && !plan.horizon && !plan.window && !plan.watch;
}

std::size_t room_for(const PollParts &parts, const Shard &shard) noexcept {
  const std::size_t all = parts.position.rows();
  const std::size_t others = all - std::min(all, shard.memory.size());
  return parts.plan.limit - std::min(parts.plan.limit, others);
}

Failure list_too_long(const PollPlan &plan, std::uint64_t rows, std::size_t room) {
  const std::string limit = with_thousands(plan.limit);
  std::string message = "The list has " + with_thousands(rows) + " items";
  if (rows > plan.limit) {
    return too_long(message + ", more than the " + limit + " that this trigger can remember.",
                    choose_shorter);
  }
  return too_long(message + ". With those of the other lists, that is more than the " + limit +
                      " that this trigger can remember: there is room for " + with_thousands(room) +
                      ".",
                  "Choose single lists, with a trigger for each.");
}

Failure lists_too_long(const PollPlan &plan, std::uint64_t rows, std::size_t lists) {
  if (lists == 1) return list_too_long(plan, rows, plan.limit);
  const std::string limit = with_thousands(plan.limit);
  return too_long(
      "The " + with_thousands(lists) + " lists have " + with_thousands(rows) +
          " items, more than the " + limit + " that this trigger can remember.",
      "Choose a single list with at most " + limit + " items, with a trigger for each.");
}

Failure read_too_many(const PollPlan &plan) {
  return too_long("The list has more than the " + with_thousands(plan.limit) +
                      " items that this trigger can remember.",
                  plan.gate && plan.gate->each
                      ? "Choose a single list with fewer items, with a trigger for each."
                      : choose_shorter);
}

bool is_too_long(const Failure &failure) noexcept {
  return failure.error_class == ErrorClass::too_large && failure.fault == Fault::user &&
         failure.http_status == 0;
}

void expect_room(const PollParts &parts, const Shard &shard, const GateRow &row) {
  if (!row.count || !is_counted(parts.plan)) return;
  const std::size_t room = room_for(parts, shard);
  if (*row.count > room) throw list_too_long(parts.plan, *row.count, room);
}

GateCounts::GateCounts(const PollPlan &plan)
    : plan_(plan), walk_(plan.gate->paging, any_number, overlap_of(plan.gate->paging)) {}

bool GateCounts::take(const GatePage &page) {
  for (const GateRow &row : page.rows) {
    if (!counted_.insert(row.id).second && plan_.gate->each) continue;
    rows_ += row.count.value_or(0);
    ++lists_;
  }
  bool has_new = false;
  for (const std::uint64_t key : page.keys) has_new = keys_.insert(key).second || has_new;
  // A short page is taken for the last one: what it misses is counted when its turn comes. The row
  // after which the next page begins is not known here.
  const bool by_last_row = plan_.gate->paging.style == PagingStyle::after;
  return has_new && !by_last_row && walk_.advance(page.keys.size(), nullptr, page.total);
}

void GateCounts::expect_room() const {
  if (rows_ > plan_.limit) throw lists_too_long(plan_, rows_, lists_);
}

}  // namespace cpi::detection
