// Credentials without accounts or token endpoints.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/credentials.hpp"
#include "worker/latch.hpp"
#include "worker/loop.hpp"

namespace host::test {

// Tokens "Bearer CONNECTION-VERSION"; a renewal takes a moment and is done once for all.
class FakeCredentials : public Credentials {
 public:
  explicit FakeCredentials(Loop &loop) : loop_(loop) {}

  Task<CredentialResult> credential(std::string_view connection_id) override {
    co_return current(connection_id);
  }
  Task<CredentialResult> renewed(std::string_view connection_id, std::uint64_t rejected) override {
    Account &account = accounts_[std::string(connection_id)];
    if (account.renewing) {
      const auto running = account.renewing;
      co_await running->wait();
    } else if (account.version == rejected) {
      const auto mine = account.renewing = std::make_shared<Latch>(loop_);
      co_await loop_.sleep_for(std::chrono::milliseconds(5));
      ++renewals;
      if (renew_status == CredentialResult::Status::ok) ++account.version;
      account.renewing.reset();
      mine->set();
    }
    CredentialResult result = current(connection_id);
    result.status = renew_status;
    if (renew_status != CredentialResult::Status::ok) result.detail = "sign in again, please";
    co_return result;
  }

  Task<CredentialResult> refused_again(std::string_view /*connection_id*/,
                                       std::uint64_t /*rejected*/) override {
    CredentialResult result;
    result.detail = "not taken yet";
    result.retry_after = std::chrono::seconds(30);
    result.may_take_effect = takes_effect_late;
    co_return result;
  }
  void accepted(std::string_view /*connection_id*/, std::uint64_t version) override {
    taken.push_back(version);
  }

  int renewals = 0;
  bool takes_effect_late = false;
  std::vector<std::uint64_t> taken;
  CredentialResult::Status status = CredentialResult::Status::ok;
  CredentialResult::Status renew_status = CredentialResult::Status::ok;
  HttpCredential::Place place = HttpCredential::Place::header;
  std::string name = "Authorization";
  std::string prefix = "Bearer ";

 private:
  struct Account {
    std::uint64_t version = 1;
    std::shared_ptr<Latch> renewing;
  };
  CredentialResult current(std::string_view connection_id) {
    const std::uint64_t version = accounts_[std::string(connection_id)].version;
    CredentialResult result;
    result.status = status;
    result.version = version;
    if (status == CredentialResult::Status::ok)
      result.credential = {place, name,
                           prefix + std::string(connection_id) + "-" + std::to_string(version)};
    else
      result.detail = "no token";
    return result;
  }
  Loop &loop_;
  std::map<std::string, Account> accounts_;
};

}  // namespace host::test
