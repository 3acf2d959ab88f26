// Every trigger of a plugin against random histories (life.hpp says what is promised).
//
//   model_test PLUGIN.so MANIFEST.yaml [--seeds N] [--seed N] [--trigger ID] [--shapes NAMES]
//
// --shapes none|a,b says how the service lies (shapes.hpp); without it, each seed does.
// --seeds N tries seeds 1 to N (25); --seed N that one alone; --part 2/4 takes every fourth trigger
// from the second on. Prints a line for each trigger; exit status 1 when a promise was broken.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cpi/manifest/yaml_document.hpp"
#include "life.hpp"
#include "plugin_host.hpp"
#include "shapes.hpp"
#include "trigger_spec.hpp"

namespace {

namespace json = boost::json;

struct Options {
  std::string plugin;
  std::string manifest;
  std::uint64_t first = 1;
  std::uint64_t count = 25;
  std::string trigger;
  std::string forge;
  std::optional<model::Shapes> shapes;
  std::uint64_t part = 1;
  std::uint64_t parts = 1;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::optional<Options> read_options(std::span<const std::string> arguments) {
  if (arguments.size() < 2 || arguments.size() % 2 != 0) return std::nullopt;
  Options options;
  options.plugin = arguments[0];
  options.manifest = arguments[1];
  for (std::size_t i = 2; i < arguments.size(); i += 2) {
    if (arguments[i] == "--seeds") {
      options.count = number(arguments[i + 1]);
    } else if (arguments[i] == "--seed") {
      options.first = number(arguments[i + 1]);
      options.count = 1;
    } else if (arguments[i] == "--trigger") {
      options.trigger = arguments[i + 1];
    } else if (arguments[i] == "--part") {
      const std::size_t slash = arguments[i + 1].find('/');
      if (slash == std::string::npos) return std::nullopt;
      options.part = number(std::string_view(arguments[i + 1]).substr(0, slash));
      options.parts = number(std::string_view(arguments[i + 1]).substr(slash + 1));
      if (options.part < 1 || options.part > options.parts) return std::nullopt;
    } else if (arguments[i] == "--shapes") {
      options.shapes = model::Shapes::named(arguments[i + 1]);
      if (!options.shapes) return std::nullopt;
    } else if (arguments[i] == "--forge") {
      options.forge = arguments[i + 1];
    } else {
      return std::nullopt;
    }
  }
  return options;
}

// The forms that are tried in turn: the sample's, and the empty one where nothing is required.
std::vector<json::value> inputs_of(const json::object &trigger) {
  std::vector<json::value> inputs;
  const json::value *sample = trigger.if_contains("sample_input");
  if (sample != nullptr) inputs.push_back(*sample);
  const json::object &form = trigger.at("input").as_object();
  const bool free =
      !form.contains("required") && !form.contains("anyOf") && !form.contains("oneOf");
  if (inputs.empty() || (free && *sample != json::object{})) inputs.emplace_back(json::object{});
  return inputs;
}

using model::Event;

// One promise broken on purpose; nothing for an unknown kind.
model::Forgery forgery(const std::string &kind) {
  if (kind == "lost") {
    return [](std::vector<Event> &events, bool) {
      if (!events.empty()) events.pop_back();
    };
  }
  if (kind == "twice") {
    return [](std::vector<Event> &events, bool) {
      if (events.empty()) return;
      Event again = events.back();
      again.key += "9";
      events.push_back(std::move(again));
    };
  }
  if (kind == "invented") {
    return [reported = 0](std::vector<Event> &events, bool) mutable {
      if (events.empty()) return;
      events.push_back({.key = "nobody." + std::to_string(++reported), .data = "{}"});
    };
  }
  if (kind == "late") {
    return [kept = std::vector<Event>()](std::vector<Event> &events, bool) mutable {
      events.swap(kept);
    };
  }
  if (kind == "disordered") {
    return [](std::vector<Event> &events, bool) { std::ranges::reverse(events); };
  }
  return {};
}

// Whether a broken promise is noticed with one of the seeds at least.
bool try_forgery(model::Plugin &plugin, const json::object &trigger, const json::object &defs,
                 const Options &options) {
  const std::string id(trigger.at("id").as_string());
  const auto inputs = inputs_of(trigger);
  for (std::uint64_t seed = options.first; seed < options.first + options.count; ++seed) {
    const model::TriggerSpec spec(trigger, inputs[(seed / 16 + seed) % inputs.size()], &defs);
    if (options.forge == "disordered" && (!spec.order || !spec.emits_new)) return true;
    if (options.forge == "late" && !spec.reports_at_once()) return true;
    const auto noticed = model::live(plugin, spec, {}, seed, forgery(options.forge));
    if (!noticed) continue;
    std::cout << id << ": " << options.forge << " is noticed: " << *noticed << std::endl;
    return true;
  }
  std::cout << id << ": " << options.forge << " goes unnoticed" << std::endl;
  return false;
}

// Whether every seed kept every promise.
bool try_trigger(model::Plugin &plugin, const json::object &trigger, const json::object &defs,
                 const Options &options) {
  const std::string id(trigger.at("id").as_string());
  const auto inputs = inputs_of(trigger);
  for (std::uint64_t seed = options.first; seed < options.first + options.count; ++seed) {
    const model::TriggerSpec spec(trigger, inputs[(seed / 16 + seed) % inputs.size()], &defs);
    const model::Shapes shapes = options.shapes.value_or(model::Shapes::of_seed(seed));
    const auto broken = model::live(plugin, spec, shapes, seed);
    if (!broken) continue;
    std::cout << id << ": seed " << seed << ", shapes " << shapes.names() << ": " << *broken
              << "\n  again with: --seed " << seed << " --trigger " << id;
    if (options.shapes) std::cout << " --shapes " << shapes.names();
    std::cout << std::endl;
    return false;
  }
  std::cout << id << ": kept with " << options.count << " seeds from " << options.first
            << std::endl;
  return true;
}

int run(const Options &options) {
  const auto file = cpi::manifest::read_file(options.manifest);
  const auto read = cpi::manifest::read_yaml(file.bytes.value_or(""), options.manifest);
  if (!read.document) throw std::runtime_error(options.manifest + " is no manifest");
  model::Plugin plugin(options.plugin);
  const json::object &defs = read.document->value.at("$defs").as_object();
  int tried = 0;
  int failed = 0;
  std::uint64_t index = 0;
  for (const json::value &each : read.document->value.at("triggers").as_array()) {
    const json::object &trigger = each.as_object();
    const std::string_view id = trigger.at("id").as_string();
    if (!options.trigger.empty() && id != options.trigger) continue;
    if (index++ % options.parts != options.part - 1) continue;
    ++tried;
    const bool good = options.forge.empty() ? try_trigger(plugin, trigger, defs, options)
                                            : try_forgery(plugin, trigger, defs, options);
    if (!good) ++failed;
  }
  std::cout << tried << " triggers, " << failed
            << (options.forge.empty() ? " with a broken promise\n" : " where it goes unnoticed\n");
  return tried == 0 || failed > 0 ? 1 : 0;
}

}  // namespace

int main(int count, char **values) {
  try {
    const auto options = read_options(std::vector<std::string>(values + 1, values + count));
    if (!options || (!options->forge.empty() && !forgery(options->forge))) {
      std::cerr
          << "usage: model_test PLUGIN.so MANIFEST.yaml [--seeds N] [--seed N] [--trigger ID] "
             "[--shapes NAMES] [--forge KIND]\n";
      return 64;
    }
    return run(*options);
  } catch (const std::exception &error) {
    std::cerr << "model_test: " << error.what() << '\n';
    return 2;
  }
}
