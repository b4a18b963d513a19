#include "inventory/debug_objects.h"

#include "util/system.h"

#include <assay/error.h>

#include <errno.h>
#include <sys/mman.h>

/* What libdwfl calls the object in messages that nobody reads. */
#define OBJECT_NAME "object"

static int
find_no_file (Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, char **out_file, Elf **out_elf)
{
  return -1;
}

static int
find_no_debug_file (Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file,
                    const char *link, GElf_Word checksum, char **out_file)
{
  return -1;
}

static const Dwfl_Callbacks callbacks = {
  .find_elf = find_no_file,
  .find_debuginfo = find_no_debug_file,
  .section_address = dwfl_offline_section_address,
};

/* A private copy of a blob that has a descriptor, which is all that libdwfl takes. */
static int
copy_to_memory (AssayBlob *blob, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  guint64 size = assay_blob_get_size (blob);
  assay_autofd fd = memfd_create ("assay-object", MFD_CLOEXEC);
  if (fd < 0)
    {
      assay_system_error (error, errno, "create", "a copy of debug information");
      return -1;
    }
  for (guint64 offset = 0; offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = (gsize)MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (blob, offset, window, length, error))
        return -1;
      if (!assay_system_write_all (fd, window, length))
        {
          assay_system_error (error, errno, "write", "a copy of debug information");
          return -1;
        }
    }
  return assay_fd_steal (&fd);
}

static void
read_bases (AssayDebugFile *file, Elf *elf, GElf_Addr bias)
{
  gsize count = 0;
  elf_getshdrnum (elf, &count);
  file->object_bases = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (gsize number = 0; number < count; number++)
    {
      GElf_Shdr header;
      Elf_Scn *section = elf_getscn (elf, number);
      gboolean placed = number > 0 && section != NULL && gelf_getshdr (section, &header) != NULL
                        && (header.sh_flags & SHF_ALLOC) != 0;
      guint64 base = placed ? header.sh_addr + bias : G_MAXUINT64;
      g_array_append_val (file->object_bases, base);
    }
}

static void
read_sections (AssayDebugFile *file, const AssayDebugPlaces *places, Elf *elf)
{
  for (guint kind = 0; kind < ASSAY_DEBUG_COUNT; kind++)
    {
      Elf_Scn *section = places->index[kind] != G_MAXUINT32 ? elf_getscn (elf, places->index[kind] + 1) : NULL;
      const Elf_Data *data = section != NULL ? elf_getdata (section, NULL) : NULL;
      if (data != NULL && data->d_buf != NULL)
        file->sections[kind] = (AssayDebugBytes){ .data = data->d_buf, .size = data->d_size };
    }
}

gboolean
assay_debug_objects_open (AssayDebugFile *file, const AssayDebugPlaces *places, GError **error)
{
  GElf_Addr bias = 0;
  assay_autofd fd = copy_to_memory (file->blob, error);
  if (fd < 0)
    return FALSE;
  file->objects = dwfl_begin (&callbacks);
  Dwfl_Module *module
      = file->objects != NULL ? dwfl_report_offline (file->objects, OBJECT_NAME, OBJECT_NAME, fd) : NULL;
  if (module != NULL)
    fd = -1; /* libdwfl closes it */
  if (file->objects != NULL)
    dwfl_report_end (file->objects, NULL, NULL);
  file->dwarf = module != NULL ? dwfl_module_getdwarf (module, &bias) : NULL;
  Elf *elf = file->dwarf != NULL ? dwfl_module_getelf (module, &bias) : NULL;
  if (elf == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "debug information of a relocatable file: %s",
                   dwfl_errmsg (-1));
      return FALSE;
    }
  read_bases (file, elf, bias);
  read_sections (file, places, elf);
  return TRUE;
}
