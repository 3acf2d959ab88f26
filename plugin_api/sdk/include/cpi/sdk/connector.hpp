// A connector: the manifest compiled into the plugin, and handlers for the operations that need
// code. Immutable once configured, so operations on all threads may read it.
//
// The SDK runs the operations that the manifest defines (request templates, lookups, detection as
// data). For the others a plugin registers a handler under the name that its manifest uses.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "cpi/language/problem.hpp"
#include "cpi/sdk/channel.hpp"
#include "cpi/sdk/errors.hpp"
#include "cpi/sdk/task.hpp"

namespace cpi {

class Connector;

// The arguments of a handler. Valid as long as the operation.
struct Call {
  const Connector &connector;
  Channel &channel;
  const Begin &begin;
  const boost::json::object &operation;  // its definition in the manifest
  boost::json::object input;             // validated against its input schema
};

using Handler = std::function<Task<Result>(Call &)>;

class Connector {
 public:
  // `manifest_json`: the compiled-in text. Throws std::exception if it is not a manifest.
  explicit Connector(std::string_view manifest_json);
  // Why the constructor would refuse a manifest that has passed its format's checks: all problems
  // of the triggers, and the first one of any other operation and of what all of them share. For
  // whoever builds a plugin: what is checked is what runs. [any]
  static Problems problems_in(const boost::json::object &manifest);

  Connector(Connector &&) noexcept;
  ~Connector();

  void on_action(std::string name, Handler handler);
  void on_lookup(std::string name, Handler handler);
  void on_poll(std::string name, Handler handler);  // POLL and SAMPLE of triggers that name it

  const boost::json::object &manifest() const noexcept { return manifest_; }
  std::string_view base_url() const noexcept { return base_url_; }
  const ErrorTable &errors() const noexcept;  // the manifest's

  // The operation's definition, or null. [any]
  const boost::json::object *find(cpi_operation_kind kind, std::string_view id) const noexcept;

  // Runs a whole operation, from input validation to result. `channel` and `begin` must outlive the
  // task.
  Task<Result> run(Channel &channel, const Begin &begin) const;

 private:
  struct Index;
  boost::json::object manifest_;
  std::string base_url_;
  std::unique_ptr<Index> index_;
};

}  // namespace cpi
