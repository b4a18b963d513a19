#include "unpack/rpm/rpm.h"

#include "util/text.h"

#include <string.h>
#include <sys/stat.h>

/* What the headers say of single files, which the payload does not. */

/* Bits of a mode by which others write a file or run it with its owner's rights, and of RPMTAG_FILEFLAGS the one of a
 * file that is not unpacked (rpm's rpmfiles.h, RPMFILE_GHOST). */
#define MARKED_MODES 06022u
#define GHOST 0x40u

/* Colours of ELF files of 32 and 64 bits (rpmfc.h, RPMFC_ELF32 and RPMFC_ELF64): rpm leaves out what has another. */
#define USUAL_COLOURS 0x3u

/** The files of a package. */
typedef struct
{
  AssayContainer *container;
  const AssayRpmHeader *main;
  const AssayRpmHeader *signatures;
  const GPtrArray *paths;
} Files;

const char *
assay_rpm_name_of (const char *kind, const char *of)
{
  g_autofree char *shown = assay_text_escape_line (of, -1);
  g_autofree char *name = g_strconcat (kind, shown, NULL);
  return assay_text_intern (name);
}

static const AssayRpmEntry *
find_tag (const AssayRpmHeader *header, guint32 tag)
{
  for (guint i = 0; i < header->entries->len; i++)
    {
      const AssayRpmEntry *entry = &g_array_index (header->entries, AssayRpmEntry, i);
      if (entry->tag == tag)
        return entry;
    }
  return NULL;
}

/* Whether there is one of each file, if any; what rpm takes out of data of another type is not known. */
static gboolean
is_of_each (const Files *files, const AssayRpmEntry *entry, gboolean right_type, GError **error)
{
  if (entry == NULL)
    return TRUE;
  if (!right_type)
    return assay_rpm_fail ("modes, flags, owners, signatures or the like of another type", error);
  return entry->count == files->paths->len
         || assay_rpm_fail ("another number of modes, flags, owners, signatures or the like than of files", error);
}

/* A number of each file; @out: NULL where there are none. */
static gboolean
find_numbers (const Files *files, guint32 tag, AssayRpmType type, const AssayRpmEntry **out, GError **error)
{
  *out = find_tag (files->main, tag);
  return is_of_each (files, *out, *out != NULL && (*out)->type == type, error);
}

/* A text of each file; @out: likewise. rpm reads one text of whichever type that has texts. */
static gboolean
find_texts (const Files *files, const AssayRpmHeader *header, guint32 tag, GPtrArray **out, GError **error)
{
  const AssayRpmEntry *entry = find_tag (header, tag);
  gboolean is_text = entry != NULL
                     && (entry->type == ASSAY_RPM_STRING || entry->type == ASSAY_RPM_STRING_ARRAY
                         || entry->type == ASSAY_RPM_I18N_STRING);
  if (!is_of_each (files, entry, is_text, error))
    return FALSE;
  *out = entry == NULL ? NULL : assay_rpm_texts (header, entry);
  return TRUE;
}

static void
add_fact (const Files *files, const char *kind, guint32 file, const char *text)
{
  assay_facts_add (files->container->node->own_facts, assay_rpm_name_of (kind, g_ptr_array_index (files->paths, file)),
                   "%s", text);
}

static gboolean
add_owners (const Files *files, GError **error)
{
  g_autoptr (GPtrArray) users = NULL;
  g_autoptr (GPtrArray) groups = NULL;
  if (!find_texts (files, files->main, ASSAY_RPM_FILE_USERS, &users, error)
      || !find_texts (files, files->main, ASSAY_RPM_FILE_GROUPS, &groups, error))
    return FALSE;
  for (guint32 i = 0; i < files->paths->len; i++)
    {
      const char *user = users == NULL ? "root" : g_ptr_array_index (users, i);
      const char *group = groups == NULL ? "root" : g_ptr_array_index (groups, i);
      g_autofree char *both = g_strconcat (user, ":", group, NULL);
      g_autofree char *shown = assay_text_escape_line (both, -1);
      if (strcmp (both, "root:root") != 0)
        add_fact (files, ASSAY_RPM_FILE_OWNER, i, shown);
    }
  return TRUE;
}

static gboolean
add_links (const Files *files, GError **error)
{
  g_autoptr (GPtrArray) links = NULL;
  if (!find_texts (files, files->main, ASSAY_RPM_FILE_LINKS, &links, error))
    return FALSE;
  for (guint32 i = 0; links != NULL && i < files->paths->len; i++)
    {
      g_autofree char *shown = assay_text_escape_line (g_ptr_array_index (links, i), -1);
      if (*shown != '\0')
        add_fact (files, ASSAY_RPM_FILE_LINK, i, shown);
    }
  return TRUE;
}

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

/* @marks: (element-type GString): what is unusual of each file, in words */
static void
append (GPtrArray *marks, guint32 file, const char *what, const char *text)
{
  g_autofree char *shown = assay_text_escape_line (text, -1);
  g_string_append_printf (g_ptr_array_index (marks, file), ", %s %s", what, shown);
}

static gboolean
mark_by_texts (const Files *files, const AssayRpmHeader *header, guint32 tag, const char *what, GPtrArray *marks,
               GError **error)
{
  g_autoptr (GPtrArray) texts = NULL;
  if (!find_texts (files, header, tag, &texts, error))
    return FALSE;
  for (guint32 i = 0; texts != NULL && i < files->paths->len; i++)
    {
      const char *text = g_ptr_array_index (texts, i);
      if (*text != '\0')
        append (marks, i, what, text);
    }
  return TRUE;
}

static gboolean
mark_by_bits (const Files *files, guint32 tag, const char *what, guint64 usual, GPtrArray *marks, GError **error)
{
  const AssayRpmEntry *numbers;
  if (!find_numbers (files, tag, ASSAY_RPM_INT32, &numbers, error))
    return FALSE;
  for (guint32 i = 0; numbers != NULL && i < files->paths->len; i++)
    {
      guint64 bits = assay_rpm_number (files->main, numbers, i);
      GString *mark = g_ptr_array_index (marks, i);
      if (tag == ASSAY_RPM_FILE_FLAGS && (bits & GHOST) != 0)
        g_string_append (mark, ", a ghost");
      if ((bits & ~usual) != 0)
        g_string_append_printf (mark, ", %s 0x%" G_GINT64_MODIFIER "x", what, bits & ~usual);
    }
  return TRUE;
}

/* Signatures of single files: rpm takes those of the first header into the other one, where it has none. */
static gboolean
mark_signatures (const Files *files, GPtrArray *marks, GError **error)
{
  const AssayRpmHeader *const headers[] = { files->main, files->signatures };
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    if (!mark_by_texts (files, headers[i], ASSAY_RPM_FILE_SIGNATURES, "signature", marks, error)
        || !mark_by_texts (files, headers[i], ASSAY_RPM_OLD_FILE_SIGNATURES, "signature", marks, error)
        || !mark_by_texts (files, headers[i], ASSAY_RPM_VERITY_SIGNATURES, "verity signature", marks, error))
      return FALSE;
  return TRUE;
}

/** Files of one inode. */
typedef struct
{
  guint32 first;
  guint32 second;
  guint32 count;
} Names;

/* (transfer full): the regular files by device and inode. */
static GHashTable *
group_by_inode (const Files *files, const AssayRpmEntry *modes, const AssayRpmEntry *devices,
                const AssayRpmEntry *inodes, gint64 *keys)
{
  GHashTable *groups = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  for (guint32 i = 0; i < files->paths->len; i++)
    {
      guint64 device = devices == NULL ? 0 : assay_rpm_number (files->main, devices, i);
      keys[i] = (gint64)(device << 32 | assay_rpm_number (files->main, inodes, i));
      if (modes != NULL && !S_ISREG ((guint)assay_rpm_number (files->main, modes, i)))
        continue;
      Names *names = g_hash_table_lookup (groups, &keys[i]);
      if (names == NULL)
        g_hash_table_insert (groups, &keys[i], g_memdup2 (&(Names){ i, i, 1 }, sizeof (Names)));
      else if (++names->count == 2)
        names->second = i;
    }
  return groups;
}

/* rpm makes one file of all regular ones of a device and an inode, with the content of one of them (rpm's rpmfi.c,
 * rpmfilesBuildNLink()). */
static gboolean
mark_links (const Files *files, const AssayRpmEntry *modes, GPtrArray *marks, GError **error)
{
  const AssayRpmEntry *devices, *inodes;
  if (!find_numbers (files, ASSAY_RPM_FILE_DEVICES, ASSAY_RPM_INT32, &devices, error)
      || !find_numbers (files, ASSAY_RPM_FILE_INODES, ASSAY_RPM_INT32, &inodes, error))
    return FALSE;
  if (inodes == NULL)
    return TRUE;
  g_autofree gint64 *keys = g_new (gint64, files->paths->len + 1);
  g_autoptr (GHashTable) groups = group_by_inode (files, modes, devices, inodes, keys);
  for (guint32 i = 0; i < files->paths->len; i++)
    {
      const Names *names = g_hash_table_lookup (groups, &keys[i]);
      if (names == NULL || names->count < 2)
        continue;
      guint32 other = names->first == i ? names->second : names->first;
      g_autofree char *shown = assay_text_escape_line (g_ptr_array_index (files->paths, other), -1);
      g_string_append_printf (g_ptr_array_index (marks, i), ", %" G_GUINT32_FORMAT ASSAY_RPM_ONE_FILE "%s",
                              names->count, shown);
    }
  return TRUE;
}

static gboolean
add_marks (const Files *files, GError **error)
{
  const AssayRpmEntry *modes;
  g_autoptr (GPtrArray) marks = g_ptr_array_new_with_free_func (free_text);
  for (guint32 i = 0; i < files->paths->len; i++)
    g_ptr_array_add (marks, g_string_new (NULL));
  if (!find_numbers (files, ASSAY_RPM_FILE_MODES, ASSAY_RPM_INT16, &modes, error)
      || !mark_by_texts (files, files->main, ASSAY_RPM_FILE_CAPABILITIES, "capabilities", marks, error)
      || !mark_by_bits (files, ASSAY_RPM_FILE_FLAGS, "flags", GHOST, marks, error)
      || !mark_by_texts (files, files->main, ASSAY_RPM_FILE_LANGUAGES, "language", marks, error)
      || !mark_by_bits (files, ASSAY_RPM_FILE_COLOURS, "colour", USUAL_COLOURS, marks, error)
      || !mark_by_texts (files, files->main, ASSAY_RPM_FILE_CONTEXTS, "context", marks, error)
      || !mark_signatures (files, marks, error) || !mark_links (files, modes, marks, error))
    return FALSE;
  for (guint32 i = 0; i < files->paths->len; i++)
    {
      guint mode = modes == NULL ? 0 : (guint)assay_rpm_number (files->main, modes, i);
      const GString *mark = g_ptr_array_index (marks, i);
      g_autofree char *octal = g_strdup_printf ("0%06o", mode);
      g_autofree char *text = g_strdup_printf ("mode 0%o%s", mode, mark->str);
      if ((S_ISREG (mode) && (mode & MARKED_MODES) != 0) || mark->len > 0)
        add_fact (files, ASSAY_RPM_FILE_MARK, i, text);
      if (strcmp (octal, ASSAY_RPM_USUAL_MODE) != 0)
        add_fact (files, ASSAY_RPM_FILE_MODE, i, octal);
    }
  return TRUE;
}

gboolean
assay_rpm_add_files (AssayContainer *container, const AssayRpmHeader *main, const AssayRpmHeader *signatures,
                     const GPtrArray *paths, GError **error)
{
  const Files files = { container, main, signatures, paths };
  return add_marks (&files, error) && add_owners (&files, error) && add_links (&files, error);
}
