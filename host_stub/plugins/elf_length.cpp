#include "plugins/elf_length.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace host {

namespace {

template <typename Header>
bool read_at(std::span<const std::byte> file, std::uint64_t offset, Header &header) {
  if (offset > file.size() || file.size() - offset < sizeof header) return false;
  std::memcpy(&header, file.data() + offset, sizeof header);
  return true;
}

std::uint64_t end_of(std::uint64_t offset, std::uint64_t size) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return size > most - offset ? most : offset + size;
}

}  // namespace

std::optional<std::uintmax_t> elf_length(std::span<const std::byte> file) {
  Elf64_Ehdr header{};
  if (!read_at(file, 0, header)) return std::nullopt;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_phentsize != sizeof(Elf64_Phdr))
    return std::nullopt;

  const std::uint64_t segments = std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr);
  std::uint64_t length = end_of(header.e_phoff, segments);
  // The section table is written last: if it is complete, so is everything before it.
  if (header.e_shoff != 0)
    length = std::max(length,
                      end_of(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize));
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(file, end_of(header.e_phoff, i * sizeof segment), segment)) return length;
    if (segment.p_type == PT_LOAD)
      length = std::max(length, end_of(segment.p_offset, segment.p_filesz));
  }
  return length;
}

}  // namespace host
