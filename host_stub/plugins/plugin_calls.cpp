#include "plugins/plugin_calls.hpp"

#include <algorithm>
#include <utility>

namespace host {

namespace {

// The current slot of this thread.
thread_local PluginCalls::CallSlot *mine = nullptr;

}  // namespace

PluginCalls::CallSlot::CallSlot(PluginCalls &calls)
    : calls_(calls), before_(mine), thread_(std::this_thread::get_id()) {
  const std::scoped_lock lock(calls_.mutex_);
  calls_.slots_.push_back(this);
  mine = this;
}

PluginCalls::CallSlot::~CallSlot() {
  mine = before_;
  const std::scoped_lock lock(calls_.mutex_);
  std::erase(calls_.slots_, this);
}

InsidePlugin::InsidePlugin(std::string_view plugin, std::string_view kind, std::string_view id,
                           std::string_view function) noexcept
    : slot_(mine), plugin_(plugin), kind_(kind), id_(id), function_(function) {
  if (slot_ == nullptr) return;
  number_ = ++slot_->count_;
  outer_ = slot_->inside_.load(std::memory_order_relaxed);
  slot_->inside_.store(this, std::memory_order_release);
}

// Either the observer sees that this call has ended, or this thread sees the observer: both sides
// store before they load, with sequentially consistent operations.
InsidePlugin::~InsidePlugin() {
  if (slot_ == nullptr) return;
  slot_->inside_.store(outer_, std::memory_order_seq_cst);
  if (slot_->is_read_.load(std::memory_order_seq_cst)) {
    const std::scoped_lock wait(slot_->mutex_);
  }
}

std::vector<PluginCall> PluginCalls::snapshot() const {
  std::vector<PluginCall> found;
  const std::scoped_lock lock(mutex_);
  for (CallSlot *slot : slots_) {
    const std::scoped_lock keep(slot->mutex_);
    slot->is_read_.store(true, std::memory_order_seq_cst);
    if (const InsidePlugin *inside = slot->inside_.load(std::memory_order_seq_cst)) {
      std::string operation(inside->kind_);
      if (!inside->id_.empty()) operation.append(" ").append(inside->id_);
      found.push_back({.thread = slot->thread_,
                       .number = inside->number_,
                       .plugin = std::string(inside->plugin_),
                       .operation = std::move(operation),
                       .function = std::string(inside->function_)});
    }
    slot->is_read_.store(false, std::memory_order_seq_cst);
  }
  return found;
}

}  // namespace host
