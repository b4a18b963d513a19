#include "tree_model.h"

#include "elf_sample.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

const char *const tree_kind_names[TREE_KINDS] = { "tar", "cpio", "zip", "directory", "squashfs" };

/* --- trees --- */

static void
entry_free (gpointer data)
{
  TreeEntry *entry = data;
  g_byte_array_unref (entry->content);
  g_free (entry->name);
  g_free (entry->target);
  g_free (entry);
}

TreeEntry *
tree_entry_copy (const TreeEntry *entry)
{
  TreeEntry *copy = g_memdup2 (entry, sizeof *entry);
  copy->name = g_strdup (entry->name);
  copy->target = g_strdup (entry->target);
  copy->content = g_byte_array_new ();
  g_byte_array_append (copy->content, entry->content->data, entry->content->len);
  return copy;
}

void
tree_free (Tree *tree)
{
  g_ptr_array_unref (tree->entries);
  g_free (tree);
}

static Tree *
tree_new_empty (void)
{
  Tree *tree = g_new0 (Tree, 1);
  tree->entries = g_ptr_array_new_with_free_func (entry_free);
  return tree;
}

Tree *
tree_copy (const Tree *tree)
{
  Tree *copy = tree_new_empty ();
  for (guint i = 0; i < tree->entries->len; i++)
    g_ptr_array_add (copy->entries, tree_entry_copy (g_ptr_array_index (tree->entries, i)));
  return copy;
}

static TreeEntry *
add (Tree *tree, GRand *random, const char *name, guint mode)
{
  TreeEntry *entry = g_new0 (TreeEntry, 1);
  entry->name = g_strdup (name);
  entry->mode = mode;
  entry->uid = (guint)g_rand_int_range (random, 0, 2) * 1000;
  entry->gid = (guint)g_rand_int_range (random, 0, 2) * 100;
  /* even, since zip keeps every second one alone */
  entry->mtime = 1700000000u + 2 * (guint32)g_rand_int_range (random, 0, 100000);
  entry->content = g_byte_array_new ();
  g_ptr_array_add (tree->entries, entry);
  return entry;
}

static void
add_text (Tree *tree, GRand *random, const char *name, guint mode)
{
  TreeEntry *entry = add (tree, random, name, mode);
  for (guint length = (guint)g_rand_int_range (random, 3, 700); length > 0; length--)
    {
      guint8 byte = (guint8)g_rand_int_range (random, 'a', 'z' + 1);
      g_byte_array_append (entry->content, &byte, 1);
    }
}

static void
add_program (Tree *tree, GRand *random, const char *name)
{
  TreeEntry *entry = add (tree, random, name, S_IFREG | 0755);
  guint machine = (guint)g_rand_int_range (random, 0, (gint32)elf_sample_machine_count);
  g_byte_array_unref (entry->content);
  entry->content = elf_sample_new (&elf_sample_machines[machine], ELF_SAMPLE_PLAIN);
}

Tree *
tree_new (GRand *random)
{
  Tree *tree = tree_new_empty ();
  add (tree, random, "bin", S_IFDIR | 0755);
  add_program (tree, random, "bin/app");
  add_text (tree, random, "bin/tool", S_IFREG | 0755);
  add (tree, random, "bin/link", S_IFLNK | 0777)->target = g_strdup ("tool");
  add (tree, random, "etc", S_IFDIR | 0755);
  add_text (tree, random, "etc/config", S_IFREG | 0644);
  add_text (tree, random, "etc/secret", S_IFREG | 0600);
  add (tree, random, "etc/out", S_IFLNK | 0777)->target = g_strdup ("/var/lib/data");
  TreeEntry *device = add (tree, random, "etc/console", S_IFCHR | 0620);
  device->device[0] = 5;
  device->device[1] = 1;
  if (g_rand_boolean (random))
    add_text (tree, random, "last", S_IFREG | 0644);
  return tree;
}

gboolean
tree_kind_holds (TreeKind kind, const TreeEntry *entry)
{
  return (kind != TREE_ZIP && kind != TREE_DIRECTORY) || !S_ISCHR (entry->mode);
}

/* --- tar: POSIX.1-1988, "ustar" --- */

static void
put_octal (guint8 *field, gsize width, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%0*" G_GINT64_MODIFIER "o", (int)width - 1, value);
  memcpy (field, text, width);
}

static void
pad (GByteArray *out, guint alignment)
{
  while (out->len % alignment != 0)
    g_byte_array_append (out, (const guint8 *)"", 1);
}

static char
tar_type (guint mode)
{
  return S_ISDIR (mode) ? '5' : S_ISLNK (mode) ? '2' : S_ISCHR (mode) ? '3' : '0';
}

static void
put_tar (GByteArray *out, const TreeEntry *entry)
{
  guint8 header[512] = { 0 };
  guint sum = 0;
  g_snprintf ((char *)header, 100, "%s%s", entry->name, S_ISDIR (entry->mode) ? "/" : "");
  put_octal (header + 100, 8, entry->mode & 07777);
  put_octal (header + 108, 8, entry->uid);
  put_octal (header + 116, 8, entry->gid);
  put_octal (header + 124, 12, entry->content->len);
  put_octal (header + 136, 12, entry->mtime);
  memset (header + 148, ' ', 8);
  header[156] = (guint8)tar_type (entry->mode);
  if (entry->target != NULL)
    g_snprintf ((char *)header + 157, 100, "%s", entry->target);
  memcpy (header + 257, "ustar\00000", 8);
  put_octal (header + 329, 8, entry->device[0]);
  put_octal (header + 337, 8, entry->device[1]);
  for (gsize i = 0; i < sizeof header; i++)
    sum += header[i];
  put_octal (header + 148, 7, sum);
  g_byte_array_append (out, header, sizeof header);
  g_byte_array_append (out, entry->content->data, entry->content->len);
  pad (out, 512);
}

static GByteArray *
write_tar (const Tree *tree)
{
  static const guint8 end[1024];
  GByteArray *out = g_byte_array_new ();
  for (guint i = 0; i < tree->entries->len; i++)
    put_tar (out, g_ptr_array_index (tree->entries, i));
  g_byte_array_append (out, end, sizeof end);
  return out;
}

/* --- cpio: "newc", cpio(5) --- */

static void
put_cpio (GByteArray *out, const TreeEntry *entry, guint number)
{
  const char *data = entry->target != NULL ? entry->target : (const char *)entry->content->data;
  guint size = entry->target != NULL ? (guint)strlen (entry->target) : entry->content->len;
  const guint fields[] = { number,
                           entry->mode,
                           entry->uid,
                           entry->gid,
                           1,
                           entry->mtime,
                           size,
                           0,
                           0,
                           entry->device[0],
                           entry->device[1],
                           (guint)strlen (entry->name) + 1,
                           0 };
  g_byte_array_append (out, (const guint8 *)"070701", 6);
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      char text[9];
      g_snprintf (text, sizeof text, "%08X", fields[i]);
      g_byte_array_append (out, (const guint8 *)text, 8);
    }
  g_byte_array_append (out, (const guint8 *)entry->name, (guint)strlen (entry->name) + 1);
  pad (out, 4);
  g_byte_array_append (out, (const guint8 *)data, size);
  pad (out, 4);
}

static GByteArray *
write_cpio (const Tree *tree)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) nothing = g_byte_array_new ();
  TreeEntry trailer = { .name = (char *)"TRAILER!!!", .content = nothing };
  for (guint i = 0; i < tree->entries->len; i++)
    put_cpio (out, g_ptr_array_index (tree->entries, i), i + 1);
  put_cpio (out, &trailer, 0);
  return out;
}

/* --- zip: APPNOTE.TXT, everything stored --- */

static void
put_little (GByteArray *out, guint64 value, guint width)
{
  for (guint i = 0; i < width; i++)
    {
      guint8 byte = (guint8)(value >> (8 * i));
      g_byte_array_append (out, &byte, 1);
    }
}

/* What both views say. */
static void
put_zip_fields (GByteArray *out, const TreeEntry *entry, const char *name, guint size, guint32 sum)
{
  guint32 days = (entry->mtime - 1700000000u) / 86400;
  guint32 seconds = entry->mtime % 86400;
  put_little (out, 20, 2);
  put_little (out, 0, 4);
  put_little (out, seconds / 3600 << 11 | seconds / 60 % 60 << 5 | seconds % 60 / 2, 2);
  put_little (out, 43u << 9 | 11u << 5 | (14 + days), 2);
  put_little (out, sum, 4);
  put_little (out, size, 4);
  put_little (out, size, 4);
  put_little (out, strlen (name), 2);
  put_little (out, 0, 2);
}

static void
put_zip (GByteArray *out, GByteArray *directory, const TreeEntry *entry)
{
  g_autofree char *name = g_strconcat (entry->name, S_ISDIR (entry->mode) ? "/" : NULL, NULL);
  const guint8 *data = entry->target != NULL ? (const guint8 *)entry->target : entry->content->data;
  guint size = entry->target != NULL ? (guint)strlen (entry->target) : entry->content->len;
  guint32 sum = (guint32)crc32 (0, size == 0 ? (const guint8 *)"" : data, size);
  guint32 offset = out->len;
  put_little (out, 0x04034b50, 4);
  put_zip_fields (out, entry, name, size, sum);
  g_byte_array_append (out, (const guint8 *)name, (guint)strlen (name));
  g_byte_array_append (out, data, size);
  put_little (directory, 0x02014b50, 4);
  put_little (directory, 3u << 8 | 30, 2);
  put_zip_fields (directory, entry, name, size, sum);
  put_little (directory, 0, 6);
  put_little (directory, (guint64)entry->mode << 16, 4);
  put_little (directory, offset, 4);
  g_byte_array_append (directory, (const guint8 *)name, (guint)strlen (name));
}

static GByteArray *
write_zip (const Tree *tree)
{
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();
  guint count = 0;
  for (guint i = 0; i < tree->entries->len; i++)
    {
      const TreeEntry *entry = g_ptr_array_index (tree->entries, i);
      if (!tree_kind_holds (TREE_ZIP, entry))
        continue;
      put_zip (out, directory, entry);
      count++;
    }
  guint32 offset = out->len;
  g_byte_array_append (out, directory->data, directory->len);
  put_little (out, 0x06054b50, 4);
  put_little (out, 0, 4);
  put_little (out, count, 2);
  put_little (out, count, 2);
  put_little (out, directory->len, 4);
  put_little (out, offset, 4);
  put_little (out, 0, 2);
  return out;
}

/* --- what lies on a disk --- */

/* A new file, without the care that one for keeps would get. */
static gboolean
write_file (const char *path, const GByteArray *bytes)
{
  return g_file_set_contents_full (path, bytes->len == 0 ? "" : (const char *)bytes->data, bytes->len,
                                   G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

static gboolean
write_entry (const TreeEntry *entry, const char *directory)
{
  g_autofree char *path = g_build_filename (directory, entry->name, NULL);
  gboolean made;
  if (S_ISDIR (entry->mode))
    made = g_mkdir (path, 0700) == 0;
  else if (S_ISLNK (entry->mode))
    made = symlink (entry->target, path) == 0;
  else
    made = write_file (path, entry->content);
  made = made && lchown (path, entry->uid, entry->gid) == 0;
  return made && (S_ISLNK (entry->mode) || g_chmod (path, (int)(entry->mode & 07777)) == 0);
}

static gboolean
write_directory (const Tree *tree, const char *path)
{
  gboolean done = g_mkdir (path, 0755) == 0;
  for (guint i = 0; done && i < tree->entries->len; i++)
    {
      const TreeEntry *entry = g_ptr_array_index (tree->entries, i);
      done = !tree_kind_holds (TREE_DIRECTORY, entry) || write_entry (entry, path);
    }
  return done;
}

static gboolean
write_squashfs (const Tree *tree, const char *path)
{
  g_autoptr (GByteArray) tar = write_tar (tree);
  g_autofree char *source = g_strconcat (path, ".tar", NULL);
  g_autofree char *command = g_strdup_printf ("sqfstar -quiet -no-progress -mkfs-time 1 '%s' < '%s'", path, source);
  const char *arguments[] = { "sh", "-c", command, NULL };
  int status = 1;
  return write_file (source, tar)
         && g_spawn_sync (NULL, (char **)arguments, NULL,
                          G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                          NULL, NULL, &status, NULL)
         && g_spawn_check_wait_status (status, NULL) && g_unlink (source) == 0;
}

gboolean
tree_write (const Tree *tree, TreeKind kind, const char *path)
{
  g_autoptr (GByteArray) bytes = NULL;
  switch (kind)
    {
    case TREE_TAR:
      bytes = write_tar (tree);
      break;
    case TREE_CPIO:
      bytes = write_cpio (tree);
      break;
    case TREE_ZIP:
      bytes = write_zip (tree);
      break;
    case TREE_DIRECTORY:
      return write_directory (tree, path);
    case TREE_SQUASHFS:
      return write_squashfs (tree, path);
    case TREE_KINDS:
      return FALSE;
    }
  return write_file (path, bytes);
}
