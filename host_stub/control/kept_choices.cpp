#include "control/kept_choices.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace host {

std::size_t KeptChoices::Kept::size() const noexcept {
  return sizeof(Kept) + question.connection.size() + question.list.size() + question.page.size() +
         output.size();
}

template <typename Which>
void KeptChoices::drop(const Which &which) {
  for (auto each = kept_.begin(); each != kept_.end();) {
    const auto next = std::next(each);
    if (which(*each)) {
      bytes_ -= each->size();
      kept_.erase(each);
    }
    each = next;
  }
}

std::optional<KeptChoices::Found> KeptChoices::find(const Question &question) {
  const Clock::time_point now = options_.now();
  const std::scoped_lock lock(mutex_);
  drop([now](const Kept &each) { return each.until <= now; });
  for (const Kept &each : kept_) {
    if (each.question.list == question.list && each.question.page == question.page &&
        each.question.connection == question.connection)
      return Found{each.output, std::chrono::duration_cast<std::chrono::seconds>(now - each.since)};
  }
  return std::nullopt;
}

void KeptChoices::forget(std::string_view connection) {
  const std::scoped_lock lock(mutex_);
  drop([connection](const Kept &each) { return each.question.connection == connection; });
  for (Reading *reading : readings_)
    if (reading->question_.connection == connection) reading->outdated_ = true;
}

std::size_t KeptChoices::pages() const {
  const std::scoped_lock lock(mutex_);
  return kept_.size();
}

std::size_t KeptChoices::bytes() const {
  const std::scoped_lock lock(mutex_);
  return bytes_;
}

KeptChoices::Reading::Reading(KeptChoices &choices, Question question, bool fresh)
    : choices_(choices), question_(std::move(question)) {
  const std::scoped_lock lock(choices_.mutex_);
  choices_.readings_.push_back(this);
  place_ = std::prev(choices_.readings_.end());
  if (!fresh) return;
  const auto same_list = [this](const Question &other) {
    return other.connection == question_.connection && other.list == question_.list;
  };
  choices_.drop([&](const Kept &each) { return same_list(each.question); });
  for (Reading *other : choices_.readings_)
    if (other != this && same_list(other->question_)) other->outdated_ = true;
}

KeptChoices::Reading::~Reading() {
  const std::scoped_lock lock(choices_.mutex_);
  choices_.readings_.erase(place_);
}

void KeptChoices::Reading::keep(std::string output, std::chrono::seconds lifetime) {
  if (lifetime <= std::chrono::seconds::zero()) return;
  const Clock::time_point now = choices_.options_.now();
  const std::scoped_lock lock(choices_.mutex_);
  if (outdated_) return;
  choices_.drop([&](const Kept &each) {
    const Question &other = each.question;
    return other.page == question_.page && other.list == question_.list &&
           other.connection == question_.connection;
  });
  Kept kept{
      .question = question_, .output = std::move(output), .since = now, .until = now + lifetime};
  const std::size_t size = kept.size();
  const KeptChoicesOptions &most = choices_.options_;
  if (size > most.max_bytes / 8 || most.max_pages == 0) return;
  while (choices_.kept_.size() >= most.max_pages || choices_.bytes_ + size > most.max_bytes) {
    choices_.bytes_ -= choices_.kept_.front().size();
    choices_.kept_.pop_front();
  }
  choices_.kept_.push_back(std::move(kept));
  choices_.bytes_ += size;
}

}  // namespace host
