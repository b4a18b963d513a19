#include "report/recount_code.h"

#include "report/form.h"
#include "util/checked.h"

#include <string.h>

static char *
blame (const AssayNode *node, const char *fault)
{
  return g_strdup_printf ("%s %s", strcmp (node->path, ".") == 0 ? "the image" : node->path, fault);
}

/* The first finding that does not end before an offset. */
static guint
find_finding (const AssayFindingRun *findings, guint64 offset)
{
  guint low = 0;
  for (guint high = findings->length; low < high;)
    {
      guint middle = low + (high - low) / 2;
      const AssayFinding *finding = assay_finding_run_get (findings, middle);
      if (finding->offset + finding->length <= offset)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The heaviest class (T1) of the bytes of a range. */
static AssayClass
class_of_range (const AssayFindingRun *findings, guint64 offset, guint64 length)
{
  static const AssayClass order[]
      = { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_STRUCTURE,      ASSAY_CLASS_EXPLAINED,  ASSAY_CLASS_WAIVED,
          ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNEXPLAINED };
  gsize worst = 0;
  for (guint i = find_finding (findings, offset); i < findings->length; i++)
    {
      const AssayFinding *finding = assay_finding_run_get (findings, i);
      if (finding->offset >= offset + length)
        break;
      for (gsize j = worst + 1; j < G_N_ELEMENTS (order); j++)
        if (order[j] == finding->class_)
          worst = j;
    }
  return order[worst];
}

static gboolean
section_adds_up (const AssayNode *node, const AssayFindingRun *findings, const json_t *section)
{
  guint64 offset = 0;
  guint64 size = 0;
  AssayClass class_ = ASSAY_CLASS_UNDECIDED;
  AssayDigest digest;
  AssayDigest expected;
  if (!assay_form_count (section, "", "offset", &offset, NULL) || !assay_form_count (section, "", "size", &size, NULL)
      || !assay_form_class (section, "", "class", &class_, NULL))
    return FALSE;
  /* Without a digest nothing was said of its bytes: it has none, or shares them. */
  if (json_object_get (section, "sha256") == NULL)
    return json_object_get (section, "expected_sha256") == NULL;
  gboolean equal = assay_form_digest (section, "", "sha256", &digest, NULL)
                   && assay_form_digest (section, "", "expected_sha256", &expected, NULL)
                   && assay_digest_equal (&digest, &expected);
  return assay_range_fits (offset, size, node->size) && class_ == class_of_range (findings, offset, size)
         && (class_ != ASSAY_CLASS_IDENTICAL || equal);
}

/** The bytes of a section. */
typedef struct
{
  guint64 offset;
  guint64 size;
} Place;

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  const Place *first = a;
  const Place *second = b;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

/* A section has a digest where it shares its bytes with no other. */
static gboolean
are_apart (const json_t *sections)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  const json_t *section;
  size_t index;
  json_array_foreach (sections, index, section)
  {
    Place place = { 0, 0 };
    if (json_object_get (section, "sha256") != NULL && assay_form_count (section, "", "offset", &place.offset, NULL)
        && assay_form_count (section, "", "size", &place.size, NULL) && place.size > 0)
      g_array_append_val (places, place);
  }
  g_array_sort (places, by_offset);
  for (guint i = 1; i < places->len; i++)
    {
      const Place *before = &g_array_index (places, Place, i - 1);
      if (g_array_index (places, Place, i).offset - before->offset < before->size)
        return FALSE;
    }
  return TRUE;
}

/* A program that was read has both lists, if only empty ones, and a machine. */
static char *
check_lists (const AssayNode *node, const json_t *file)
{
  gboolean sections = json_object_get (file, "sections") != NULL;
  gboolean segments = json_object_get (file, "segments") != NULL;
  gboolean machine = json_object_get (file, "machine") != NULL;
  if (sections != segments || sections != machine)
    return blame (node, "has not all of sections, segments and machine, as a program has");
  return sections && strcmp (node->format, "elf") != 0 ? blame (node, "has sections, and is no program") : NULL;
}

static char *
check_sections (const AssayNode *node, const AssayFindingRun *findings, const json_t *file)
{
  const json_t *sections = json_object_get (file, "sections");
  const json_t *section;
  size_t index;
  json_array_foreach (sections, index, section)
  {
    if (!section_adds_up (node, findings, section))
      return blame (node, "has a section that is not what its findings say");
  }
  return are_apart (sections) ? NULL : blame (node, "has two sections of the same bytes, each with a digest");
}

/* A file that is equal in every byte has nothing that changed in it. */
static char *
check_changes (const AssayNodeAccount *node_account, gboolean has_size, const json_t *file)
{
  const AssayNode *node = node_account->node;
  const json_t *changes = json_object_get (file, "changes");
  const json_t *code = json_object_get (file, "code");
  const json_t *change;
  size_t index;
  gboolean equal = node_account->totals[ASSAY_CLASS_IDENTICAL] == node->size && !has_size;
  if (code != NULL && changes == NULL)
    return blame (node, "has counts of functions without what changed");
  if (equal && (json_array_size (changes) > 0 || code != NULL || json_object_get (file, "coarse") != NULL))
    return blame (node, "is identical, and has changes");
  json_array_foreach (changes, index, change)
  {
    guint64 offset = 0;
    guint64 size = 0;
    if (!assay_form_count (change, "", "shipped_offset", &offset, NULL)
        || !assay_form_count (change, "", "shipped_size", &size, NULL) || !assay_range_fits (offset, size, node->size))
      return blame (node, "has a change outside of it");
  }
  return NULL;
}

/* A finding in a function is in its symbol. Its section may be one of the rebuilt file, and is not looked up. */
static char *
check_names (const AssayNode *node, const AssayFindingRun *findings)
{
  for (guint i = 0; i < findings->length; i++)
    {
      const AssayFinding *finding = assay_finding_run_get (findings, i);
      if (assay_finding_words (finding)->is_function && assay_finding_words (finding)->symbol == NULL)
        return blame (node, "has a finding in a function without its symbol");
    }
  return NULL;
}

char *
assay_stored_audit_code (const AssayNodeAccount *node_account, const AssayFindingRun *findings, gboolean has_size,
                         const json_t *file)
{
  const AssayNode *node = node_account->node;
  char *fault = check_lists (node, file);
  if (fault == NULL)
    fault = check_sections (node, findings, file);
  if (fault == NULL)
    fault = check_changes (node_account, has_size, file);
  return fault != NULL ? fault : check_names (node, findings);
}
