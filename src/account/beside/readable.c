#include "account/beside/beside.h"

#include "unpack/fact.h"
#include "unpack/zip/zip.h"

#include <string.h>

/*
 * Entries of an archive, in scope or beside it, at which some reader stops or goes on elsewhere (T2).
 */

/* 4.5, which Zip64 needs, unzip 6 has without bzip2; what assay reads needs 2.0. The upper byte is zero. */
#define VERSION_MAX 45

/* A stored entry whose length stands behind it alone: who reads an archive as a stream looks for the end in what is
 * stored, which may hold one, and other entries behind it (libarchive). */
static gboolean
is_stored_with_end_behind (const AssayNode *entry)
{
  guint64 method = 0;
  return assay_node_get_fact (entry, "data-descriptor") != NULL
         && (!assay_facts_get_number (entry->facts, "method", 10, 0, &method) || method == ASSAY_ZIP_STORED);
}

static void
judge_ends (AssayWork *work, const AssayNode *child, const AssayNode *theirs)
{
  static const char *const descriptor[] = { "data-descriptor", NULL };
  if (is_stored_with_end_behind (child))
    assay_beside_facts (work, child, descriptor, child->facts,
                        theirs != NULL && is_stored_with_end_behind (theirs) ? theirs->facts : NULL);
}

/* BusyBox's unzip ends at a symbolic link that is compressed. */
static gboolean
is_packed_link (const AssayNode *entry)
{
  guint64 method = 0;
  return entry != NULL && entry->type == ASSAY_NODE_SYMLINK
         && assay_facts_get_number (entry->facts, "method", 10, 0, &method) && method != ASSAY_ZIP_STORED;
}

static void
judge_link (AssayWork *work, const AssayNode *child, const AssayNode *theirs)
{
  static const char *const method[] = { "method", NULL };
  if (is_packed_link (child))
    assay_beside_facts (work, child, method, child->facts, is_packed_link (theirs) ? theirs->facts : NULL);
}

static void
judge_zip (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  static const char *const versions[] = { "version-needed", "local-version-needed" };
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      for (gsize j = 0; j < G_N_ELEMENTS (versions); j++)
        {
          const char *const name[] = { versions[j], NULL };
          guint64 version = 0;
          if (!assay_facts_get_number (child->facts, name[0], 10, 0, &version) || version > VERSION_MAX)
            assay_beside_facts (work, child, name, child->facts, theirs == NULL ? NULL : theirs->facts);
        }
      judge_ends (work, child, theirs);
      judge_link (work, child, theirs);
    }
}

/* @fact: of an entry of another form than the archive says of all. @entry: (nullable): what it says of all */
static const char *
variant_of (const AssayNode *archive, const AssayNode *entry, const char *fact)
{
  const char *variant = entry == NULL ? NULL : assay_node_get_fact (entry, fact);
  return variant != NULL || archive->own_facts == NULL ? variant : assay_facts_get (archive->own_facts, "variant");
}

/* Of headers without the magic of POSIX, which BusyBox takes for the end of what it can read. */
static gboolean
is_without_magic (const AssayNode *tar, const AssayNode *entry)
{
  const char *variant = variant_of (tar, entry, "header.variant");
  return variant != NULL && g_str_has_prefix (variant, "v7");
}

/* A global header of pax is a file of its name to who knows none of these. */
static void
judge_global_headers (AssayWork *work, const AssayNode *node)
{
  for (guint i = 0; node->own_facts != NULL && i < node->own_facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->own_facts, AssayFact, i);
      if (strcmp (fact->name, "global-name") != 0)
        continue;
      for (guint k = 0; k < node->children->len; k++)
        {
          const AssayNode *child = g_ptr_array_index (node->children, k);
          g_autofree char *plain = assay_scope_plain_name (child);
          if (strcmp (plain, fact->value) == 0 && assay_beside_is_held (work, child))
            assay_account_add_fact (work, child, "global-name", fact->value, NULL, ASSAY_CLASS_UNEXPLAINED,
                                    "no-counterpart");
        }
    }
}

/* A tar of which all headers are so is one that such a reader never reads. */
static void
judge_tar (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  gboolean all = expected != NULL && is_without_magic (expected, NULL);
  guint without = 0;
  judge_global_headers (work, node);
  for (guint i = 0; i < node->children->len; i++)
    without += is_without_magic (node, g_ptr_array_index (node->children, i)) ? 1 : 0;
  if (all || (expected == NULL && without == node->children->len))
    return;
  for (guint i = 0; without > 0 && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      if (is_without_magic (node, child) && !(theirs != NULL && is_without_magic (expected, theirs)))
        assay_account_add_fact (work, child, "header.variant", "v7", "of POSIX or GNU", ASSAY_CLASS_UNEXPLAINED,
                                "differs");
    }
}

/* GNU cpio takes all headers for such as the first one is, and passes over others as over anything. */
static void
judge_cpio (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  static const char fact[] = "variant";
  const char *of_all = variant_of (expected != NULL ? expected : node, NULL, fact);
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      const char *wanted = theirs == NULL ? of_all : variant_of (expected, theirs, fact);
      const char *variant = variant_of (node, child, fact);
      if (g_strcmp0 (variant, wanted) != 0)
        assay_account_add_fact (work, child, fact, variant, wanted, ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

void
assay_beside_readable (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (strcmp (node->format, "zip") == 0)
    judge_zip (work, node, expected);
  else if (strcmp (node->format, "tar") == 0)
    judge_tar (work, node, expected);
  else if (strcmp (node->format, "cpio") == 0)
    judge_cpio (work, node, expected);
}
