// The exchanges of one loop: one for each plugin, with the allowed hosts and rate limits of its
// manifest.
//
// For the loop's own thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "exchange/exchange.hpp"
#include "plugins/plugin.hpp"
#include "run/database_rate_store.hpp"

namespace host {

// The exchange options from a plugin's manifest.
ExchangeOptions exchange_options(const cpi::manifest::Manifest &manifest);

class Exchanges {
 public:
  // `answers_live`: the maximum age of an answer shared by several triggers. The store is that of
  // the loop's thread.
  Exchanges(Loop &loop, Credentials &credentials, Store &store,
            std::chrono::milliseconds answers_live, ExchangeObserver *observer = nullptr)
      : loop_(loop),
        credentials_(credentials),
        rate_store_(store),
        answers_live_(answers_live),
        observer_(observer) {}

  Exchange &of(const Plugin &plugin);

 private:
  Loop &loop_;
  Credentials &credentials_;
  DatabaseRateStore rate_store_;
  std::chrono::milliseconds answers_live_;
  ExchangeObserver *observer_;
  std::map<std::string, std::unique_ptr<Exchange>, std::less<>> by_plugin_;
};

}  // namespace host
