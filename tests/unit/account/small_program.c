#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "small_program.h"

#include "elf_maker.h"
#include "inventory/elf.h"

#include <elf.h>
#include <string.h>

static void
put (GByteArray *out, guint64 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++)
    g_byte_array_append (out, (const guint8[]){ (guint8)(value >> 8 * i) }, 1);
}

#define PUT(out, ...)                                                                                                  \
  g_byte_array_append (out, (const guint8[]){ __VA_ARGS__ }, sizeof ((const guint8[]){ __VA_ARGS__ }))

/** Where the functions begin. */
typedef struct
{
  guint first;
  guint second;
  guint third;
  guint fourth;
  guint end;
} Places;

/* Called twice: the first time to learn where `third` will be. */
static GByteArray *
write_text (const SmallProgram *program, Places *places)
{
  GByteArray *out = g_byte_array_new ();
  guint third = places->third;
  PUT (out, 0x53, 0xb8, 1, 0, 0, 0); /* push rbx; mov eax, 1 */
  if (program->first_adds)
    PUT (out, 0x83, 0xc0, 2); /* add eax, 2 */
  PUT (out, 0xe8);            /* call third */
  put (out, third - (out->len + 4), 4);
  PUT (out, 0x5b, 0xc3); /* pop rbx; ret */
  places->second = out->len;
  if (!program->without_second)
    PUT (out, 0x31, 0xc0, 0xb9, 0x22, 0x33, 0x44, 0, 0x48, 0x89, 0xf8, 0xc3); /* xor; mov ecx, …; mov rax, rdi; ret */
  places->third = out->len;
  /* push rbp; mov eax, 0x77; mov rsi, rdi; pop rbp; ret */
  PUT (out, 0x55, 0xb8, program->number != 0 ? program->number : 0x77, 0, 0, 0, 0x48, 0x89, 0xfe, 0x5d, 0xc3);
  places->fourth = out->len;
  if (program->has_fourth) /* push r12; mov eax, …; pop r12; ret */
    PUT (out, 0x41, 0x54, 0xb8, 0x99, 0x88, 0x77, 0x66, 0x41, 0x5c, 0xc3);
  places->end = out->len;
  return out;
}

static void
add_symbols (ElfMaker *maker, const SmallProgram *program, const Places *places)
{
  const struct
  {
    const char *name;
    guint first;
    guint last;
  } functions[] = { { "first", places->first, places->second },
                    { program->second_name != NULL ? program->second_name : "second", places->second, places->third },
                    { "third", places->third, places->fourth },
                    { "fourth", places->fourth, places->end } };
  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    if (functions[i].last > functions[i].first)
      elf_maker_add_symbol (maker, functions[i].name, SMALL_TEXT + functions[i].first,
                            functions[i].last - functions[i].first, ELF64_ST_INFO (STB_GLOBAL, STT_FUNC), 1);
  elf_maker_add_symbol (maker, "table", SMALL_DATA, 24, ELF64_ST_INFO (STB_GLOBAL, STT_OBJECT), 2);
}

GByteArray *
small_program_build (const SmallProgram *program)
{
  Places places = { .first = 0 };
  g_autoptr (GByteArray) draft = write_text (program, &places);
  g_autoptr (GByteArray) text = write_text (program, &places);
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  put (data, program->without_second ? 0 : SMALL_TEXT + places.second, 8);
  put (data, SMALL_TEXT + places.third + (program->wrong_pointer ? 3 : 0), 8);
  put (data, 0x1122334455667788, 8);
  elf_maker_add_section (
      maker, &(ElfMakerSection){ .name = ".text",
                                 .type = SHT_PROGBITS,
                                 .flags = SHF_ALLOC | SHF_EXECINSTR | (program->writable_text ? SHF_WRITE : 0),
                                 .address = SMALL_TEXT,
                                 .data = text->data,
                                 .size = text->len });
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".data",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_ALLOC | SHF_WRITE,
                                                    .address = SMALL_DATA,
                                                    .alignment = 8,
                                                    .data = data->data,
                                                    .size = data->len });
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, SMALL_TEXT, SMALL_TEXT, 1, 1);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, SMALL_DATA, SMALL_DATA, 2, 2);
  if (!program->stripped)
    add_symbols (maker, program, &places);
  GByteArray *file = elf_maker_build (maker);
  file->data[offsetof (Elf64_Ehdr, e_flags)] = program->machine_flags;
  return file;
}

static AssayBlob *
blob_of (const SmallProgram *program)
{
  g_autoptr (GByteArray) file = small_program_build (program);
  g_autoptr (GBytes) copy = g_bytes_new (file->data, file->len);
  return assay_blob_new_for_bytes (copy);
}

void
small_case_open (SmallCase *out, const SmallProgram *shipped, const SmallProgram *expected)
{
  small_case_open_by (out, shipped, expected, NULL);
}

void
small_case_open_by (SmallCase *out, const SmallProgram *shipped, const SmallProgram *expected,
                    AssayWorkerMain interpret)
{
  static const SmallProgram plain;
  g_autoptr (AssayBlob) shipped_blob = blob_of (shipped);
  g_autoptr (AssayBlob) expected_blob = blob_of (expected != NULL ? expected : &plain);
  memset (out, 0, sizeof *out);
  assay_limits_init (&out->limits);
  if (interpret != NULL)
    out->limits.value[ASSAY_LIMIT_NODE_TIME] = 1;
  AssayUnpackOptions unpack = { .limits = &out->limits };
  out->shipped = assay_unpack_blob (shipped_blob, &unpack, NULL);
  assert_non_null (out->shipped);
  out->expectations = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_expectation_free);
  g_ptr_array_add (out->expectations, assay_expectation_new_file (".", expected_blob, "out/program"));
  out->pairing = assay_pairing_new (out->shipped, out->expectations, &unpack, NULL);
  assert_non_null (out->pairing);
  AssayAccountOptions options = { .limits = &out->limits, .interpret = interpret };
  out->account = assay_account_new (out->shipped, out->pairing, &options, NULL);
  assert_non_null (out->account);
}

void
small_case_close (SmallCase *small)
{
  assay_account_free (small->account);
  assay_pairing_free (small->pairing);
  g_ptr_array_unref (small->expectations);
  assay_node_free (small->shipped);
}

const AssayNodeAccount *
small_case_node (const SmallCase *small)
{
  assert_int_equal (small->account->nodes->len, 1);
  return g_ptr_array_index (small->account->nodes, 0);
}

guint64
small_case_section (const SmallCase *small, const char *name)
{
  g_autoptr (AssayElf) elf = assay_elf_new (small->shipped->blob, &small->limits, NULL);
  assert_non_null (elf);
  for (guint i = 0; i < elf->sections->len; i++)
    if (strcmp (g_array_index (elf->sections, AssaySection, i).name, name) == 0)
      return g_array_index (elf->sections, AssaySection, i).offset;
  fail_msg ("no section %s", name);
  return 0;
}
