# What every target of this project is compiled with.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Precompiled headers need these two sloppiness words, or nothing is ever found in the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

add_library(connector_policy INTERFACE)
target_compile_options(connector_policy INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # The warnings that count are gcc's. clang is here for its fuzzer, and each of its releases has other ones.
  $<$<NOT:$<BOOL:${CONNECTOR_BUILD_FUZZ}>>:-Werror>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  # gcc 12 sees overflows in its own std::string, all the more through a precompiled header
  # (gcc bugs 105329, 105651).
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict>)

# Several sources of a target are compiled as one where the whole is built anew (presets release, asan,
# tsan): a third of the time. So names in anonymous namespaces are unique in their target. `dev` compiles
# each source by itself: it shows what a file forgot to include, and one change rebuilds one file.
if(CMAKE_UNITY_BUILD)
  # An anonymous namespace of an included source counts as one of a header here.
  target_compile_options(connector_policy INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endif()

if(CONNECTOR_BUILD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang" OR NOT CONNECTOR_SANITIZE)
    message(FATAL_ERROR "CONNECTOR_BUILD_FUZZ needs clang, and CONNECTOR_SANITIZE=address,undefined: see tests/fuzz/fuzz.sh")
  endif()
  # The fuzzer sees which ways an input took through the code, so all of it is compiled so.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

if(CONNECTOR_SANITIZE)
  # The whole build, or gtest and the libraries under test disagree about containers.
  add_compile_options(-fsanitize=${CONNECTOR_SANITIZE} -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${CONNECTOR_SANITIZE})
  if(CONNECTOR_SANITIZE MATCHES "undefined")
    # What the address sanitizer finds as well costs a fifth of the time to compile.
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=null,object-size,vptr)
  endif()
  # What a sanitizer puts in between hides from gcc that something was initialised (gcc bug 105616).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

# Boost 1.81's own headers are not clean under our warnings; they are included as system headers.
find_package(Boost 1.81 REQUIRED)
add_library(connector_boost INTERFACE)
target_include_directories(connector_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(connector_boost INTERFACE BOOST_JSON_STATIC_LINK BOOST_ALL_NO_LIB)
