// Keeps what is in memory, tokens and keys among it, out of core dumps.
#pragma once

namespace host::cli {

// From now on this process leaves no core dump, its children neither, and no other process of its
// user may trace it or read its memory (prctl(2), PR_SET_DUMPABLE). Root still may. Before threads
// are started.
void forbid_core_dumps() noexcept;

}  // namespace host::cli
