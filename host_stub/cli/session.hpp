// The session of one command: the store, plugins and secrets that the settings name, and a network
// for each operation that a signal can cancel.
#pragma once

#include <memory>

#include "cli/command.hpp"
#include "control/own_network.hpp"
#include "control/session.hpp"
#include "plugins/plugin_calls.hpp"

namespace host::cli {

// Built from the settings.
std::shared_ptr<const Discovery> find_plugins(const Settings &settings);
// For all requests that leave this machine.
ProxyPolicy proxy_policy(const Settings &settings);
TransportOptions transport_options(const Settings &settings);
KeyPlaces key_places(const Settings &settings);

// What a session needs, and what must outlive it.
class CommandContext {
 public:
  explicit CommandContext(Context &context);

 protected:
  ~CommandContext() = default;

  Context &context_;
  PluginCalls plugin_calls_;
  PluginCalls::CallSlot slot_;  // of the command's thread
  std::unique_ptr<ExchangeObserver> observer_;
  OwnNetwork network_;
  SessionContext shared_;
};

class Session : private CommandContext, public host::Session {
 public:
  explicit Session(Context &context);

  Context &context() noexcept { return context_; }
  OwnNetwork &network() noexcept { return network_; }
};

}  // namespace host::cli
