// Sends each event as a signed POST request, in the HTTP structured mode of CloudEvents and with
// the headers of Standard Webhooks.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/proxy_policy.hpp"
#include "delivery/sink.hpp"

namespace host {

struct WebhookOptions {
  // One, or two while a receiver changes its secret: the request then has both signatures.
  std::vector<std::string> secrets;
  bool allow_http = false;  // to any host; without it, unencrypted requests go only to this machine
  std::string ca_file;      // PEM; empty: the system's
  std::vector<std::string> connect_to;  // HOST:PORT:ADDRESS:PORT, as curl's --connect-to
  ProxyPolicy proxy;
  std::chrono::milliseconds timeout{20000};
};

// 2xx accepts an event, 410 means that the receiver is gone, everything else is retried (redirects
// too: they are not followed).
class WebhookSink : public Sink {
 public:
  // Throws SinkError for an unusable URL or secret.
  WebhookSink(const std::string &url, const WebhookOptions &options);
  ~WebhookSink() override;

  // "webhook:SCHEME://HOST/" and a hash: the path and query of such URLs are often secret. It does
  // not include the signing secret.
  const std::string &name() const override;
  static std::string name_of(const std::string &url);  // throws SinkError
  std::size_t batch() const override { return 1; }
  SinkOutcome deliver(std::span<const Outgoing> events, const std::stop_token &stop) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace host
