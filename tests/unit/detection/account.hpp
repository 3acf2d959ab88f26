// A small SendPulse account: mailing lists with members, and campaigns, answered as the service
// does (by limit, offset and order) and changed at random.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "scripted_host.hpp"

namespace cpi::detection {

struct Member {
  std::string email;  // as spelled
  int status = 1;
  std::int64_t added = 0;  // server seconds
  bool hidden = false;     // in the service, but not indexed yet
};

struct MailingList {
  std::uint64_t id = 0;
  std::string name;
  std::vector<Member> members;
};

struct Campaign {
  std::uint64_t id = 0;
  int status = 0;
  std::string send_date;
  std::array<std::int64_t, 6> statistics{};
};

class Account {
 public:
  explicit Account(std::uint64_t seed);

  Answer serve(const Request &request);

  // One change of the account that a person or a campaign might make.
  void mutate();
  void show_hidden();
  // One thing of each kind that no counter masks and nobody can overlook: a list, a member of the
  // first list that unsubscribed at once, a campaign, and a status and a statistic of the last one.
  void make_plain_changes();

  std::vector<MailingList> lists;
  std::vector<Campaign> campaigns;  // oldest first
  std::mt19937_64 random;
  bool ignores_order = false;
  bool has_add_date = true;
  std::int64_t clock = 1'740'800'000;  // the server's own

  // What happened, by key as in events: how often it came since the last call of forget_history.
  std::multiset<std::string> lists_made;
  std::multiset<std::string> members_added;
  std::multiset<std::string> members_left;  // unsubscribed
  std::multiset<std::string> campaigns_made;
  std::multiset<std::pair<std::string, int>> statuses;  // that a campaign had
  void forget_history();

  std::uint64_t pick(std::uint64_t below) { return random() % below; }

 private:
  Answer lists_page(const Request &request) const;
  Answer members_page(const Request &request, const MailingList &list) const;
  Answer campaigns_page(const Request &request) const;
  void add_list();
  void add_member(MailingList &list);
  void note_member(const MailingList &list, const Member &member);
  void change_member(MailingList &list);
  void add_campaign();
  void change_campaign();

  std::uint64_t next_list_ = 9'007'199'254'740'993;  // beyond 2^53
  std::uint64_t next_campaign_ = 9'007'199'254'740'993;
};

std::string member_key(const MailingList &list, const Member &member);
bool unsubscribed(const Member &member);
bool is_final(int status);

}  // namespace cpi::detection
