#include "account/work.h"
#include "unpack/bytes.h"
#include "unpack/fact.h"
#include "unpack/rpm/rpm.h"
#include "unpack/zip/zip.h"

#include <string.h>
#include <sys/stat.h>

/** Where the mode of a field "ASi Unix" ends. */
#define ASI_MODE_END 6u

/** The extra field by which libarchive says of a streamed entry what the directory at the end will say. */
#define ZIP_EXTRA_LIBARCHIVE 0x6c78u

/** The attribute in which Linux keeps capabilities of a file (capabilities(7)). */
#define CAPABILITY_FACT "xattr.security.capability"

/** Attributes of libisofs, whatever they are. */
#define AAIP_FACT "xattr.aaip"

static guint
rights_of_bits (guint64 mode)
{
  return ((mode & S_ISUID) != 0 ? ASSAY_RIGHT_SET_USER_ID : 0) | ((mode & S_ISGID) != 0 ? ASSAY_RIGHT_SET_GROUP_ID : 0);
}

static guint
rights_of_mode (const char *octal)
{
  return octal == NULL ? 0 : rights_of_bits (g_ascii_strtoull (octal, NULL, 8));
}

/* The field "xl" of libarchive: of what it says in front of the data which of these are there: two bytes of a version,
 * two of internal attributes, four of external ones, in which the mode is. */
static guint
rights_of_libarchive (const guint8 *field, gsize length)
{
  gsize at = 1;
  if (length < 1)
    return 0;
  at += (field[0] & 1) != 0 ? 2 : 0;
  at += (field[0] & 2) != 0 ? 2 : 0;
  return (field[0] & 4) != 0 && length >= at + 4 ? rights_of_bits (assay_get_le32 (field + at) >> 16) : 0;
}

/* Modes in an extra field, of which unzip takes one where the attributes have none. */
static guint
rights_of_extra (const AssayNode *node, const char *fact)
{
  g_autoptr (GBytes) extra = assay_facts_get_hex (node->facts, fact);
  const guint8 *field;
  guint rights = 0;
  gsize at = 0;
  guint tag = 0;
  gsize length = 0;
  while ((field = assay_zip_next_extra (extra, &at, &tag, &length)) != NULL)
    if (tag == ASSAY_ZIP_EXTRA_ASI && length >= ASI_MODE_END)
      rights |= rights_of_bits (assay_get_le16 (field + ASI_MODE_END - 2));
    else if (tag == ZIP_EXTRA_LIBARCHIVE)
      rights |= rights_of_libarchive (field, length);
  return rights;
}

/* An entry of a zip that is not of Unix has no fact of its mode, since readers differ; some take it for one. */
static guint
rights_of_zip (const AssayNode *node)
{
  const char *attributes = assay_node_get_fact (node, "external-attributes");
  guint64 made_by = 0;
  if (strcmp (node->parent->format, "zip") != 0 || attributes == NULL
      || !assay_facts_get_number (node->facts, "version-made-by", 10, 0, &made_by))
    return 0;
  return rights_of_bits (assay_zip_mode_of_unzip ((guint)made_by, (guint32)g_ascii_strtoull (attributes, NULL, 16)))
         | rights_of_extra (node, "extra") | rights_of_extra (node, "local-extra");
}

/* libarchive takes the upper half of an entry's attributes in a 7z for a mode, whatever the flag beside it says. */
static guint
rights_of_7z (const AssayNode *node)
{
  const char *attributes = assay_node_get_fact (node, "attributes");
  if (strcmp (node->parent->format, "7z") != 0 || attributes == NULL)
    return 0;
  return rights_of_bits ((guint)(g_ascii_strtoull (attributes, NULL, 16) >> 16));
}

GHashTable *
assay_rights_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
}

/* What the header of a package says of its files, found once: a package may have any number of them. */
static GHashTable *
marks_of (GHashTable *packages, const AssayNode *package)
{
  GHashTable *marks = g_hash_table_lookup (packages, package);
  if (marks != NULL)
    return marks;
  marks = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; package->own_facts != NULL && i < package->own_facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (package->own_facts, AssayFact, i);
      if (g_str_has_prefix (fact->name, ASSAY_RPM_FILE_MARK))
        g_hash_table_insert (marks, (gpointer)fact->name, fact->value);
    }
  g_hash_table_insert (packages, (gpointer)package, marks);
  return marks;
}

/* "mode 0104755, capabilities ..." of a file in the header of the package around it (unpack/rpm/rpm.h). */
static guint
rights_of_package (GHashTable *packages, const AssayNode *node)
{
  const AssayNode *package = node->parent;
  while (package != NULL && strcmp (package->format, "rpm") != 0)
    package = package->parent;
  if (package == NULL)
    return 0;
  g_autofree char *plain = assay_scope_plain_name (node);
  g_autofree char *fact = g_strconcat (ASSAY_RPM_FILE_MARK "/", plain, NULL);
  const char *text = g_hash_table_lookup (marks_of (packages, package), fact);
  if (text == NULL || !g_str_has_prefix (text, "mode "))
    return 0;
  return rights_of_mode (text + strlen ("mode "))
         | (strstr (text, ", capabilities ") != NULL ? ASSAY_RIGHT_CAPABILITIES : 0);
}

/* libarchive keeps attributes of an entry of a tar under names of its own, parts of which may be written as in a URL.
 */
static gboolean
has_capabilities_of_libarchive (const AssayNode *node)
{
  static const char begin[] = "pax.LIBARCHIVE.xattr.";
  for (guint i = 0; node->facts != NULL && i < node->facts->len; i++)
    {
      const char *name = g_array_index (node->facts, AssayFact, i).name;
      if (!g_str_has_prefix (name, begin))
        continue;
      g_autofree char *lower = g_ascii_strdown (name + strlen (begin), -1);
      if (strchr (lower, '%') != NULL || strstr (lower, "capability") != NULL)
        return TRUE;
    }
  return FALSE;
}

static guint
rights_of_attributes (const AssayNode *node)
{
  gboolean has = assay_node_get_fact (node, CAPABILITY_FACT) != NULL || assay_node_get_fact (node, AAIP_FACT) != NULL
                 || has_capabilities_of_libarchive (node);
  return has ? ASSAY_RIGHT_CAPABILITIES : 0;
}

guint
assay_node_rights (GHashTable *packages, const AssayNode *node)
{
  if (node->parent == NULL || (node->type != ASSAY_NODE_FILE && node->type != ASSAY_NODE_HARDLINK))
    return 0;
  return rights_of_mode (assay_node_get_fact (node, "mode")) | rights_of_attributes (node) | rights_of_zip (node)
         | rights_of_7z (node) | rights_of_package (packages, node);
}
