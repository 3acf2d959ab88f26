#include "store/records.hpp"

#include <array>
#include <cstddef>

namespace host {

namespace {

template <typename Enum, std::size_t count>
using Names = std::array<std::pair<Enum, std::string_view>, count>;

constexpr Names<ConnectionState, 4> connection_states = {{
    {ConnectionState::ok, "ok"},
    {ConnectionState::refresh_delayed, "refresh_delayed"},
    {ConnectionState::needs_sign_in, "needs_sign_in"},
    {ConnectionState::app_misconfigured, "app_misconfigured"},
}};
constexpr Names<TriggerState, 6> trigger_states = {{
    {TriggerState::initialising, "initialising"},
    {TriggerState::active, "active"},
    {TriggerState::paused, "paused"},
    {TriggerState::needs_sign_in, "needs_sign_in"},
    {TriggerState::failing, "failing"},
    {TriggerState::stopped, "stopped"},
}};
constexpr Names<StartMode, 3> start_modes = {{
    {StartMode::now, "now"},
    {StartMode::last_n, "last_n"},
    {StartMode::all, "all"},
}};
constexpr Names<EventState, 5> event_states = {{
    {EventState::pending, "pending"},
    {EventState::held, "held"},
    {EventState::delivered, "delivered"},
    {EventState::dead, "dead"},
    {EventState::discarded, "discarded"},
}};
constexpr Names<IdempotencyState, 4> idempotency_states = {{
    {IdempotencyState::running, "running"},
    {IdempotencyState::done, "done"},
    {IdempotencyState::failed, "failed"},
    {IdempotencyState::unknown, "unknown"},
}};
constexpr Names<DeliveryState, 4> delivery_states = {{
    {DeliveryState::pending, "pending"},
    {DeliveryState::held, "held"},
    {DeliveryState::delivered, "delivered"},
    {DeliveryState::dead, "dead"},
}};

constexpr Names<TokenScope, 3> token_scopes = {{
    {TokenScope::read, "read"},
    {TokenScope::run, "run"},
    {TokenScope::admin, "admin"},
}};

template <typename Enum, std::size_t count>
std::string_view name_of(const Names<Enum, count> &names, Enum value) {
  for (const auto &[known, name] : names) {
    if (known == value) return name;
  }
  return "?";
}

template <typename Enum, std::size_t count>
std::optional<Enum> value_of(const Names<Enum, count> &names, std::string_view name) {
  for (const auto &[value, known] : names) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ConnectionState state) {
  return name_of(connection_states, state);
}
std::string_view to_string(TriggerState state) {
  return name_of(trigger_states, state);
}
std::string_view to_string(StartMode mode) {
  return name_of(start_modes, mode);
}
std::string_view to_string(EventState state) {
  return name_of(event_states, state);
}
std::string_view to_string(IdempotencyState state) {
  return name_of(idempotency_states, state);
}
std::string_view to_string(DeliveryState state) {
  return name_of(delivery_states, state);
}
std::string_view to_string(TokenScope scope) {
  return name_of(token_scopes, scope);
}

template <>
std::optional<ConnectionState> from_string(std::string_view name) {
  return value_of(connection_states, name);
}
template <>
std::optional<TriggerState> from_string(std::string_view name) {
  return value_of(trigger_states, name);
}
template <>
std::optional<StartMode> from_string(std::string_view name) {
  return value_of(start_modes, name);
}
template <>
std::optional<EventState> from_string(std::string_view name) {
  return value_of(event_states, name);
}
template <>
std::optional<IdempotencyState> from_string(std::string_view name) {
  return value_of(idempotency_states, name);
}
template <>
std::optional<DeliveryState> from_string(std::string_view name) {
  return value_of(delivery_states, name);
}
template <>
std::optional<TokenScope> from_string(std::string_view name) {
  return value_of(token_scopes, name);
}

}  // namespace host
