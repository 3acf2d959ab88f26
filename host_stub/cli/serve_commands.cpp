// serve: the host with its local UI and API, until Ctrl-C; link: a new link to the UI.
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "cli/browser.hpp"
#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/host_process.hpp"
#include "cli/own_command.hpp"
#include "cli/run_lock.hpp"
#include "cli/session.hpp"
#include "server/access.hpp"
#include "server/running_server.hpp"
#include "server/server.hpp"
#include "server/static_files.hpp"

namespace host::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char *usual_place = "127.0.0.1:7117";

struct ServeOptions {
  std::string listen = usual_place;
  std::string origin;
  std::string web_dir;
  bool enable_sinks = false;
};

void declare_serve(CLI::App &command, ServeOptions &options) {
  command
      .add_option("--listen", options.listen,
                  "address to listen on (default: 127.0.0.1:7117); port 0 means any free port")
      ->type_name("ADDRESS:PORT");
  command
      .add_option("--origin", options.origin,
                  "public address when the host is behind a TLS proxy: https://HOST")
      ->type_name("URL");
  command
      .add_option("--web-dir", options.web_dir, "directory of the UI, instead of the installed one")
      ->type_name("PATH");
  command.add_flag("--enable-sinks", options.enable_sinks,
                   "deliver again to webhooks that were disabled after 410 Gone");
}

struct Place {
  std::string address;
  std::uint16_t port = 0;
};

// "127.0.0.1:7117", "[::1]:0"
Place parse_place(const std::string &text) {
  const std::size_t colon = text.rfind(':');
  Place place;
  if (colon != std::string::npos) {
    place.address = text.substr(0, colon);
    if (place.address.starts_with('[') && place.address.ends_with(']'))
      place.address = place.address.substr(1, place.address.size() - 2);
    const char *begin = text.data() + colon + 1;
    const char *end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(begin, end, place.port);
    if (begin != end && error == std::errc() && stopped == end && !place.address.empty())
      return place;
  }
  throw usage_failure("\"" + text + "\" is not an address to listen on.",
                      "Use the form 127.0.0.1:7117.");
}

CommandFailure cannot_listen(const ServeOptions &options, const std::system_error &error) {
  OperationError why;
  why.error_class = ErrorClass::host_fault;
  why.fault = Fault::user;
  why.message = "Cannot listen on " + options.listen + ": " + error.code().message() + '.';
  why.advice =
      "Another program may use this port. Choose another port with --listen, or use any free port "
      "with --listen 127.0.0.1:0.";
  return {ExitCode::unavailable, std::move(why)};
}

// A link is a secret for the person at the terminal. When standard error is not a terminal it may
// be stored as a log: then only the command that makes a link is printed.
void report_sign_in_hint(Context &context, server::Server &made, bool has_ui) {
  const std::string command = own_command(context.settings, "link --open");
  if (!has_ui) {
    context.output.note("the API is at " + made.origin() + "/api; the UI is not installed");
  } else if (::isatty(STDERR_FILENO) == 1) {
    context.output.note("the UI is at " + made.origin() +
                        "; open this link (it works once, within ten minutes):\n\n  " +
                        made.new_link() + "\n\nLater, or in another browser:\n  " + command);
  } else {
    context.output.note("the UI is at " + made.origin() + "; to open it:\n  " + command);
  }
}

ExitCode serve(Context &context, const ServeOptions &options) {
  const Settings &settings = context.settings;
  const Place place = parse_place(options.listen);
  if (!options.web_dir.empty() && !fs::is_regular_file(fs::path(options.web_dir) / "index.html"))
    throw usage_failure("No UI in " + options.web_dir + ": index.html is missing.");
  try {
    server::own_origin(options.origin, place.address, place.port);
  } catch (const std::invalid_argument &wrong) {
    throw usage_failure(wrong.what());
  }
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);

  server::ChangeFeed feed;
  HostProcess process;
  process.enable_sinks = options.enable_sinks;
  process.polls = &feed;
  process.tokens = &feed;
  process.beside = [&](Engine &engine, const std::shared_ptr<PluginSet> &plugins) {
    server::ServerOptions wanted{.address = place.address,
                                 .port = place.port,
                                 .origin = options.origin,
                                 .web_folder = server::find_web_folder(options.web_dir, executable),
                                 .store = settings.store(),
                                 .key_places = key_places(settings),
                                 .transport = transport_options(settings),
                                 .plugins = plugins,
                                 .interval_override = settings.interval(),
                                 .version = CONNECTOR_HOST_VERSION,
                                 .sessions = {.absolute = settings.session_lifetime()},
                                 .log = &context.log,
                                 .link_command = own_command(settings, "link --open")};
    const bool has_ui = !wanted.web_folder.empty();
    try {
      auto made =
          std::make_shared<server::Server>(std::move(wanted), engine, feed, context.redactor);
      report_sign_in_hint(context, *made, has_ui);
      return made;
    } catch (const std::system_error &taken) {
      throw cannot_listen(options, taken);
    }
  };
  return run_host(context, process);
}

struct LinkOptions {
  bool open = false;
};

void declare_link(CLI::App &command, LinkOptions &options) {
  command.add_flag("--open", options.open, "open the link in a browser on this machine");
}

ExitCode link(Context &context, const LinkOptions &options) {
  const fs::path data_dir = context.settings.data_dir();
  const auto owner = run_owner(data_dir);
  const std::int64_t pid = owner ? owner->pid : 0;
  if (!options.open) {
    const std::string url = server::link_of_running_server(data_dir, pid);
    context.output.result({{"url", url}}, url + '\n');
    return ExitCode::ok;
  }
  const std::string file = server::link_file_of_running_server(data_dir, pid).string();
  const std::string by_hand = own_command(context.settings, "link");
  if (!open_browser(file)) {
    OperationError why;
    why.error_class = ErrorClass::unavailable;
    why.fault = Fault::user;
    why.message = "No browser could be opened (xdg-open).";
    why.advice = "Run `" + by_hand + "` and open the link it prints.";
    throw CommandFailure(ExitCode::unavailable, std::move(why));
  }
  context.output.note("Opening the UI in the browser. If it does not open, run\n  " + by_hand +
                      "\nand open the link it prints.");
  context.output.result({{"file", file}}, "");
  return ExitCode::ok;
}

}  // namespace

void add_serve_commands(Commands &commands, Flags &flags) {
  CLI::App &root = commands.root();
  commands.add<ServeOptions>(
      root, "serve", "Poll and deliver like `run`, with a UI in the browser",
      "connector-host serve\n"
      "  connector-host serve --listen 127.0.0.1:0 --sink file:events.ndjson",
      declare_serve, serve);
  declare_settings(*root.get_subcommand("serve"), true, flags);
  commands.add<LinkOptions>(
      root, "link", "Print or open a new link to the running UI; it works once, within ten minutes",
      "connector-host link --open", declare_link, link);
}

}  // namespace host::cli
