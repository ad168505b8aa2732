# The dialect in which the house is described.
#
#   rooms(NAME...)      take in each room that has a src/NAME/CMakeLists.txt, which holds one room() line
#   room(NAME [SOURCES file...] [TESTS file...] [USES room...] [GNU] [FAST | SMALL] [PUBLIC_ONLY]
#        [OPTIONS option...] [WIT name])
#                       a static library room_NAME. Without SOURCES every *.c that is not *_test.c, without
#                       TESTS every *_test.c, of its folder and the folders in that. A test is a cmocka program,
#                       linked with the room and what it USES. GNU: the room sees _GNU_SOURCE. FAST: optimised also where tests are run.
#                       SMALL: in a release its size matters more than its speed.
#                       OPTIONS: for the compiler, in this room.
#                       WIT: it gets NAME.h and NAME.def, and is linked with NAME.c, made from wit/NAME/*.wit
#                       (wit/README.md); it includes them as "ROOM/NAME.h".
#                       PUBLIC_ONLY: it uses no room, only libholdfast through its public headers.
#   door(NAME LIBRARY ROOM room EXPORTS map)      NAME.so and NAME.a: the room and all that it uses
#   door(NAME PROGRAM ROOM room | SOURCES file... [TEST] [GNU])
#                       a program linked with libholdfast; TEST: a cmocka program of the suite `unit`
#   doors(PATTERN PROGRAM|TEST [GNU])             a door for each file that matches
#   fuzz(NAME SOURCES file... [USES room...])     a fuzz target: libFuzzer in the preset fuzz, elsewhere
#                       a program that runs the inputs which are its arguments
#   grounds(DIR...)     take in the folders outside src/ that have a CMakeLists.txt
#
# A room without sources is an empty interface library, so that a room may be named before it is built.

set(HOLDFAST_PRESET dev CACHE STRING "What the build is for: dev, asan, tsan, fuzz, cov or release")
set_property(CACHE HOLDFAST_PRESET PROPERTY STRINGS dev asan tsan fuzz cov release)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

find_program(HOLDFAST_CCACHE ccache)
mark_as_advanced(HOLDFAST_CCACHE)
if(HOLDFAST_CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${HOLDFAST_CCACHE})
endif()

find_library(HOLDFAST_CMOCKA cmocka)
mark_as_advanced(HOLDFAST_CMOCKA)

# --- flags -------------------------------------------------------------------------------------------------

add_library(house_flags INTERFACE)
target_include_directories(house_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
# -iquote, so that <sys/mman.h> is never looked for in the room src/sys.
target_compile_options(house_flags INTERFACE -iquote ${PROJECT_SOURCE_DIR}/src)
target_compile_options(house_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -fvisibility=hidden -ffunction-sections -fdata-sections
  -ffp-contract=off) # a fused multiply-add would round once where WebAssembly rounds twice
target_link_libraries(house_flags INTERFACE m)

# Options that the compiler and the linker both have to hear.
function(house_sanitize)
  target_compile_options(house_flags INTERFACE ${ARGN})
  target_link_options(house_flags INTERFACE ${ARGN})
endfunction()

set(house_optimise -O1) # every room
set(house_fast -O2)     # the rooms marked FAST
set(house_small -O1)    # the rooms marked SMALL
if(HOLDFAST_PRESET STREQUAL "dev")
  target_compile_options(house_flags INTERFACE -g -Werror)
elseif(HOLDFAST_PRESET STREQUAL "asan")
  set(house_fast -O1)
  target_compile_options(house_flags INTERFACE -g -fno-omit-frame-pointer)
  house_sanitize(-fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(HOLDFAST_PRESET STREQUAL "tsan")
  set(house_fast -O1)
  target_compile_options(house_flags INTERFACE -g -fno-omit-frame-pointer)
  house_sanitize(-fsanitize=thread)
elseif(HOLDFAST_PRESET STREQUAL "fuzz")
  target_compile_options(house_flags INTERFACE -g -fno-omit-frame-pointer)
  target_compile_options(house_flags INTERFACE -fsanitize=fuzzer-no-link)
  house_sanitize(-fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(HOLDFAST_PRESET STREQUAL "cov")
  set(house_optimise -O0)
  set(house_small -O0)
  target_compile_options(house_flags INTERFACE -g -fprofile-update=atomic)
  target_compile_definitions(house_flags INTERFACE HOLDFAST_COVERAGE)
  house_sanitize(--coverage)
elseif(HOLDFAST_PRESET STREQUAL "release")
  set(house_optimise -O2)
  set(house_small -Os)
  # Nothing unwinds through us: tables for that are a tenth of the program.
  target_compile_options(house_flags INTERFACE -fno-plt -fno-asynchronous-unwind-tables)
  target_compile_definitions(house_flags INTERFACE NDEBUG)
  target_link_options(house_flags INTERFACE -Wl,--gc-sections)
else()
  message(FATAL_ERROR "HOLDFAST_PRESET is ${HOLDFAST_PRESET}: dev, asan, tsan, fuzz, cov or release")
endif()

# Sanitizers and coverage add their own symbols to objects, which must stay visible to their runtime.
if(HOLDFAST_PRESET MATCHES "^(dev|release)$")
  set(house_hide_symbols ON)
endif()

# --- rooms -------------------------------------------------------------------------------------------------

set_property(GLOBAL PROPERTY house_rooms "")
set_property(GLOBAL PROPERTY house_tests "")
set_property(GLOBAL PROPERTY house_fuzzers "")

macro(rooms)
  foreach(house_room ${ARGN})
    if(EXISTS ${PROJECT_SOURCE_DIR}/src/${house_room}/CMakeLists.txt)
      add_subdirectory(src/${house_room})
    else()
      add_library(room_${house_room} INTERFACE)
    endif()
  endforeach()
endmacro()

macro(grounds)
  foreach(house_ground ${ARGN})
    if(EXISTS ${PROJECT_SOURCE_DIR}/${house_ground}/CMakeLists.txt)
      add_subdirectory(${house_ground})
    endif()
  endforeach()
  house_write_lists()
endmacro()

function(room name)
  cmake_parse_arguments(PARSE_ARGV 1 room "GNU;FAST;SMALL;PUBLIC_ONLY" "WIT" "SOURCES;TESTS;USES;OPTIONS")
  if(room_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "room(${name}): what is ${room_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT room_SOURCES)
    file(GLOB room_SOURCES CONFIGURE_DEPENDS *.c */*.c)
    list(FILTER room_SOURCES EXCLUDE REGEX "_test\\.c$")
  endif()
  if(NOT room_TESTS)
    file(GLOB room_TESTS CONFIGURE_DEPENDS *_test.c */*_test.c)
  endif()

  if(room_WIT)
    house_wit_tables(${room_WIT} ${PROJECT_BINARY_DIR}/gen/${name})
    list(APPEND room_SOURCES ${PROJECT_BINARY_DIR}/gen/${name}/${room_WIT}.c)
  endif()
  set(uses ${room_USES})
  list(TRANSFORM uses PREPEND room_)
  if(room_PUBLIC_ONLY)
    list(APPEND uses holdfast_static)
  endif()
  if(room_SOURCES)
    add_library(room_${name} STATIC ${room_SOURCES})
    house_compile(room_${name})
    target_link_libraries(room_${name} PUBLIC ${uses})
  else()
    add_library(room_${name} INTERFACE)
    target_link_libraries(room_${name} INTERFACE ${uses})
  endif()

  foreach(source ${room_TESTS})
    get_filename_component(test ${source} NAME_WE)
    house_test(${name}_${test} ${source})
    if(TARGET ${name}_${test})
      target_link_libraries(${name}_${test} PRIVATE room_${name} ${uses})
    endif()
  endforeach()

  set_property(GLOBAL PROPERTY house_uses_${name} ${room_USES})
endfunction()

# Compiles a target by the house's flags. Reads GNU, FAST and SMALL of the calling room or door.
function(house_compile target)
  target_link_libraries(${target} PRIVATE house_flags)
  if(room_FAST)
    target_compile_options(${target} PRIVATE ${house_fast})
  elseif(room_SMALL)
    target_compile_options(${target} PRIVATE ${house_small})
  else()
    target_compile_options(${target} PRIVATE ${house_optimise})
  endif()
  if(room_GNU)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  endif()
  target_compile_options(${target} PRIVATE ${room_OPTIONS})
  if(room_WIT)
    target_compile_options(${target} PRIVATE "SHELL:-iquote ${PROJECT_BINARY_DIR}/gen")
  endif()
endfunction()

# NAME.h, NAME.c and NAME.def in a folder, from wit/NAME/*.wit.
function(house_wit_tables name folder)
  file(GLOB texts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/wit/${name}/*.wit)
  if(NOT TARGET wit-tables)
    set(room_WIT "") # of the room that asked first
    add_executable(wit-tables ${PROJECT_SOURCE_DIR}/tools/wit-tables.c)
    house_compile(wit-tables)
    target_link_libraries(wit-tables PRIVATE room_bindgen)
    set_target_properties(wit-tables PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/gen)
  endif()
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${folder}/${name}.h ${folder}/${name}.c ${folder}/${name}.def
    COMMAND wit-tables ${folder}/${name} ${texts}
    DEPENDS wit-tables ${texts} VERBATIM)
endfunction()

# A cmocka program of the suite `unit`. Without cmocka there are none, and the suite is skipped by name.
function(house_test target)
  if(NOT HOLDFAST_CMOCKA OR HOLDFAST_PRESET STREQUAL "fuzz")
    return()
  endif()
  add_executable(${target} ${ARGN})
  house_compile(${target})
  target_link_libraries(${target} PRIVATE ${HOLDFAST_CMOCKA})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/unit)
  set_property(GLOBAL APPEND PROPERTY house_tests ${target})
endfunction()

# unit/list.txt names the programs of the suite `unit`, fuzz/list.txt the fuzz targets; a program whose source
# is gone may still lie in the build folder, but is in no list.
function(house_write_lists)
  foreach(list tests:unit fuzzers:fuzz)
    string(REPLACE ":" ";" list ${list})
    list(POP_FRONT list property folder)
    get_property(names GLOBAL PROPERTY house_${property})
    list(SORT names)
    list(JOIN names "\n" lines)
    file(WRITE ${PROJECT_BINARY_DIR}/${folder}/list.txt "${lines}\n")
  endforeach()
endfunction()

# --- doors -------------------------------------------------------------------------------------------------

# The rooms that a room uses, and those that these use: `out` includes the room itself.
function(house_closure out name)
  set(found ${name})
  set(todo ${name})
  while(todo)
    list(POP_FRONT todo next)
    get_property(uses GLOBAL PROPERTY house_uses_${next})
    foreach(use ${uses})
      if(NOT use IN_LIST found)
        list(APPEND found ${use})
        list(APPEND todo ${use})
      endif()
    endforeach()
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(door name)
  cmake_parse_arguments(PARSE_ARGV 1 door "LIBRARY;PROGRAM;TEST;GNU" "ROOM;EXPORTS" "SOURCES")
  if(door_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "door(${name}): what is ${door_UNPARSED_ARGUMENTS}?")
  endif()
  set(room_GNU ${door_GNU})
  if(door_LIBRARY)
    house_library()
  elseif(door_TEST)
    house_test(${name} ${door_SOURCES})
    if(TARGET ${name})
      target_link_libraries(${name} PRIVATE holdfast_static)
    endif()
  else()
    house_program()
  endif()
endfunction()

# libholdfast: the shared library exports what the map says; in the static one every hidden symbol is made
# local, so that nothing can lean on the rooms behind the public headers.
macro(house_library)
  house_closure(rooms ${door_ROOM})
  set(objects "")
  foreach(room ${rooms})
    get_target_property(kind room_${room} TYPE)
    if(kind STREQUAL "STATIC_LIBRARY")
      list(APPEND objects $<TARGET_OBJECTS:room_${room}>)
    endif()
  endforeach()

  add_library(holdfast_static INTERFACE)
  target_include_directories(holdfast_static INTERFACE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(holdfast_static INTERFACE m)
  if(objects)
    if(house_hide_symbols)
      set(whole ${PROJECT_BINARY_DIR}/lib/holdfast.o)
      add_custom_command(OUTPUT ${whole}
        COMMAND ${CMAKE_LINKER} -r -o ${whole} ${objects}
        COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${whole}
        DEPENDS ${objects} COMMAND_EXPAND_LISTS VERBATIM)
      add_library(holdfast_archive STATIC ${whole})
    else()
      add_library(holdfast_archive STATIC ${objects})
    endif()
    set_target_properties(holdfast_archive PROPERTIES OUTPUT_NAME holdfast LINKER_LANGUAGE C
      ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
    target_link_libraries(holdfast_static INTERFACE holdfast_archive)

    add_library(holdfast_shared SHARED ${objects})
    set_target_properties(holdfast_shared PROPERTIES OUTPUT_NAME holdfast LINKER_LANGUAGE C
      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
      LINK_DEPENDS ${PROJECT_SOURCE_DIR}/${door_EXPORTS})
    target_link_options(holdfast_shared PRIVATE
      -Wl,--version-script=${PROJECT_SOURCE_DIR}/${door_EXPORTS} -Wl,-z,relro,-z,now)
    if(NOT HOLDFAST_PRESET MATCHES "^(asan|tsan|fuzz)$") # their runtime is found by the program
      target_link_options(holdfast_shared PRIVATE -Wl,-z,defs)
    endif()
    target_link_libraries(holdfast_shared PRIVATE house_flags)
  endif()
endmacro()

macro(house_program)
  set(inside "")
  if(door_ROOM)
    get_target_property(kind room_${door_ROOM} TYPE)
    if(kind STREQUAL "STATIC_LIBRARY")
      set(inside $<TARGET_OBJECTS:room_${door_ROOM}>)
    endif()
  else()
    set(inside ${door_SOURCES})
  endif()
  if(inside)
    add_executable(${name} ${inside})
    house_compile(${name})
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
    target_link_libraries(${name} PRIVATE holdfast_static)
    if(HOLDFAST_PRESET STREQUAL "release" AND door_ROOM)
      target_link_options(${name} PRIVATE -static -s)
    endif()
  endif()
endmacro()

function(doors pattern)
  set(options ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${pattern})
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR}/${pattern} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    if("TEST" IN_LIST options)
      string(PREPEND name through_${folder}_)
    endif()
    door(${name} SOURCES ${source} ${ARGN})
    if(TARGET ${name} AND NOT "TEST" IN_LIST options)
      set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${folder})
    endif()
  endforeach()
endfunction()

function(fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 door "GNU" "" "SOURCES;USES")
  set(room_GNU ${door_GNU})
  set(target fuzz_${name})
  list(TRANSFORM door_USES PREPEND room_)
  add_executable(${target} ${door_SOURCES})
  house_compile(${target})
  target_link_libraries(${target} PRIVATE ${door_USES} holdfast_static)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  if(HOLDFAST_PRESET STREQUAL "fuzz")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/fuzz/replay.c)
  endif()
  set_property(GLOBAL APPEND PROPERTY house_fuzzers ${name})
endfunction()
