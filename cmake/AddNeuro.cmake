# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Adds a folder that may hold nothing to build.
macro(neuro_add_optional_subdirectory dir)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt")
    add_subdirectory(${dir})
  endif()
endmacro()

# A library without MLIR: the runtime side. Exceptions off, like the rest.
function(neuro_add_plain_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
endfunction()

# A library on MLIR. All of them are collected in the property NEURO_MLIR_LIBS,
# which the tools link, so that a new dialect or pass needs no edit there.
function(neuro_add_mlir_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  add_dependencies(${name} neuro-headers)
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
  set_property(GLOBAL APPEND PROPERTY NEURO_MLIR_LIBS ${name})
endfunction()

# One dialect: X.td -> ops, types, enums, attributes; docs beside them.
# The folder's namespace is given by `prefix`, e.g. neuro_add_dialect(NN nn).
function(neuro_add_dialect Name prefix)
  set(LLVM_TARGET_DEFINITIONS ${Name}.td)
  mlir_tablegen(${Name}Dialect.h.inc -gen-dialect-decls -dialect=${prefix})
  mlir_tablegen(${Name}Dialect.cpp.inc -gen-dialect-defs -dialect=${prefix})
  mlir_tablegen(${Name}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${Name}Ops.cpp.inc -gen-op-defs)
  mlir_tablegen(${Name}Types.h.inc -gen-typedef-decls -typedefs-dialect=${prefix})
  mlir_tablegen(${Name}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${prefix})
  mlir_tablegen(${Name}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${Name}Enums.cpp.inc -gen-enum-defs)
  mlir_tablegen(${Name}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${prefix})
  mlir_tablegen(${Name}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${prefix})
  add_public_tablegen_target(Neuro${Name}IncGen)
  add_dependencies(neuro-headers Neuro${Name}IncGen)
endfunction()

# The passes of one folder: XPasses.td -> XPasses.h.inc.
function(neuro_add_passes Name)
  set(LLVM_TARGET_DEFINITIONS ${Name}.td)
  mlir_tablegen(${Name}.h.inc -gen-pass-decls -name ${Name})
  add_public_tablegen_target(Neuro${Name}IncGen)
  add_dependencies(neuro-headers Neuro${Name}IncGen)
endfunction()

# A GoogleTest program: neuro_add_unit_test(MicrocodeTest MicrocodeTest.cpp LINK NeuroTarget).
# A test whose name contains `Slow` is left out of the quick run.
function(neuro_add_unit_test name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/Unit)
  target_compile_definitions(${name} PRIVATE NEURO_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  add_test(NAME ${name} COMMAND ${name})
endfunction()
