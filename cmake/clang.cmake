# A toolchain file that takes the newest clang there is. The preset `fuzz` needs it for libFuzzer; the preset `clang`
# is `dev` with it.
set(house_clangs "")
foreach(version RANGE 30 14 -1)
  list(APPEND house_clangs clang-${version})
endforeach()
find_program(HOLDFAST_CLANG NAMES ${house_clangs} clang NAMES_PER_DIR REQUIRED)
set(CMAKE_C_COMPILER ${HOLDFAST_CLANG})
