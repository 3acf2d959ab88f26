// Manifests: any text is read, or refused with a problem. What was read and is written again is the
// same value.
#include "cpi/manifest/manifest.hpp"
#include "cpi/manifest/yaml_document.hpp"
#include "cpi/manifest/yaml_writer.hpp"
#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  cpi::manifest::Limits limits;
  limits.bytes = std::size_t{64} << 10;
  limits.nodes = 5'000;
  const auto read = cpi::manifest::read_yaml(text, "fuzz.yaml", limits);
  fuzz::promise(read.document.has_value() || !read.problems.empty(),
                "what is refused has a problem");
  if (read.document) {
    const std::string written = cpi::manifest::write_yaml(read.document->value);
    const auto again = cpi::manifest::read_yaml(written, "again.yaml");
    fuzz::promise(again.document.has_value(), "what was written can be read");
    fuzz::promise(again.document->value == read.document->value, "what was written is the same");
  }
  const auto loaded = cpi::manifest::load_text(text, "fuzz.yaml", limits);
  fuzz::promise(loaded.manifest.has_value() || !loaded.problems.empty(),
                "a refused manifest has a problem");
  return 0;
}
