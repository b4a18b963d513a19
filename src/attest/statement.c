#include "attest/statement.h"

#include "util/json.h"

#include <assay/error.h>

#include <string.h>

void
assay_statement_free (AssayStatement *statement)
{
  if (statement == NULL)
    return;
  json_decref (statement->json);
  g_free (statement);
}

static gboolean
fail (const char *problem, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "the statement %s", problem);
  return FALSE;
}

static gboolean
check_subjects (const json_t *subjects, GError **error)
{
  const json_t *subject, *digest;
  const char *name;
  size_t index;
  if (!json_is_array (subjects) || json_array_size (subjects) == 0)
    return fail ("has no member `subject` with at least one", error);
  if (json_array_size (subjects) > ASSAY_STATEMENT_SUBJECTS)
    return fail ("has more than 1024 subjects", error);
  json_array_foreach (subjects, index, subject)
  {
    const json_t *digests = json_object_get (subject, "digest");
    if (!json_is_object (digests) || json_object_size (digests) == 0)
      return fail ("has a subject without `digest`", error);
    json_object_foreach ((json_t *)(gsize)digests, name,
                         digest) if (!json_is_string (digest)) return fail ("has a digest that is no text", error);
  }
  return TRUE;
}

static gboolean
check (AssayStatement *statement, GError **error)
{
  const json_t *json = statement->json;
  const char *type = json_string_value (json_object_get (json, "_type"));
  statement->predicate_type = json_string_value (json_object_get (json, "predicateType"));
  statement->predicate = json_object_get (json, "predicate");
  if (g_strcmp0 (type, ASSAY_STATEMENT_TYPE) != 0)
    return fail ("is none of the type " ASSAY_STATEMENT_TYPE, error);
  if (statement->predicate_type == NULL)
    return fail ("has no member `predicateType`", error);
  if (!json_is_object (statement->predicate))
    return fail ("has no member `predicate` that is an object", error);
  return check_subjects (json_object_get (json, "subject"), error);
}

AssayStatement *
assay_statement_parse (GBytes *payload, GError **error)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (payload, &length);
  g_autoptr (GError) local = NULL;
  g_autoptr (AssayStatement) statement = g_new0 (AssayStatement, 1);
  statement->json = assay_json_parse (text == NULL ? "" : text, length, "statement", &local);
  if (statement->json == NULL)
    {
      g_autofree char *problem = g_strdup_printf ("is no strict JSON: %s", local->message);
      fail (problem, error);
      return NULL;
    }
  return check (statement, error) ? g_steal_pointer (&statement) : NULL;
}

static gboolean
names (const json_t *digests, const char *kind, const AssayDigest *wanted)
{
  AssayDigest digest;
  const char *hex = json_string_value (json_object_get (digests, kind));
  return hex != NULL && assay_digest_from_hex (hex, &digest) && assay_digest_equal (&digest, wanted);
}

gboolean
assay_statement_has_subject (const AssayStatement *statement, const AssayDigest *digest, AssaySubjectKind kind)
{
  const json_t *subject;
  size_t index;
  json_array_foreach (json_object_get (statement->json, "subject"), index, subject)
  {
    const json_t *digests = json_object_get (subject, "digest");
    if ((kind == ASSAY_SUBJECT_KIND_FILE && names (digests, ASSAY_SUBJECT_FILE, digest))
        || (kind == ASSAY_SUBJECT_KIND_TREE && names (digests, ASSAY_SUBJECT_TREE, digest)))
      return TRUE;
  }
  return FALSE;
}

GString *
assay_statement_write (const json_t *subjects, const char *predicate_type, const char *predicate)
{
  g_autoptr (json_t) type = json_string (predicate_type);
  g_autofree char *type_text = assay_json_line (type);
  g_autofree char *subject_text = assay_json_line (subjects);
  GString *text = g_string_new ("{\"_type\":\"" ASSAY_STATEMENT_TYPE "\",\"predicate\":");
  g_string_append (text, predicate);
  g_string_append_printf (text, ",\"predicateType\":%s,\"subject\":%s}", type_text, subject_text);
  return text;
}
