#include "report/stored.h"

#include "judge/words.h"
#include "report/form.h"
#include "report/schema.h"
#include "report/stored_head.h"
#include "report/stored_program.h"
#include "util/json.h"

#include <string.h>

static void
free_account (gpointer data)
{
  assay_stored_clear_program (data);
  g_free (data);
}

static void
free_node (gpointer data)
{
  AssayNode *node = data;
  g_free (node->path);
  g_free (node->trouble);
  g_free (node);
}

static void
free_fact (gpointer data)
{
  AssayFactAccount *fact = data;
  g_free (fact->shipped);
  g_free (fact->expected);
  g_free (fact);
}

static void
free_missing (gpointer data)
{
  g_free (((AssayMissing *)data)->path);
  g_free (data);
}

static AssayStored *
stored_new (json_t *json)
{
  AssayStored *stored = g_new0 (AssayStored, 1);
  stored->json = json_incref (json);
  stored->account = g_new0 (AssayAccount, 1);
  stored->account->nodes = g_ptr_array_new_with_free_func (free_account);
  stored->account->facts = g_ptr_array_new_with_free_func (free_fact);
  stored->account->findings = assay_findings_new ();
  stored->account->undecided = g_ptr_array_new ();
  stored->account->unmatched_scope = g_ptr_array_new ();
  stored->pairing = g_new0 (AssayPairing, 1);
  stored->pairing->missing = g_ptr_array_new_with_free_func (free_missing);
  stored->pairing->unmatched = g_ptr_array_new ();
  stored->above = g_array_new (FALSE, FALSE, sizeof (guint));
  stored->file_verdicts = g_ptr_array_new ();
  stored->nodes = g_ptr_array_new_with_free_func (free_node);
  stored->used = g_ptr_array_new_with_free_func (g_free);
  stored->inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_policy_input_free);
  stored->texts = g_string_chunk_new (256);
  stored->keys = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  return stored;
}

void
assay_stored_free (AssayStored *stored)
{
  if (stored == NULL)
    return;
  g_ptr_array_unref (stored->account->nodes);
  g_ptr_array_unref (stored->account->facts);
  assay_findings_unref (stored->account->findings);
  g_ptr_array_unref (stored->account->undecided);
  g_ptr_array_unref (stored->account->unmatched_scope);
  g_clear_pointer (&stored->account->grants, g_ptr_array_unref);
  g_clear_pointer (&stored->account->holds, g_array_unref);
  g_free (stored->account);
  g_ptr_array_unref (stored->pairing->missing);
  g_ptr_array_unref (stored->pairing->unmatched);
  g_clear_pointer (&stored->pairing->ambiguous, g_ptr_array_unref);
  g_free (stored->pairing);
  g_array_unref (stored->above);
  g_ptr_array_unref (stored->file_verdicts);
  g_ptr_array_unref (stored->nodes);
  g_ptr_array_unref (stored->used);
  g_ptr_array_unref (stored->inputs);
  g_array_unref (stored->keys);
  g_string_chunk_free (stored->texts);
  g_clear_pointer (&stored->failures, g_ptr_array_unref);
  g_clear_pointer (&stored->reasons, g_ptr_array_unref);
  g_strfreev (stored->scope);
  json_decref (stored->json);
  g_free (stored);
}

/** A reading of one report. */
typedef struct
{
  AssayStored *stored;
  GHashTable *by_path; /* path to AssayNodeAccount */
} Reading;

static AssayNodeType
type_of (const char *name)
{
  for (int type = ASSAY_NODE_UNKNOWN; type <= ASSAY_NODE_SOCKET; type++)
    if (g_strcmp0 (name, assay_node_type_name ((AssayNodeType)type)) == 0)
      return (AssayNodeType)type;
  return ASSAY_NODE_UNKNOWN;
}

static gboolean
read_origin (const json_t *file, const char *path, AssayNodeAccount *out, GError **error)
{
  const char *name = NULL;
  if (!assay_form_optional_text (file, path, "origin", &name, error))
    return FALSE;
  out->has_origin = name != NULL;
  for (int origin = ASSAY_ORIGIN_UNKNOWN; origin <= ASSAY_ORIGIN_OPAQUE; origin++)
    if (name == NULL || strcmp (name, assay_words_origin ((AssayOrigin)origin)) == 0)
      {
        out->origin = (AssayOrigin)origin;
        return TRUE;
      }
  return assay_form_fail (path, "origin", error);
}

/* The digest of a file, where it was made; of the container that it may be none was. */
static gboolean
read_digest (const json_t *file, const char *path, AssayNodeAccount *out, GError **error)
{
  out->has_digest = json_object_get (file, "sha256") != NULL;
  out->has_expected_digest = json_object_get (file, "expected_sha256") != NULL;
  return (!out->has_digest || assay_form_digest (file, path, "sha256", &out->digest, error))
         && (!out->has_expected_digest
             || assay_form_digest (file, path, "expected_sha256", &out->expected_digest, error));
}

static guint
find_above (const Reading *reading, const AssayNode *node)
{
  const char *joint = NULL;
  for (const char *at = strstr (node->path, "//"); at != NULL; at = strstr (at + 2, "//"))
    joint = at;
  g_autofree char *path = joint == NULL ? g_strdup (".") : g_strndup (node->path, (gsize)(joint - node->path));
  const AssayNodeAccount *above = node->index == 0 ? NULL : g_hash_table_lookup (reading->by_path, path);
  return above == NULL ? 0 : above->node->index + 1;
}

static gboolean
read_file (Reading *reading, const json_t *file, GError **error)
{
  AssayAccount *account = reading->stored->account;
  const char *path = NULL;
  const char *type = NULL;
  const char *verdict = NULL;
  const char *trouble = NULL;
  guint64 own = 0;
  if (!assay_form_text (file, "an element of files", "path", &path, error))
    return FALSE;
  const json_t *accounting = assay_form_object (file, path, "accounting", error);
  AssayNode *node = g_new0 (AssayNode, 1);
  AssayNodeAccount *node_account = g_new0 (AssayNodeAccount, 1);
  node->index = reading->stored->nodes->len;
  g_ptr_array_add (reading->stored->nodes, node);
  g_ptr_array_add (account->nodes, node_account);
  node_account->node = node;
  node->path = g_strdup (path);
  if (accounting == NULL || !assay_form_classes (accounting, path, node_account->totals, &own, error)
      || !assay_form_count (accounting, path, "payload", &node_account->payload, error)
      || !assay_form_count (file, path, "size", &node->size, error)
      || !assay_form_text (file, path, "type", &type, error)
      || !assay_form_text (file, path, "format", &node->format, error)
      || !assay_form_text (file, path, "verdict", &verdict, error) || !read_origin (file, path, node_account, error)
      || !read_digest (file, path, node_account, error)
      || !assay_form_optional_text (file, path, "trouble", &trouble, error)
      || !assay_stored_read_program (file, path, node_account, error))
    return FALSE;
  node->trouble = g_strdup (trouble);
  node->type = type_of (type);
  node_account->in_scope = strcmp (verdict, "outside") != 0;
  const guint above = find_above (reading, node);
  g_array_append_val (reading->stored->above, above);
  g_ptr_array_add (reading->stored->file_verdicts, (gpointer)verdict);
  /* A path says which node is meant. */
  return g_hash_table_insert (reading->by_path, node->path, node_account) || assay_form_fail (path, "path", error);
}

/* The element that it was read from may be gone before the report is. */
static const char *
keep_text (const Reading *reading, const char *text)
{
  return text == NULL ? NULL : g_string_chunk_insert_const (reading->stored->texts, text);
}

/* The line of the policy behind something that is waived. */
static gboolean
read_waiver (Reading *reading, const json_t *element, const AssayFactAccount *fact, const AssayFinding *finding,
             GError **error)
{
  const AssayNode *node = fact != NULL ? fact->node : finding->node;
  AssayClass class_ = fact != NULL ? fact->class_ : finding->class_;
  const char *kind = NULL;
  guint64 line = 0;
  if (class_ != ASSAY_CLASS_WAIVED)
    return json_object_get (element, "waiver") == NULL || assay_form_fail (node->path, "waiver", error);
  const json_t *waiver = assay_form_object (element, node->path, "waiver", error);
  AssayStoredLine *used = g_new0 (AssayStoredLine, 1);
  g_ptr_array_add (reading->stored->used, used);
  used->where = g_hash_table_lookup (reading->by_path, node->path);
  used->fact = fact;
  used->has_finding = finding != NULL;
  used->finding = finding == NULL ? 0 : assay_findings_length (reading->stored->account->findings) - 1;
  if (waiver == NULL || !assay_form_text (waiver, node->path, "kind", &kind, error)
      || !assay_form_count (waiver, node->path, "line", &line, error)
      || !assay_form_text (waiver, node->path, "reason", &used->reason, error)
      || !assay_form_optional_text (waiver, node->path, "owner", &used->owner, error))
    return FALSE;
  used->reason = keep_text (reading, used->reason);
  used->owner = keep_text (reading, used->owner);
  used->is_blob = strcmp (kind, "blob") == 0;
  used->line = (int)MIN (line, G_MAXINT);
  return used->is_blob || strcmp (kind, "waiver") == 0 || assay_form_fail (node->path, "waiver", error);
}

static const AssayNode *
find_node (const Reading *reading, const json_t *element, const char *where, GError **error)
{
  const char *path = NULL;
  if (!assay_form_text (element, where, "path", &path, error))
    return NULL;
  const AssayNodeAccount *node_account = g_hash_table_lookup (reading->by_path, path);
  if (node_account == NULL)
    assay_form_fail (where, "path", error);
  return node_account == NULL ? NULL : node_account->node;
}

static gboolean
read_fact (Reading *reading, const json_t *element, GError **error)
{
  static const char where[] = "an element of facts";
  const AssayNode *node = find_node (reading, element, where, error);
  const char *shipped = NULL;
  const char *expected = NULL;
  if (node == NULL)
    return FALSE;
  AssayFactAccount *fact = g_new0 (AssayFactAccount, 1);
  g_ptr_array_add (reading->stored->account->facts, fact);
  fact->node = node;
  if (!assay_form_class (element, where, "class", &fact->class_, error)
      || !assay_form_text (element, where, "fact", &fact->fact, error)
      || !assay_form_text (element, where, "rule", &fact->rule, error)
      || !assay_form_optional_text (element, where, "shipped", &shipped, error)
      || !assay_form_optional_text (element, where, "expected", &expected, error))
    return FALSE;
  fact->shipped = g_strdup (shipped);
  fact->expected = g_strdup (expected);
  return read_waiver (reading, element, fact, NULL, error);
}

/* The first bytes of the finding on one side; left out where there are none, or none were read. */
static gboolean
read_window (const json_t *element, const char *key, guint64 length, guint8 *out, guint8 *out_length, GError **error)
{
  static const char where[] = "an element of findings";
  const char *text = NULL;
  if (!assay_form_optional_text (element, where, key, &text, error))
    return FALSE;
  gsize digits = text == NULL ? 0 : strlen (text);
  if (digits % 2 != 0 || digits / 2 > MIN (length, ASSAY_FINDING_HEX_BYTES)
      || (text != NULL && strspn (text, "0123456789abcdef") != digits))
    return assay_form_fail (where, key, error);
  for (gsize i = 0; i < digits / 2; i++)
    out[i] = (guint8)(g_ascii_xdigit_value (text[2 * i]) * 16 + g_ascii_xdigit_value (text[2 * i + 1]));
  *out_length = (guint8)(digits / 2);
  return TRUE;
}

static gboolean
read_words (const Reading *reading, const json_t *element, const char *where, AssayFinding *finding, GError **error)
{
  const char *section = NULL;
  const char *symbol = NULL;
  const char *named_by = NULL;
  gboolean is_function = json_object_get (element, "function") != NULL;
  if (!assay_form_optional_text (element, where, "section", &section, error)
      || !assay_form_optional_text (element, where, "symbol", &symbol, error)
      || !assay_form_optional_text (element, where, "named_by", &named_by, error))
    return FALSE;
  if (section == NULL && symbol == NULL && named_by == NULL && !is_function)
    return TRUE;
  AssayFindingWords *words = assay_finding_tell (finding);
  words->section = g_strdup (section);
  words->symbol = g_strdup (symbol);
  words->named_by = keep_text (reading, named_by);
  words->is_function = is_function;
  return TRUE;
}

static gboolean
read_finding (Reading *reading, const json_t *element, GError **error)
{
  static const char where[] = "an element of findings";
  const AssayNode *node = find_node (reading, element, where, error);
  const json_t *range = node == NULL ? NULL : assay_form_object (element, where, "range", error);
  guint64 offset = 0;
  guint64 length = 0;
  if (range == NULL || !assay_form_count (range, where, "offset", &offset, error)
      || !assay_form_count (range, where, "length", &length, error))
    return FALSE;
  AssayFinding *finding = assay_findings_begin (reading->stored->account->findings);
  finding->node = node;
  finding->order = node->index;
  finding->offset = offset;
  finding->length = length;
  if (!read_window (element, "shipped", length, finding->shipped, &finding->shipped_length, error)
      || !read_window (element, "expected", length, finding->expected, &finding->expected_length, error)
      || !assay_form_class (element, where, "class", &finding->class_, error)
      || !assay_form_text (element, where, "rule", &finding->rule, error))
    return FALSE;
  finding->rule = keep_text (reading, finding->rule);
  return read_words (reading, element, where, finding, error) && read_waiver (reading, element, NULL, finding, error);
}

static gboolean
read_missing (Reading *reading, const json_t *element, GError **error)
{
  const char *path = NULL;
  if (!assay_form_text (element, "an element of missing", "path", &path, error))
    return FALSE;
  AssayMissing *missing = g_new0 (AssayMissing, 1);
  missing->path = g_strdup (path);
  g_ptr_array_add (reading->stored->pairing->missing, missing);
  return TRUE;
}

static gboolean
read_elements (Reading *reading, const char *key, gboolean (*read) (Reading *, const json_t *, GError **),
               GError **error)
{
  const json_t *array = assay_form_array (reading->stored->json, "the report", key, error);
  const json_t *element;
  size_t index;
  if (array == NULL)
    return FALSE;
  json_array_foreach (array, index, element)
  {
    if (!json_is_object (element))
      return assay_form_fail ("the report", key, error);
    if (!read (reading, element, error))
      return FALSE;
  }
  return TRUE;
}

/* Findings that are not in the tree. */
static gboolean
read_listing (Reading *reading, AssayListing *listing, GError **error)
{
  guint length = assay_listing_length (listing);
  for (guint i = 0; i < length; i++)
    {
      const json_t *element = assay_listing_look (listing, i);
      if (!assay_schema_check_finding (element, error) || !read_finding (reading, element, error))
        return FALSE;
    }
  return assay_listing_check (listing, error);
}

static gboolean
read_sums (AssayStored *stored, GError **error)
{
  static const char where[] = "the report";
  const json_t *accounting = assay_form_object (stored->json, where, "accounting", error);
  const json_t *facts = accounting == NULL ? NULL : assay_form_object (stored->json, where, "fact_accounting", error);
  const json_t *judged = facts == NULL ? NULL : assay_form_object (stored->json, where, "judged", error);
  AssayAccount *account = stored->account;
  return judged != NULL && assay_form_classes (accounting, "accounting", account->totals, &account->total, error)
         && assay_form_classes (facts, "fact_accounting", account->fact_totals, &stored->fact_total, error)
         && assay_form_count (judged, "judged", "bytes", &stored->judged, error)
         && assay_form_count (judged, "judged", "of", &stored->judged_of, error);
}

/* What is signed, as lines of the policy say: only in scope. */
static gboolean
read_holds (Reading *reading, GError **error)
{
  const json_t *policy = json_object_get (reading->stored->json, "policy");
  AssayAccount *account = reading->stored->account;
  const json_t *entry;
  size_t index;
  account->holds = g_array_new (FALSE, FALSE, sizeof (AssaySignatureHold));
  json_array_foreach (json_object_get (policy, "signatures"), index, entry)
  {
    guint64 number = 0;
    AssaySignatureHold hold = { .node = find_node (reading, entry, "an element of signatures", error) };
    if (hold.node == NULL || !assay_form_count (entry, hold.node->path, "number", &number, error)
        || !assay_form_text (entry, hold.node->path, "slot", &hold.slot, error))
      return FALSE;
    const AssayNodeAccount *node_account = g_hash_table_lookup (reading->by_path, hold.node->path);
    hold.number = (guint)MIN (number, G_MAXUINT);
    if (node_account->in_scope)
      g_array_append_val (account->holds, hold);
  }
  return TRUE;
}

AssayStored *
assay_stored_read (json_t *json, GError **error)
{
  const AssayReportSource source = { .json = json };
  return assay_stored_read_source (&source, error);
}

AssayStored *
assay_stored_read_source (const AssayReportSource *source, GError **error)
{
  if (!assay_schema_check (source->json, error))
    return NULL;
  g_autoptr (AssayStored) stored = stored_new (source->json);
  g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);
  Reading reading = { stored, by_path };
  if (!read_sums (stored, error) || !read_elements (&reading, "files", read_file, error)
      || !read_elements (&reading, "facts", read_fact, error)
      || !read_elements (&reading, "findings", read_finding, error)
      || (source->findings != NULL && !read_listing (&reading, source->findings, error))
      || !read_elements (&reading, "missing", read_missing, error) || !assay_stored_read_head (stored, error)
      || !read_holds (&reading, error))
    return NULL;
  return g_steal_pointer (&stored);
}
