// How long a shared library says it is. No more of the file is understood here: the loader does the
// rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace host {

// The bytes a 64-bit ELF file must have by its own headers; nothing for any other file. The loader
// maps what the headers name without looking at the file's size, so that a library which was copied
// only in part ends the process with SIGBUS (mmap(2)). [any]
std::optional<std::uintmax_t> elf_length(std::span<const std::byte> file);

}  // namespace host
