#include "plugins/plugin_calls.hpp"

#include <algorithm>
#include <utility>

namespace host {

namespace {

// The current seat of this thread.
thread_local PluginCalls::Seat *mine = nullptr;

}  // namespace

PluginCalls::Seat::Seat(PluginCalls &calls)
    : calls_(calls), before_(mine), thread_(std::this_thread::get_id()) {
  const std::scoped_lock lock(calls_.mutex_);
  calls_.seats_.push_back(this);
  mine = this;
}

PluginCalls::Seat::~Seat() {
  mine = before_;
  const std::scoped_lock lock(calls_.mutex_);
  std::erase(calls_.seats_, this);
}

InsidePlugin::InsidePlugin(std::string_view plugin, std::string_view kind, std::string_view id,
                           std::string_view function) noexcept
    : seat_(mine), plugin_(plugin), kind_(kind), id_(id), function_(function) {
  if (seat_ == nullptr) return;
  number_ = ++seat_->count_;
  outer_ = seat_->inside_.load(std::memory_order_relaxed);
  seat_->inside_.store(this, std::memory_order_release);
}

// Either the observer sees that this call has ended, or this thread sees the observer: both sides
// store before they load, with sequentially consistent operations.
InsidePlugin::~InsidePlugin() {
  if (seat_ == nullptr) return;
  seat_->inside_.store(outer_, std::memory_order_seq_cst);
  if (seat_->looked_at_.load(std::memory_order_seq_cst)) {
    const std::scoped_lock wait(seat_->mutex_);
  }
}

std::vector<PluginCall> PluginCalls::look() const {
  std::vector<PluginCall> found;
  const std::scoped_lock lock(mutex_);
  for (Seat *seat : seats_) {
    const std::scoped_lock keep(seat->mutex_);
    seat->looked_at_.store(true, std::memory_order_seq_cst);
    if (const InsidePlugin *inside = seat->inside_.load(std::memory_order_seq_cst)) {
      std::string operation(inside->kind_);
      if (!inside->id_.empty()) operation.append(" ").append(inside->id_);
      found.push_back({.thread = seat->thread_,
                       .number = inside->number_,
                       .plugin = std::string(inside->plugin_),
                       .operation = std::move(operation),
                       .function = std::string(inside->function_)});
    }
    seat->looked_at_.store(false, std::memory_order_seq_cst);
  }
  return found;
}

}  // namespace host
