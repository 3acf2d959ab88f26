#include "failing_malloc.hpp"

#include <cerrno>
#include <cstdint>

extern "C" {
void *__libc_malloc(std::size_t size);                     // NOLINT(bugprone-reserved-identifier)
void *__libc_calloc(std::size_t count, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void *__libc_realloc(void *block, std::size_t size);       // NOLINT(bugprone-reserved-identifier)
void *__libc_memalign(std::size_t alignment,
                      std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void __libc_free(void *block);            // NOLINT(bugprone-reserved-identifier)
}

namespace contract {
namespace {

struct Book {
  bool counting = false;
  Failing failing = Failing::none;
  std::size_t nth = 0;
  std::size_t asked = 0;
  std::size_t failed = 0;
  long balance = 0;
};
thread_local constinit Book book;

bool must_fail() {
  if (!book.counting) return false;
  ++book.asked;
  const bool fails = (book.failing == Failing::one && book.asked == book.nth) ||
                     (book.failing == Failing::all_from && book.asked >= book.nth);
  if (fails) {
    ++book.failed;
    errno = ENOMEM;
  }
  return fails;
}

void *made(void *block) {
  if (book.counting && block != nullptr) ++book.balance;
  return block;
}

}  // namespace

Allocations::Allocations(Failing failing, std::size_t nth) {
  book = {.counting = true, .failing = failing, .nth = nth};
}
Allocations::~Allocations() {
  book = {};
}
void Allocations::pause() {
  book.counting = false;
}
void Allocations::resume() {
  book.counting = true;
}
std::size_t Allocations::asked() const {
  return book.asked;
}
bool Allocations::has_failed() const {
  return book.failed > 0;
}
long Allocations::balance() const {
  return book.balance;
}

}  // namespace contract

// NOLINTBEGIN(cppcoreguidelines-no-malloc,misc-definitions-in-headers)
extern "C" {

void *malloc(std::size_t size) {
  return contract::must_fail() ? nullptr : contract::made(__libc_malloc(size));
}

void *calloc(std::size_t count, std::size_t size) {
  return contract::must_fail() ? nullptr : contract::made(__libc_calloc(count, size));
}

void *realloc(void *block, std::size_t size) {
  if (contract::must_fail()) return nullptr;
  void *result = __libc_realloc(block, size);
  return block == nullptr ? contract::made(result) : result;
}

void *memalign(std::size_t alignment, std::size_t size) {
  return contract::must_fail() ? nullptr : contract::made(__libc_memalign(alignment, size));
}

void *aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void **out, std::size_t alignment, std::size_t size) {
  void *block = memalign(alignment, size);
  if (block == nullptr) return ENOMEM;
  *out = block;
  return 0;
}

void free(void *block) {
  if (contract::book.counting && block != nullptr) --contract::book.balance;
  __libc_free(block);
}
}
// NOLINTEND(cppcoreguidelines-no-malloc,misc-definitions-in-headers)
