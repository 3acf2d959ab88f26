#include "probe/recording.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "probe/text_format.hpp"

namespace host {

namespace json = boost::json;

namespace {

// The headers about content and limits. Others, even their names, stay here.
constexpr std::array<std::string_view, 11> recorded_headers{"content-type",
                                                            "retry-after",
                                                            "x-ratelimit-limit",
                                                            "x-ratelimit-remaining",
                                                            "x-ratelimit-reset",
                                                            "ratelimit-limit",
                                                            "ratelimit-remaining",
                                                            "ratelimit-reset",
                                                            "ratelimit",
                                                            "ratelimit-policy",
                                                            "date"};

constexpr std::array<std::string_view, 5> recorded_types{
    "application/json", "text/html", "text/plain", "application/problem+json", "application/xml"};

std::string shown_header(const HttpHeader &header) {
  if (header.name == "date") return "date";
  if (header.name != "content-type") return '{' + std::string(text_format(header.value).name) + '}';
  const std::string_view value = header.value;
  std::string_view type = value.substr(0, value.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  const bool known = std::ranges::find(recorded_types, type) != recorded_types.end();
  return known ? std::string(type) : "other";
}

std::string http_version_text(int version) {
  if (version == 0) return "unknown";
  return version < 20 ? "1." + std::to_string(version % 10) : std::to_string(version / 10);
}

json::object recorded_request(const cpi::ProbeRequest &request, std::string_view id,
                              const ProbeAnswer &answer, const Vocabulary &vocabulary) {
  json::object out{{"id", id},
                   {"method", request.request.method()},
                   {"path", request.request.path_shape()},
                   {"query", request.query},
                   {"answered", answer.state == ProbeAnswer::State::answered}};
  if (answer.state != ProbeAnswer::State::answered) {
    out["why"] = answer.why;
    return out;
  }
  json::object headers;
  for (const HttpHeader &header : answer.headers) {
    const bool recorded =
        std::ranges::find(recorded_headers, header.name) != recorded_headers.end();
    if (recorded) headers[header.name] = shown_header(header);
  }
  out["status"] = answer.status;
  out["http_version"] = http_version_text(answer.http_version);
  out["headers"] = std::move(headers);
  if (answer.body) {
    out["body"] = shape_of(*answer.body, vocabulary);
  } else {
    out["unreadable_body"] = length_class(answer.body_bytes);
  }
  return out;
}

}  // namespace

json::array verdicts_json(const cpi::Probe &probe, const ProbeAnswers &answers,
                          std::span<const ProbeVerdict> verdicts) {
  json::array out;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const cpi::ProbeAssumption &assumption = probe.assumptions[i];
    const auto request = std::ranges::find(probe.requests, assumption.of, &cpi::ProbeRequest::id);
    out.push_back({{"id", assumption.id},
                   {"description", assumption.description},
                   {"check", assumption.check.name},
                   {"checked_by", how_checked(*request, answers.find(assumption.of)->second)},
                   {"verdict", verdict_name(verdicts[i].kind)},
                   {"seen", verdicts[i].seen}});
  }
  return out;
}

json::array requests_json(const cpi::Probe &probe, const ProbeAnswers &answers,
                          const Vocabulary &vocabulary) {
  json::array out;
  for (const cpi::ProbeRequest &request : probe.requests)
    out.push_back(
        recorded_request(request, request.id, answers.find(request.id)->second, vocabulary));
  return out;
}

json::array exchanges_json(std::span<const ProbeExchange> exchanges, const Vocabulary &vocabulary) {
  json::array out;
  for (const ProbeExchange &each : exchanges)
    out.push_back(recorded_request(*each.request, each.id, each.answer, vocabulary));
  return out;
}

json::object recording_json(const cpi::manifest::Manifest &manifest, const cpi::Probe &probe,
                            const ProbeAnswers &answers, std::span<const ProbeVerdict> verdicts) {
  return {{"recording", "connector-probe/1"},
          {"plugin", manifest.id()},
          {"plugin_version", manifest.version()},
          {"requests", requests_json(probe, answers, Vocabulary(manifest.json()))},
          {"assumptions", verdicts_json(probe, answers, verdicts)}};
}

}  // namespace host
