// The SendPulse connector: everything its manifest can say is in manifests/sendpulse/, and these
// are the operations that need code.
#include "add_many_subscribers.hpp"
#include "cpi/sdk/custom_call.hpp"
#include "cpi/sdk/plugin_entry.hpp"
#include "verify_address.hpp"

CPI_PLUGIN_ENTRY_POINT([](cpi::Connector &connector) {
  connector.on_action("add_many_subscribers", sendpulse::add_many_subscribers);
  connector.on_action("verify_address", sendpulse::verify_address);
  connector.on_action("custom_call", cpi::custom_call(connector.manifest()));
})
