# A toolchain file that takes the newest clang that can build fuzz targets (its runtime libraries are a package of their own), or
# else the newest there is. The preset `fuzz` needs it for libFuzzer; the preset `clang` is `dev` with it.
set(house_clangs "")
foreach(version RANGE 30 14 -1)
  find_program(house_clang_${version} clang-${version})
  if(house_clang_${version})
    list(APPEND house_clangs ${house_clang_${version}})
    execute_process(COMMAND ${house_clang_${version}} -print-resource-dir OUTPUT_VARIABLE house_resources
      OUTPUT_STRIP_TRAILING_WHITESPACE)
    file(GLOB house_fuzzer ${house_resources}/lib/*/libclang_rt.fuzzer*.a)
    if(house_fuzzer AND NOT HOLDFAST_CLANG)
      set(HOLDFAST_CLANG ${house_clang_${version}} CACHE FILEPATH "clang")
    endif()
  endif()
endforeach()
find_program(HOLDFAST_CLANG NAMES ${house_clangs} clang NAMES_PER_DIR REQUIRED)
set(CMAKE_C_COMPILER ${HOLDFAST_CLANG})
