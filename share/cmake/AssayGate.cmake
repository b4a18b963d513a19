# assay_gate(): lets a build fail when an image is not what it should be.

include_guard (GLOBAL)

# The value of a variable, which is a name, as an absolute one; a generator expression stays as it is
function (assay_gate_place variable base)
  if (NOT ${variable} MATCHES "^\\$<")
    cmake_path (ABSOLUTE_PATH ${variable} BASE_DIRECTORY ${base} NORMALIZE)
  endif ()
  set (${variable} "${${variable}}" PARENT_SCOPE)
endfunction ()

#[[
  assay_gate (NAME
    IMAGE FILE
    RECIPE FILE... | EXPECTED PATH | REPORT FILE
    [POLICY FILE] [LAYOUT FILE] [SCOPE GLOB...] [LIMIT NAME=VALUE...] [TIME TIME] [JOBS N]
    [OPTIONS OPTION...] [OUTPUT DIR] [DEPENDS TARGET...] [NOT_IN_ALL])

  Adds the target NAME, which is part of `all` unless NOT_IN_ALL is given. It runs each time, since what an image is
  judged against can change without the build system's notice; `assay` keeps rebuilds for itself. It fails with every
  exit code but 0:

  RECIPE    `assay verify`: the source is rebuilt and IMAGE judged against it
  EXPECTED  `assay compare`: IMAGE is judged against a file or directory
  REPORT    `assay gate`: a stored report of IMAGE is held against POLICY, which must be given. The report is not
            signed: that this build believes it is said by giving it here (`--trust-report`)

  The reports of the first two lie in OUTPUT (left out: NAME in the binary directory) as report.json, report.html,
  report.sarif, report.xml (JUnit) and report.md; those of an earlier run are removed first. LAYOUT goes with EXPECTED.
  OPTIONS are further options of the command. Relative names are relative to the source directory, OUTPUT to the binary
  directory. IMAGE may be what this build makes: give the target that makes it in DEPENDS. A name may be a generator
  expression, as $<TARGET_FILE:firmware>.
]]
function (assay_gate name)
  cmake_parse_arguments (PARSE_ARGV 1 GATE "NOT_IN_ALL" "IMAGE;EXPECTED;REPORT;POLICY;LAYOUT;TIME;JOBS;OUTPUT"
                         "RECIPE;SCOPE;LIMIT;OPTIONS;DEPENDS")
  assay_gate_check ()
  assay_gate_place (GATE_IMAGE ${CMAKE_CURRENT_SOURCE_DIR})
  if (NOT DEFINED GATE_OUTPUT)
    set (GATE_OUTPUT ${name})
  endif ()
  assay_gate_place (GATE_OUTPUT ${CMAKE_CURRENT_BINARY_DIR})

  set (line)
  foreach (option IN ITEMS RECIPE POLICY LAYOUT)
    string (TOLOWER ${option} long)
    foreach (value IN LISTS GATE_${option})
      assay_gate_place (value ${CMAKE_CURRENT_SOURCE_DIR})
      list (APPEND line --${long}=${value})
    endforeach ()
  endforeach ()
  foreach (option IN ITEMS SCOPE LIMIT TIME JOBS)
    string (TOLOWER ${option} long)
    foreach (value IN LISTS GATE_${option})
      list (APPEND line --${long}=${value})
    endforeach ()
  endforeach ()
  list (APPEND line ${GATE_OPTIONS})

  set (files)
  if (DEFINED GATE_REPORT)
    assay_gate_place (GATE_REPORT ${CMAKE_CURRENT_SOURCE_DIR})
    list (PREPEND line gate --trust-report --image=${GATE_IMAGE})
    list (APPEND line ${GATE_REPORT})
  else ()
    set (options report html sarif junit markdown)
    set (suffixes json html sarif xml md)
    foreach (option suffix IN ZIP_LISTS options suffixes)
      list (APPEND files ${GATE_OUTPUT}/report.${suffix})
      list (APPEND line --${option}=${GATE_OUTPUT}/report.${suffix})
    endforeach ()
    if (DEFINED GATE_EXPECTED)
      assay_gate_place (GATE_EXPECTED ${CMAKE_CURRENT_SOURCE_DIR})
      list (PREPEND line compare)
      list (APPEND line ${GATE_IMAGE} ${GATE_EXPECTED})
    else ()
      list (PREPEND line verify)
      list (APPEND line ${GATE_IMAGE})
    endif ()
  endif ()

  set (all ALL)
  if (GATE_NOT_IN_ALL)
    set (all)
  endif ()
  # what is left of an earlier run must not be taken for what this one says
  set (before)
  if (files)
    set (before COMMAND ${CMAKE_COMMAND} -E rm -f ${files} COMMAND ${CMAKE_COMMAND} -E make_directory ${GATE_OUTPUT})
  endif ()
  add_custom_target (
    ${name} ${all}
    ${before}
    COMMAND assay::assay ${line}
    COMMENT "assay: ${GATE_IMAGE}"
    USES_TERMINAL VERBATIM)
  if (GATE_DEPENDS)
    add_dependencies (${name} ${GATE_DEPENDS})
  endif ()
endfunction ()

# What is wrong in the call ends the configuration: a gate that is not there would let everything pass.
macro (assay_gate_check)
  if (GATE_UNPARSED_ARGUMENTS)
    message (FATAL_ERROR "assay_gate (${name}): what is ${GATE_UNPARSED_ARGUMENTS}?")
  endif ()
  if (GATE_KEYWORDS_MISSING_VALUES)
    message (FATAL_ERROR "assay_gate (${name}): no value for ${GATE_KEYWORDS_MISSING_VALUES}")
  endif ()
  if (NOT DEFINED GATE_IMAGE)
    message (FATAL_ERROR "assay_gate (${name}): IMAGE is missing")
  endif ()
  set (assay_gate_sides)
  foreach (option IN ITEMS RECIPE EXPECTED REPORT)
    if (DEFINED GATE_${option})
      list (APPEND assay_gate_sides ${option})
    endif ()
  endforeach ()
  list (LENGTH assay_gate_sides assay_gate_count)
  if (NOT assay_gate_count EQUAL 1)
    message (FATAL_ERROR "assay_gate (${name}): expected one of RECIPE, EXPECTED and REPORT, found: ${assay_gate_sides}")
  endif ()
  if (DEFINED GATE_REPORT AND NOT DEFINED GATE_POLICY)
    message (FATAL_ERROR "assay_gate (${name}): REPORT needs POLICY: without it there is nothing to hold")
  endif ()
  foreach (option IN ITEMS SCOPE LIMIT JOBS OUTPUT)
    if (DEFINED GATE_REPORT AND DEFINED GATE_${option})
      message (FATAL_ERROR "assay_gate (${name}): ${option} does not go with REPORT")
    endif ()
  endforeach ()
  if (DEFINED GATE_LAYOUT AND NOT DEFINED GATE_EXPECTED)
    message (FATAL_ERROR "assay_gate (${name}): LAYOUT goes with EXPECTED; a recipe has its own")
  endif ()
  foreach (option IN LISTS GATE_OPTIONS)
    # with --help nothing is judged, and the exit code is 0
    if (option MATCHES "^--help" OR NOT option MATCHES "^--[a-z]")
      message (FATAL_ERROR "assay_gate (${name}): OPTIONS ${option}: expected an option of assay, as --quiet or --name=value")
    endif ()
  endforeach ()
endmacro ()
