#include "unpack/iso/iso.h"

#include "unpack/bytes.h"
#include "util/text.h"

#include <string.h>

static const char *const time_names[ASSAY_ISO_ROCK_TIMES]
    = { "birthtime", "mtime", "atime", "ctime", "backup-time", "expires", "effective" };

AssayNodeType
assay_iso_rock_type (const AssayIsoRock *rock)
{
  return assay_node_type_of_mode (rock->mode);
}

/* How an entry is written, where that is not in one piece in its record: readers that do not put pieces together, or
 * look at the record alone, show another name or target, or none (7-Zip, IsoItem.h). */
static void
state_form (const AssayIsoRock *rock, AssayNode *child)
{
  if (rock->name_entries > 1)
    assay_facts_add_raw (child->facts, "name-parts", rock->name_parts->str, rock->name_parts->len);
  if (rock->target_entries > 1 || rock->target_divided)
    assay_facts_add (child->facts, "link-parts", "%s", rock->target_parts->str);
  if (rock->unlisted)
    assay_facts_add (child->facts, "unlisted", "yes");
  if (rock->continued != NULL)
    assay_facts_add (child->facts, "continued", "%s", rock->continued->str);
}

static void
state_entry (const AssayIsoRock *rock, AssayNode *child)
{
  if (rock->has_attributes)
    {
      assay_facts_add (child->facts, "mode", "0%06o", rock->mode);
      assay_facts_add_number (child->facts, "uid", rock->uid);
      assay_facts_add_number (child->facts, "gid", rock->gid);
      assay_facts_add_number (child->facts, "nlink", rock->links);
    }
  if (rock->moved)
    assay_facts_add (child->facts, "relocated", "yes");
  state_form (rock, child);
  if (rock->attributes != NULL)
    assay_facts_add (child->facts, "xattr.aaip", "%s", rock->attributes->str);
  if (rock->long_times)
    assay_facts_add (child->facts, "long-times", "yes");
  if (rock->has_inode)
    assay_facts_add_number (child->facts, "inode", rock->inode);
  /* Linux takes both halves apart again where the upper one is zero. */
  if (rock->has_device)
    assay_facts_add (child->facts, "device", "%u:%u", rock->device_high, rock->device_low);
  if (rock->target != NULL)
    assay_facts_add_raw (child->facts, "link", rock->target->str, rock->target->len);
  if (rock->compression != NULL)
    assay_facts_add (child->facts, "not-decoded", "zisofs %s", rock->compression);
}

/* Linux has mode, owner and links of a directory from its own record (isofs_read_inode()), and others from the one in
 * the directory around it: said only where they are not the same. No entry leads to the root, of which all is said but
 * how many links it has, which is how many directories are in it. */
static void
state_own_attributes (const AssayIsoRock *rock, const AssayNode *child, GArray *facts)
{
  const struct
  {
    const char *name;
    const char *own_name;
    char *value;
  } said[] = { { "mode", "dot.mode", g_strdup_printf ("0%06o", rock->mode) },
               { "uid", "dot.uid", g_strdup_printf ("%u", rock->uid) },
               { "gid", "dot.gid", g_strdup_printf ("%u", rock->gid) },
               { "nlink", "dot.nlink", child == NULL ? NULL : g_strdup_printf ("%u", rock->links) } };
  if (!rock->has_attributes && child != NULL && assay_node_get_fact (child, "mode") != NULL)
    assay_facts_add (facts, "dot.mode", "none");
  for (gsize i = 0; i < G_N_ELEMENTS (said); i++)
    {
      const char *known = child == NULL ? NULL : assay_node_get_fact (child, said[i].name);
      if (rock->has_attributes && g_strcmp0 (known, said[i].value) != 0)
        assay_facts_add (facts, said[i].own_name, "%s", said[i].value);
      g_free (said[i].value);
    }
}

/* And it reads no further in one that is marked as moved, and goes by the first digits of times in the long form. */
static void
state_own_record (AssayIso *iso, const AssayIsoRock *rock, const AssayNode *child)
{
  GArray *facts = child == NULL ? iso->container->node->own_facts : child->facts;
  state_own_attributes (rock, child, facts);
  if (rock->moved)
    assay_facts_add (facts, "dot.relocated", "yes");
  if (rock->unlisted)
    assay_facts_add (facts, "dot.unlisted", "yes");
  if (rock->long_times)
    assay_facts_add (facts, "dot.long-times", "yes");
  if (rock->attributes != NULL)
    assay_facts_add (facts, "dot.xattr.aaip", "%s", rock->attributes->str);
  if (child == NULL && rock->extensions != NULL)
    assay_facts_add_raw (facts, "dot.extensions", rock->extensions->str, rock->extensions->len);
}

/* What a run has beside the times in it, which come in order. */
static void
add_run (AssayIso *iso, const AssayIsoRock *rock, const AssayNode *child, const AssayIsoRun *run)
{
  guint64 at = run->offset;
  guint64 end = run->offset + run->length;
  guint64 size = rock->long_times ? ASSAY_ISO_TIME_LONG : ASSAY_ISO_TIME_SHORT;
  for (guint i = 0; i < ASSAY_ISO_ROCK_TIMES; i++)
    {
      guint64 time = rock->times[i].offset;
      if (rock->times[i].bytes == NULL || time < at || time >= end)
        continue;
      assay_iso_span (iso, at, time - at, child, "iso rock ridge");
      at = time + size;
    }
  assay_iso_span (iso, at, end - at, child, "iso rock ridge");
}

void
assay_iso_rock_state (AssayIso *iso, const AssayIsoRock *rock, AssayNode *child, const char *dots)
{
  for (guint i = 0; i < rock->spans->len; i++)
    add_run (iso, rock, child, &g_array_index (rock->spans, AssayIsoRun, i));
  for (guint i = 0; i < ASSAY_ISO_ROCK_TIMES; i++)
    if (rock->times[i].bytes != NULL)
      {
        g_autofree char *name = g_strconcat (dots, time_names[i], NULL);
        assay_iso_add_time (iso, child, assay_text_intern (name),
                            rock->long_times ? ASSAY_ISO_TIME_LONG : ASSAY_ISO_TIME_SHORT, rock->times[i].bytes,
                            rock->times[i].offset);
      }
  if (child != NULL && dots[0] == '\0')
    state_entry (rock, child);
  if (strcmp (dots, "dot.") == 0)
    state_own_record (iso, rock, child);
}
