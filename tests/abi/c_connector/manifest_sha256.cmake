# cmake -D MANIFEST=<file> -D HEADER=<file> -P manifest_sha256.cmake
# Writes a C header with the SHA-256 of the manifest's bytes as an initialiser.
file(SHA256 "${MANIFEST}" digest)
string(REGEX REPLACE "(..)" "0x\\1, " bytes "${digest}")
file(WRITE "${HEADER}"
  "/* Made by manifest_sha256.cmake of ${MANIFEST}. */\n#define MANIFEST_SHA256 { ${bytes}}\n")
