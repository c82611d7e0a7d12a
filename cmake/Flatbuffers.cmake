# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

find_program(FLATC_EXECUTABLE flatc REQUIRED)

# schema -> C++ header with the object API and type tables, a header with the schema's hash, and
# the schema's text as a C++ string literal.
function(neuro_add_schema target schema outdir)
  get_filename_component(_name ${schema} NAME_WE)
  file(SHA256 ${schema} _hash)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${schema})
  file(MAKE_DIRECTORY ${outdir})
  file(CONFIGURE OUTPUT ${outdir}/${_name}_hash.h CONTENT
"#ifndef NEURO_SCHEMA_HASH_H
#define NEURO_SCHEMA_HASH_H
namespace neuro::nrb {
inline constexpr const char *kSchemaHash = \"${_hash}\";
} // namespace neuro::nrb
#endif // NEURO_SCHEMA_HASH_H
" @ONLY)
  file(READ ${schema} _text)
  file(CONFIGURE OUTPUT ${outdir}/${_name}_schema.inc CONTENT "R\"fbs(${_text})fbs\"\n" @ONLY)
  add_custom_command(
    OUTPUT ${outdir}/${_name}_generated.h
    COMMAND ${FLATC_EXECUTABLE} --cpp --gen-object-api --scoped-enums --reflect-types -o ${outdir} ${schema}
    DEPENDS ${schema} COMMENT "Generating ${_name}_generated.h" VERBATIM)
  add_custom_target(${target} DEPENDS ${outdir}/${_name}_generated.h)
endfunction()
