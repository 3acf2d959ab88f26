# cpi_add_plugin(NAME <id> MANIFEST <part.yaml>... SOURCES <file.cpp>... [ICONS <file>...])
#
# Builds <id>.so and <id>.yaml side by side in ${CMAKE_BINARY_DIR}/plugins/<id>/.
# The library exports one symbol and needs the C library only; the manifest is merged of its parts,
# checked, and bound to the library by its SHA-256.
function(cpi_add_plugin)
  cmake_parse_arguments(arg "" "NAME" "MANIFEST;SOURCES;ICONS" ${ARGN})
endfunction()
