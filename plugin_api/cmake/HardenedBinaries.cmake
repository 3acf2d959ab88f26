# What OpenSSF's "Compiler Options Hardening Guide for C and C++" asks of every binary, for all targets of the build,
# libraries inside them included. tests/abi/checks/hardening.py looks whether the host and the plugins have it.
# Sanitizers find more, and some of this hides what they look for.
option(CONNECTOR_HARDENING "Compile and link with OpenSSF's hardening options" ON)
if(NOT CONNECTOR_HARDENING OR CONNECTOR_SANITIZE)
  return()
endif()

include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported()  # or CMake compiles for position-independent executables and does not link them

# The flags that depend on the processor: control-flow protection of x86-64 and of arm64.
foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
  string(MAKE_C_IDENTIFIER "connector_has${flag}" known)
  check_cxx_compiler_flag(${flag} ${known})
  if(${known})
    add_compile_options(${flag})
  endif()
endforeach()

# glibc checks the sizes of buffers only where the optimiser knows them. -U: some compilers define a lower level.
set(optimised $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
add_compile_options($<${optimised}:-U_FORTIFY_SOURCE> $<${optimised}:-D_FORTIFY_SOURCE=3>)
# Bounds of vectors, strings and spans are checked, also of those in headers.
add_compile_definitions($<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_ASSERTIONS>)

add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
