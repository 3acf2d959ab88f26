// Takes malloc's place in this program, for the program and the plugins it loads, so that
// allocations can be counted and made to fail. Only the calling thread, and only between
// construction and destruction of an Allocations object, is concerned.
#pragma once

#include <cstddef>

namespace contract {

enum class Failing { none, one, all_from };

class Allocations {
 public:
  // Counted from 1: with `one`, the `nth` allocation fails; with `all_from`, it and all later ones.
  explicit Allocations(Failing failing = Failing::none, std::size_t nth = 0);
  ~Allocations();
  Allocations(const Allocations &) = delete;
  Allocations &operator=(const Allocations &) = delete;

  // Sets the counting aside, for what the test itself does between calls of the plugin.
  void pause();
  void resume();

  std::size_t asked() const;  // how many allocations, failed ones included
  bool has_failed() const;
  // Blocks made and not freed again; negative when foreign blocks were freed.
  long balance() const;
};

}  // namespace contract
