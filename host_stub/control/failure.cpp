#include "control/failure.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <new>

#include "auth/seal.hpp"
#include "auth/secret_input.hpp"
#include "plugins/operation.hpp"
#include "plugins/problem.hpp"
#include "store/store.hpp"
#include "text/suggestion.hpp"

namespace host {

namespace json = boost::json;

namespace {

OperationError error_of(ErrorClass error_class, Fault fault, std::string message,
                        std::string advice = {}) {
  OperationError error;
  error.error_class = error_class;
  error.fault = fault;
  error.message = std::move(message);
  error.advice = std::move(advice);
  return error;
}

std::string problem_details(std::string_view pointer, std::string_view message) {
  return json::serialize(json::array{{{"pointer", pointer}, {"message", message}}});
}

}  // namespace

Failure wrong_call(std::string message, std::string advice) {
  return Failure(
      error_of(ErrorClass::invalid_input, Fault::user, std::move(message), std::move(advice)),
      Failure::Kind::wrong_call);
}

Failure violations_failure(const cpi::Violations &violations) {
  OperationError error = error_of(ErrorClass::invalid_input, Fault::user,
                                  cpi::summary_of(violations), "Correct the input and try again.");
  error.details = json::serialize(cpi::details_of(violations));
  return Failure(std::move(error));
}

Failure unknown_name(std::string_view sought, std::string_view name,
                     std::span<const std::string> known, std::string_view of_plugin) {
  Failure failure(error_of(ErrorClass::not_found, Fault::user,
                           "There is no " + std::string(sought) + " \"" + std::string(name) + "\".",
                           did_you_mean(name, known)),
                  Failure::Kind::unknown);
  failure.sought = sought;
  failure.of_plugin = of_plugin;
  return failure;
}

Failure failure_of_current_exception() {
  try {
    throw;
  } catch (const Failure &failure) {
    return failure;
  } catch (const StoreError &error) {
    return Failure(error_of(ErrorClass::host_fault, Fault::host, error.what()));
  } catch (const SealError &error) {
    return Failure(error_of(ErrorClass::host_fault, Fault::host, error.what()));
  } catch (const InputRefused &refused) {
    OperationError error = error_of(ErrorClass::invalid_input, Fault::user, refused.what());
    if (!refused.pointer.empty()) error.details = problem_details(refused.pointer, refused.what());
    return Failure(std::move(error));
  } catch (const PluginRefused &refused) {
    // File permissions and a write in progress are not the connector's fault.
    const std::string &code = refused.problem().code;
    const Fault fault = code == "P107" || code == "P212" ? Fault::user : Fault::connector;
    return Failure(error_of(ErrorClass::plugin_fault, fault, refused.what()),
                   Failure::Kind::unusable);
  } catch (const PluginFault &fault) {
    return Failure(error_of(ErrorClass::plugin_fault, Fault::connector, fault.what(),
                            "Report this to the plugin's author."));
  } catch (const std::bad_alloc &) {
    return Failure(error_of(ErrorClass::host_fault, Fault::host, "Not enough memory."));
  } catch (const std::exception &error) {
    return Failure(error_of(ErrorClass::host_fault, Fault::host, error.what(),
                            "This is an error of connector-host. Please report it."));
  }
}

}  // namespace host
