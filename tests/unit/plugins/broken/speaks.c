/* Nothing is wrong with what it answers, but its code says so as soon as it is loaded. */
#include <unistd.h>

#include "tiny.h"

__attribute__((constructor)) static void speak(void) {
  static const char word[] = "the code of this library ran\n";
  if (write(STDERR_FILENO, word, sizeof word - 1) < 0) _exit(1);
}

TINY_PLUGIN(.build = TINY_STR("speaks"))
