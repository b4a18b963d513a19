# One OBJECT library a room, so that a test links just the rooms that it speaks of.

# What is never installed is linked by lld, where it is there: in a third of the time.
include (CheckLinkerFlag)
check_linker_flag (C -fuse-ld=lld ASSAY_HAS_LLD)
if (ASSAY_HAS_LLD)
  set (ASSAY_QUICK_LINK -fuse-ld=lld)
endif ()

add_library (assay_settings INTERFACE)
target_include_directories (assay_settings INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions (assay_settings INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64 G_LOG_DOMAIN="assay"
                            ASSAY_VERSION="${PROJECT_VERSION}")
target_compile_options (
  assay_settings
  INTERFACE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla
            -Wformat=2 -Wundef -Wpointer-arith -Wcast-align=strict -Wwrite-strings -Wno-unused-parameter
            -Wno-missing-field-initializers -fstack-protector-strong
            -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=./build)
if (CMAKE_C_COMPILER_ID MATCHES Clang)
  # -Wcast-align=strict is GCC's alone; and clang takes what is only there to be cleaned up for unused
  target_compile_options (assay_settings INTERFACE -Wno-unknown-warning-option -Wno-unused-function -Wno-unused-variable)
endif ()
if (ASSAY_FUZZ)
  target_compile_options (assay_settings INTERFACE -fsanitize=fuzzer-no-link)
endif ()
if (ASSAY_SANITIZE)
  target_compile_options (assay_settings INTERFACE -fsanitize=${ASSAY_SANITIZE} -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer)
  target_link_options (assay_settings INTERFACE -fsanitize=${ASSAY_SANITIZE} ${ASSAY_QUICK_LINK})
  target_compile_definitions (assay_settings INTERFACE ASSAY_SANITIZED=1)
else ()
  target_link_options (assay_settings INTERFACE -Wl,-z,relro,-z,now)
endif ()
target_link_libraries (assay_settings INTERFACE PkgConfig::glib_2_0 PkgConfig::jansson)

# assay_room (NAME SOURCES file... [LIBRARIES target...])
function (assay_room name)
  cmake_parse_arguments (ROOM "" "" "SOURCES;LIBRARIES" ${ARGN})
  if (NOT ROOM_SOURCES)
    add_library (room_${name} INTERFACE)
    return ()
  endif ()
  add_library (room_${name} OBJECT ${ROOM_SOURCES})
  target_link_libraries (room_${name} PUBLIC assay_settings ${ROOM_LIBRARIES})
endfunction ()

function (assay_library)
  set (rooms ${ASSAY_ROOMS})
  list (REMOVE_ITEM rooms cli)
  list (TRANSFORM rooms PREPEND room_)
  add_library (assay_shared SHARED)
  target_link_libraries (assay_shared PRIVATE ${rooms})
  set_target_properties (assay_shared PROPERTIES OUTPUT_NAME assay VERSION ${PROJECT_VERSION} SOVERSION 0
                                                 LINKER_LANGUAGE C)
  install (TARGETS assay_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install (DIRECTORY ${PROJECT_SOURCE_DIR}/include/assay DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction ()

# The program holds all of assay itself, so that its own digest says what judged.
function (assay_program)
  set (rooms ${ASSAY_ROOMS})
  list (TRANSFORM rooms PREPEND room_)
  add_executable (assay)
  target_link_libraries (assay PRIVATE ${rooms})
  set_target_properties (assay PROPERTIES LINKER_LANGUAGE C)
  install (TARGETS assay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction ()

# assay_unit_test (ROOM NOUN [ROOMS room...]): tests/unit/ROOM/test_NOUN.c, linked with util, ROOM and the rooms named
function (assay_unit_test room noun)
  cmake_parse_arguments (TEST "" "" "ROOMS" ${ARGN})
  set (rooms util ${room} ${TEST_ROOMS})
  list (REMOVE_DUPLICATES rooms)
  list (TRANSFORM rooms PREPEND room_)
  add_executable (test_${room}_${noun} ${PROJECT_SOURCE_DIR}/tests/unit/${room}/test_${noun}.c)
  target_link_libraries (test_${room}_${noun} PRIVATE ${rooms} PkgConfig::cmocka)
  target_link_options (test_${room}_${noun} PRIVATE ${ASSAY_QUICK_LINK})
  add_test (NAME unit/${room}/${noun} COMMAND test_${room}_${noun} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction ()

# assay_unit_test_plain (ROOM NOUN): the same test again, where libcrypto is told of a processor without SHA extensions
function (assay_unit_test_plain room noun)
  add_test (NAME unit/${room}/${noun}-plain COMMAND test_${room}_${noun} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties (unit/${room}/${noun}-plain PROPERTIES ENVIRONMENT "OPENSSL_ia32cap=:~0x20000000")
endfunction ()
