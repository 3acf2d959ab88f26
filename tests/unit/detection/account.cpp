#include "account.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cpi/json/rfc3339.hpp"
#include "trigger.hpp"

namespace cpi::detection {

namespace json = boost::json;

namespace {

std::string lower(std::string text) {
  for (char &c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Answer page_of(const json::array &rows, const Request &request) {
  const std::size_t limit = std::stoul(query(request, "limit"));
  const std::size_t offset = std::stoul(query(request, "offset"));
  json::array out;
  for (std::size_t i = offset; i < std::min(rows.size(), offset + limit); ++i) {
    out.push_back(rows[i]);
  }
  return {.status = 200, .body = json::serialize(out)};
}

json::object list_row(const MailingList &list) {
  std::int64_t active = 0;
  std::int64_t inactive = 0;
  for (const Member &member : list.members) {
    if (member.hidden) continue;
    ++(member.status == 1 ? active : inactive);
  }
  return {{"id", list.id},
          {"name", list.name},
          {"all_email_qty", active + inactive},
          {"active_email_qty", active},
          {"inactive_email_qty", std::to_string(inactive)}};
}

json::object campaign_row(const Campaign &campaign) {
  json::object statistics;
  constexpr std::array names = {"sent",        "delivered", "opening", "link_redirected",
                                "unsubscribe", "error"};
  for (std::size_t i = 0; i < names.size(); ++i) statistics[names[i]] = campaign.statistics[i];
  return {{"id", campaign.id},
          {"name", "Campaign"},
          {"status", campaign.status},
          {"send_date", campaign.send_date},
          {"statistics", std::move(statistics)}};
}

}  // namespace

std::string member_key(const MailingList &list, const Member &member) {
  return std::to_string(list.id) + "/" + lower(member.email);
}

bool unsubscribed(const Member &member) {
  return member.status == 4 || member.status == 6;
}

bool is_final(int status) {
  constexpr std::array final = {3, 5, 8, 12, 16, 23, 25};
  return std::ranges::find(final, status) != final.end();
}

Account::Account(std::uint64_t seed) : random(seed) {
  ignores_order = pick(4) == 0;
  has_add_date = pick(4) != 0;
  for (std::uint64_t count = 1 + pick(12); count > 0; --count) add_list();
  for (MailingList &list : lists) {
    const std::uint64_t members = pick(3) == 0 ? pick(40) : pick(6);
    for (std::uint64_t count = members; count > 0; --count) add_member(list);
  }
  for (std::uint64_t count = pick(30); count > 0; --count) add_campaign();
  show_hidden();
  forget_history();
}

void Account::forget_history() {
  lists_made.clear();
  members_added.clear();
  members_left.clear();
  campaigns_made.clear();
  statuses.clear();
  for (const Campaign &campaign : campaigns) {
    statuses.emplace(std::to_string(campaign.id), campaign.status);
  }
}

void Account::show_hidden() {
  for (MailingList &list : lists) {
    for (Member &member : list.members) {
      if (!member.hidden) continue;
      member.hidden = false;
      note_member(list, member);
    }
  }
}

void Account::note_member(const MailingList &list, const Member &member) {
  members_added.insert(member_key(list, member));
  if (unsubscribed(member)) members_left.insert(member_key(list, member));
}

void Account::add_list() {
  next_list_ += 1 + pick(3);
  lists.push_back({.id = next_list_, .name = "List", .members = {}});
  lists_made.insert(std::to_string(next_list_));
}

void Account::add_member(MailingList &list) {
  std::string email = (pick(2) == 0 ? "user" : "USER") + std::to_string(pick(60)) + "@example.org";
  const auto same = std::ranges::find_if(
      list.members, [&](const Member &member) { return lower(member.email) == lower(email); });
  if (same != list.members.end()) return;  // an upsert: nothing changes
  Member member{.email = std::move(email), .status = pick(6) == 0 ? 4 : 1, .added = clock};
  if (pick(3) == 0) ++clock;  // seconds are coarse: many share one
  if (pick(10) == 0) {        // indexed late, and with the stamp of the day before
    member.hidden = true;
    member.added -= static_cast<std::int64_t>(pick(90'000));
  }
  list.members.push_back(member);
  if (!member.hidden) note_member(list, member);
}

void Account::change_member(MailingList &list) {
  if (list.members.empty()) return;
  const std::size_t at = pick(list.members.size());
  Member &member = list.members[at];
  if (pick(2) == 0) {
    list.members.erase(list.members.begin() + static_cast<std::ptrdiff_t>(at));
    if (pick(3) == 0) add_member(list);  // the counters may stay as they were
    return;
  }
  if (member.hidden) return;
  const bool was = unsubscribed(member);
  member.status = was ? 1 : pick(2) == 0 ? 4 : 6;
  if (!was) members_left.insert(member_key(list, member));
}

void Account::add_campaign() {
  next_campaign_ += 1 + pick(3);
  Campaign campaign;
  campaign.id = next_campaign_;
  campaign.status = pick(4) == 0 ? 26 : 0;
  campaign.send_date = format_datetime(from_unix_ms(clock * 1000));
  campaigns.push_back(campaign);
  campaigns_made.insert(std::to_string(campaign.id));
  statuses.emplace(std::to_string(campaign.id), campaign.status);
}

void Account::change_campaign() {
  if (campaigns.empty()) return;
  const std::size_t at = pick(campaigns.size());
  Campaign &campaign = campaigns[at];
  const std::uint64_t what = pick(10);
  if (what == 0) {
    campaigns.erase(campaigns.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (what < 5) {
    campaign.statistics[pick(6)] += static_cast<std::int64_t>(pick(5000)) - 3;
  } else if (!is_final(campaign.status)) {
    constexpr std::array next = {0, 2, 3, 9, 13, 23, 26};  // it may go back as well
    campaign.status = next[pick(next.size())];
    statuses.emplace(std::to_string(campaign.id), campaign.status);
  }
}

void Account::mutate() {
  switch (pick(10)) {
    case 0:
      add_list();
      break;
    case 1:
      if (lists.size() > 1 && pick(4) == 0) {
        lists.erase(lists.begin() + static_cast<std::ptrdiff_t>(pick(lists.size())));
      }
      break;
    case 2:
    case 3:
    case 4:
      add_member(lists[pick(lists.size())]);
      break;
    case 5:
    case 6:
      change_member(lists[pick(lists.size())]);
      break;
    case 7:
      add_campaign();
      break;
    default:
      change_campaign();
  }
}

void Account::make_plain_changes() {
  ++clock;
  MailingList &first = lists.front();
  first.members.push_back(
      {.email = "new" + std::to_string(clock) + "@example.org", .status = 4, .added = clock});
  note_member(first, first.members.back());
  add_list();
  if (!campaigns.empty()) {
    Campaign &last = campaigns.back();
    ++last.statistics[0];
    if (!is_final(last.status)) {
      last.status = last.status == 2 ? 9 : 2;
      statuses.emplace(std::to_string(last.id), last.status);
    }
  }
  add_campaign();
}

Answer Account::serve(const Request &request) {
  const std::string at = path(request);
  const std::string books = "/addressbooks";
  if (at == books) return lists_page(request);
  if (at == "/campaigns") return campaigns_page(request);
  if (at.starts_with(books + "/")) {
    const std::string id =
        at.substr(books.size() + 1, at.find('/', books.size() + 1) - books.size() - 1);
    for (const MailingList &list : lists) {
      if (std::to_string(list.id) != id) continue;
      if (at.ends_with("/emails")) return members_page(request, list);
      return {.status = 200, .body = json::serialize(json::array{list_row(list)})};
    }
  }
  for (const Campaign &campaign : campaigns) {
    if (at == "/campaigns/" + std::to_string(campaign.id)) {
      return {.status = 200, .body = json::serialize(campaign_row(campaign))};
    }
  }
  return {.status = 404, .body = R"({"message": "Not found", "error_code": 213})"};
}

Answer Account::lists_page(const Request &request) const {
  json::array rows;
  for (const MailingList &list : lists) rows.push_back(list_row(list));
  return page_of(rows, request);
}

Answer Account::members_page(const Request &request, const MailingList &list) const {
  std::vector<const Member *> members;
  for (const Member &member : list.members) {
    const bool wanted = query(request, "not_active").empty() || member.status != 1;
    if (!member.hidden && wanted) members.push_back(&member);
  }
  std::ranges::stable_sort(members, {}, &Member::added);
  if (!ignores_order && query(request, "order") == "desc") std::ranges::reverse(members);
  json::array rows;
  for (const Member *member : members) {
    json::object row{{"email", member->email}, {"status", member->status}};
    row["variables"] = json::array{};
    if (has_add_date) row["add_date"] = format_datetime(from_unix_ms(member->added * 1000));
    rows.push_back(std::move(row));
  }
  return page_of(rows, request);
}

Answer Account::campaigns_page(const Request &request) const {
  json::array rows;
  for (const Campaign &campaign : campaigns) rows.push_back(campaign_row(campaign));
  if (!ignores_order && query(request, "order") == "desc") std::ranges::reverse(rows);
  return page_of(rows, request);
}

}  // namespace cpi::detection
