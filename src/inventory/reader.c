#include "inventory/reader.h"

#include "util/checked.h"

#include <assay/error.h>

#include <string.h>

static void
require_libelf (void)
{
  static gsize once = 0;
  if (g_once_init_enter (&once))
    {
      /* Without this call every other one of libelf fails. */
      g_assert (elf_version (EV_CURRENT) != EV_NONE);
      g_once_init_leave (&once, 1);
    }
}

/** One way to read the first bytes: class and byte order. */
typedef struct
{
  gboolean wide;
  gboolean big;
} View;

#define VIEWS 4u

/* Each of them once; the last ones are the wide ones. */
static View
view_at (guint number)
{
  return (View){ (number & 2) != 0, (number & 1) != 0 };
}

/* A field of two bytes. */
static guint
field (const guint8 *bytes, guint at, gboolean big)
{
  return big ? (guint)bytes[at] << 8 | bytes[at + 1] : (guint)bytes[at + 1] << 8 | bytes[at];
}

static guint64
long_field (const guint8 *bytes, guint at, const View *view)
{
  guint64 value = 0;
  guint length = view->wide ? 8 : 4;
  for (guint i = 0; i < length; i++)
    value = value << 8 | bytes[view->big ? at + i : at + length - 1 - i];
  return value;
}

/* A program by that view, whatever e_ident says: Linux goes by machine, type and the size of program headers (fs/
 * binfmt_elf.c), of each class that it runs, in its own byte order. */
static gboolean
is_program (const AssayElfReader *reader, const View *view)
{
  const guint8 *bytes = reader->bytes;
  guint size = view->wide ? (guint)sizeof (Elf64_Phdr) : (guint)sizeof (Elf32_Phdr);
  guint type = field (bytes, 16, view->big);
  guint machine = field (bytes, 18, view->big);
  guint64 offset = long_field (bytes, view->wide ? 32 : 28, view);
  guint count = field (bytes, view->wide ? 56 : 44, view->big);
  guint64 end = 0;
  return (type == ET_EXEC || type == ET_DYN) && machine != EM_NONE && machine < EM_NUM && count > 0
         && field (bytes, view->wide ? 54 : 42, view->big) == size
         && assay_u64_add (offset, (guint64)count * size, &end) && end <= reader->size;
}

/* What is a program by another class or byte order than the file says is one to who does not ask it for these. */
static gboolean
has_other_view (const AssayElfReader *reader)
{
  for (guint i = 0; i < VIEWS; i++)
    {
      const View view = view_at (i);
      if ((view.wide != (reader->bits == 64) || view.big != reader->big_endian) && is_program (reader, &view))
        return TRUE;
    }
  return FALSE;
}

/* Says of the bytes what they are to Linux, which does not ask e_ident: of several views the widest. */
static void
name_view (AssayElfReader *reader)
{
  for (guint i = VIEWS; i-- > 0;)
    {
      const View view = view_at (i);
      if (!is_program (reader, &view))
        continue;
      reader->bytes[EI_CLASS] = view.wide ? ELFCLASS64 : ELFCLASS32;
      reader->bytes[EI_DATA] = view.big ? ELFDATA2MSB : ELFDATA2LSB;
      reader->bytes[EI_VERSION] = EV_CURRENT;
      return;
    }
}

/* @as_run: as Linux would, where it would run it */
static AssayElfReader *
open_reader (AssayBlob *blob, gboolean as_run, GError **error)
{
  require_libelf ();
  g_autoptr (AssayElfReader) reader = g_new0 (AssayElfReader, 1);
  reader->blob = blob;
  reader->size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (reader->size, sizeof (Elf64_Ehdr));
  reader->bytes = g_malloc0 (sizeof (Elf64_Ehdr));
  if (!assay_blob_read (blob, 0, reader->bytes, length, error))
    return NULL;
  if (as_run && length == sizeof (Elf64_Ehdr) && memcmp (reader->bytes, ELFMAG, SELFMAG) == 0)
    name_view (reader);
  reader->handle = elf_memory ((char *)reader->bytes, length);
  if (reader->handle == NULL || elf_kind (reader->handle) != ELF_K_ELF
      || gelf_getehdr (reader->handle, &reader->header) == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "ELF header: %s", elf_errmsg (-1));
      return NULL;
    }
  reader->bits = gelf_getclass (reader->handle) == ELFCLASS32 ? 32 : 64;
  reader->big_endian = reader->header.e_ident[EI_DATA] == ELFDATA2MSB;
  if (!as_run && length == sizeof (Elf64_Ehdr) && has_other_view (reader))
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED,
                           "ELF header: of another class or byte order than the program that it is to who runs it");
      return NULL;
    }
  return g_steal_pointer (&reader);
}

AssayElfReader *
assay_elf_reader_new (AssayBlob *blob, GError **error)
{
  return open_reader (blob, FALSE, error);
}

AssayElfReader *
assay_elf_reader_new_as_run (AssayBlob *blob, GError **error)
{
  return open_reader (blob, TRUE, error);
}

void
assay_elf_reader_free (AssayElfReader *reader)
{
  if (reader == NULL)
    return;
  if (reader->handle != NULL)
    elf_end (reader->handle);
  g_free (reader->bytes);
  g_free (reader);
}

guint64
assay_elf_reader_record_size (const AssayElfReader *reader, Elf_Type type)
{
  return gelf_fsize (reader->handle, type, 1, EV_CURRENT);
}

/* Reads @count records as the file's class has them, in the host's byte order, into @out, which has @room bytes. */
static gboolean
get_records (const AssayElfReader *reader, Elf_Type type, guint64 offset, guint count, void *out, gsize room,
             GError **error)
{
  guint64 length = count * assay_elf_reader_record_size (reader, type);
  g_return_val_if_fail (count <= ASSAY_ELF_READER_BATCH && length <= room, FALSE);
  if (!assay_blob_read (reader->blob, offset, out, (gsize)length, error))
    return FALSE;
  Elf_Data data = { .d_buf = out, .d_type = type, .d_size = (gsize)length, .d_version = EV_CURRENT };
  /* Records have the same size in memory as in the file, and libelf says that it translates in place. */
  if (gelf_xlatetom (reader->handle, &data, &data, reader->header.e_ident[EI_DATA]) == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "ELF table: %s", elf_errmsg (-1));
      return FALSE;
    }
  return TRUE;
}

gboolean
assay_elf_reader_get_sections (const AssayElfReader *reader, guint64 offset, guint count, GElf_Shdr *out,
                               GError **error)
{
  Elf32_Shdr narrow[ASSAY_ELF_READER_BATCH];
  if (reader->bits == 64)
    return get_records (reader, ELF_T_SHDR, offset, count, out, count * sizeof *out, error);
  if (!get_records (reader, ELF_T_SHDR, offset, count, narrow, sizeof narrow, error))
    return FALSE;
  for (guint i = 0; i < count; i++)
    out[i] = (GElf_Shdr){ .sh_name = narrow[i].sh_name,
                          .sh_type = narrow[i].sh_type,
                          .sh_flags = narrow[i].sh_flags,
                          .sh_addr = narrow[i].sh_addr,
                          .sh_offset = narrow[i].sh_offset,
                          .sh_size = narrow[i].sh_size,
                          .sh_link = narrow[i].sh_link,
                          .sh_info = narrow[i].sh_info,
                          .sh_addralign = narrow[i].sh_addralign,
                          .sh_entsize = narrow[i].sh_entsize };
  return TRUE;
}

gboolean
assay_elf_reader_get_segments (const AssayElfReader *reader, guint64 offset, guint count, GElf_Phdr *out,
                               GError **error)
{
  Elf32_Phdr narrow[ASSAY_ELF_READER_BATCH];
  if (reader->bits == 64)
    return get_records (reader, ELF_T_PHDR, offset, count, out, count * sizeof *out, error);
  if (!get_records (reader, ELF_T_PHDR, offset, count, narrow, sizeof narrow, error))
    return FALSE;
  for (guint i = 0; i < count; i++)
    out[i] = (GElf_Phdr){ .p_type = narrow[i].p_type,
                          .p_flags = narrow[i].p_flags,
                          .p_offset = narrow[i].p_offset,
                          .p_vaddr = narrow[i].p_vaddr,
                          .p_paddr = narrow[i].p_paddr,
                          .p_filesz = narrow[i].p_filesz,
                          .p_memsz = narrow[i].p_memsz,
                          .p_align = narrow[i].p_align };
  return TRUE;
}

gboolean
assay_elf_reader_get_symbols (const AssayElfReader *reader, guint64 offset, guint count, GElf_Sym *out, GError **error)
{
  Elf32_Sym narrow[ASSAY_ELF_READER_BATCH];
  if (reader->bits == 64)
    return get_records (reader, ELF_T_SYM, offset, count, out, count * sizeof *out, error);
  if (!get_records (reader, ELF_T_SYM, offset, count, narrow, sizeof narrow, error))
    return FALSE;
  for (guint i = 0; i < count; i++)
    out[i] = (GElf_Sym){ .st_name = narrow[i].st_name,
                         .st_info = narrow[i].st_info,
                         .st_other = narrow[i].st_other,
                         .st_shndx = narrow[i].st_shndx,
                         .st_value = narrow[i].st_value,
                         .st_size = narrow[i].st_size };
  return TRUE;
}

gboolean
assay_elf_reader_get_words (const AssayElfReader *reader, guint64 offset, guint count, GElf_Word *out, GError **error)
{
  return get_records (reader, ELF_T_WORD, offset, count, out, count * sizeof *out, error);
}
