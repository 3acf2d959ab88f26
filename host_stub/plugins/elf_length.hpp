// The length of a shared library according to its own headers. Everything else in the file is left
// to the loader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace host {

// The minimum size of a 64-bit ELF file according to its headers; empty for any other file. The
// loader maps the segments without checking the file's size, so a partly copied library ends the
// process with SIGBUS (mmap(2)). [any]
std::optional<std::uintmax_t> elf_length(std::span<const std::byte> file);

}  // namespace host
