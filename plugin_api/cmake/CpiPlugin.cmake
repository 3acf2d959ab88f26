# cpi_add_plugin(NAME <id> MANIFEST <part.yaml>... SOURCES <file.cpp>... [ICONS <file>...])
#
# Builds <id>.so and <id>.yaml side by side in ${CMAKE_BINARY_DIR}/plugins/<id>/, with the icons under
# icons/, and installs the same folder to <libdir>/connector-plugins/<id>/.
# The library exports one symbol and needs the C library only; the manifest is merged of its parts,
# checked, and bound to the library by its SHA-256. The target is called <id>, and <id>_manifest makes
# the YAML alone; needs cpi_sdk and cpi-manifest.
set(CPI_PLUGIN_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/cpi_plugin.map)
set(CPI_PLUGIN_ASSERTIONS ${CMAKE_CURRENT_LIST_DIR}/plugin_assertions.cpp)

function(cpi_add_plugin)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "MANIFEST;SOURCES;ICONS")
  foreach(needed NAME MANIFEST SOURCES)
    if(NOT arg_${needed})
      message(FATAL_ERROR "cpi_add_plugin: ${needed} is missing")
    endif()
  endforeach()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cpi_add_plugin: unknown arguments ${arg_UNPARSED_ARGUMENTS}")
  endif()

  set(folder ${CMAKE_BINARY_DIR}/plugins/${arg_NAME})
  set(yaml ${folder}/${arg_NAME}.yaml)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_manifest.cpp)
  set(destination ${CMAKE_INSTALL_LIBDIR}/connector-plugins/${arg_NAME})

  set(parts)
  foreach(part ${arg_MANIFEST})
    get_filename_component(part ${part} ABSOLUTE)
    list(APPEND parts ${part})
  endforeach()
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${yaml} ${source}
    COMMAND cpi-manifest build --name ${arg_NAME} --out-yaml ${yaml} --out-cpp ${source} ${parts}
    DEPENDS cpi-manifest ${parts}
    COMMENT "Checking and merging the manifest of ${arg_NAME}"
    VERBATIM)
  add_custom_target(${arg_NAME}_manifest DEPENDS ${yaml})

  set(icons)
  foreach(icon ${arg_ICONS})
    get_filename_component(icon ${icon} ABSOLUTE)
    get_filename_component(file ${icon} NAME)
    add_custom_command(
      OUTPUT ${folder}/icons/${file}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}/icons
      COMMAND ${CMAKE_COMMAND} -E copy_if_different ${icon} ${folder}/icons/${file}
      DEPENDS ${icon}
      VERBATIM)
    list(APPEND icons ${folder}/icons/${file})
  endforeach()

  set(assertions)
  if(CONNECTOR_HARDENING AND NOT CONNECTOR_SANITIZE)
    set(assertions ${CPI_PLUGIN_ASSERTIONS})
  endif()
  add_library(${arg_NAME} MODULE ${arg_SOURCES} ${assertions} ${source} ${yaml} ${icons})
  set_source_files_properties(${yaml} ${icons} PROPERTIES HEADER_FILE_ONLY ON)
  target_link_libraries(${arg_NAME} PRIVATE cpi_sdk connector_policy)
  set_target_properties(${arg_NAME} PROPERTIES
    PREFIX ""
    SUFFIX .so
    LIBRARY_OUTPUT_DIRECTORY ${folder}
    CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${CPI_PLUGIN_EXPORTS})
  target_compile_options(${arg_NAME} PRIVATE -ffunction-sections -fdata-sections)
  target_link_options(${arg_NAME} PRIVATE
    LINKER:--version-script=${CPI_PLUGIN_EXPORTS}
    LINKER:--exclude-libs,ALL
    LINKER:-z,now
    LINKER:-z,relro
    LINKER:-z,noexecstack
    LINKER:--gc-sections
    LINKER:--build-id=sha1)
  if(NOT CONNECTOR_SANITIZE)
    # A sanitizer's runtime belongs to the host and must be found there.
    target_link_options(${arg_NAME} PRIVATE
      LINKER:-z,defs
      -static-libstdc++
      -static-libgcc)
  endif()

  install(TARGETS ${arg_NAME} LIBRARY DESTINATION ${destination})
  install(FILES ${yaml} DESTINATION ${destination})
  if(icons)
    install(FILES ${icons} DESTINATION ${destination}/icons)
  endif()
endfunction()
