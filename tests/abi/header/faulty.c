/* Not clean on purpose: were warnings not errors, or not on, this would compile. */
#include "cpi/plugin.h"

cpi_status header_faulty(const cpi_answer *answer);
cpi_status header_faulty(const cpi_answer *answer) { return answer->now_unix_ms; }
