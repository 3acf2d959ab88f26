// Part of every plugin (CpiPlugin.cmake). Where the standard library checks itself, a failed check
// calls this function, which in libstdc++ prints with fprintf. A plugin does no I/O and does not
// import that: here it only ends, as std::terminate does. The name is libstdc++'s own; the version
// script keeps this definition inside the plugin.
#include <cstddef>
#include <cstdlib>

#ifdef _GLIBCXX_ASSERTIONS
void std::__glibcxx_assert_fail(const char * /*file*/, int /*line*/, const char * /*function*/,
                                const char * /*condition*/) noexcept {
  std::abort();
}
#endif
