#include "input/policy_parts.h"
#include "util/checked.h"

void
assay_policy_waiver_free (gpointer data)
{
  AssayPolicyWaiver *waiver = data;
  g_free (waiver->path);
  g_free (waiver->name);
  g_free (waiver->reason);
  g_free (waiver->owner);
  g_free (waiver);
}

void
assay_policy_blob_free (gpointer data)
{
  AssayPolicyBlob *blob = data;
  g_free (blob->path);
  g_free (blob->reason);
  g_free (blob);
}

/* Section, symbol, offset and fact each say what the waiver is of: readers of their own, whose target is the waiver. */
static gboolean
set_kind (const AssayYaml *yaml, const AssayYamlNode *node, AssayWaiverKind kind, AssayPolicyWaiver *waiver,
          GError **error)
{
  if (waiver->kind != ASSAY_WAIVER_UNKNOWN && waiver->kind != kind)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "a waiver is of one thing: a section, a symbol, an offset with length, a fact, or a node");
  waiver->kind = kind;
  return TRUE;
}

static gboolean
read_section (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  return set_kind (yaml, node, ASSAY_WAIVER_SECTION, waiver, error)
         && assay_schema_read_text (yaml, node, &waiver->name, error);
}

static gboolean
read_symbol (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  return set_kind (yaml, node, ASSAY_WAIVER_SYMBOL, waiver, error)
         && assay_schema_read_text (yaml, node, &waiver->name, error);
}

static gboolean
read_fact (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  return set_kind (yaml, node, ASSAY_WAIVER_FACT, waiver, error)
         && assay_schema_read_text (yaml, node, &waiver->name, error);
}

static gboolean
read_offset (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  return set_kind (yaml, node, ASSAY_WAIVER_BYTES, waiver, error)
         && assay_schema_read_offset (yaml, node, &waiver->offset, error);
}

static gboolean
read_length (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  return set_kind (yaml, node, ASSAY_WAIVER_BYTES, waiver, error)
         && assay_schema_read_size (yaml, node, &waiver->length, error);
}

static gboolean
check_range (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  const AssayPolicyWaiver *waiver = target;
  const AssayYamlMember *max_size = assay_yaml_find (node, "max-size");
  guint64 end = 0;
  if (waiver->kind == ASSAY_WAIVER_UNKNOWN)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "expected one of the keys `section`, `symbol`, or both `offset` and `length`");
  if (waiver->kind == ASSAY_WAIVER_SECTION && max_size == NULL)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "the key `max-size` is missing: a section is as long as its file says");
  if (waiver->kind != ASSAY_WAIVER_BYTES)
    return TRUE;
  if (max_size != NULL)
    return assay_yaml_error (yaml, max_size->line, max_size->column, error, "`length` says how long this range is");
  if (assay_yaml_find (node, "offset") == NULL || waiver->length == 0)
    return assay_yaml_error (yaml, node->line, node->column, error, "expected both `offset` and `length`");
  return (assay_u64_add (waiver->offset, waiver->length, &end) && end <= G_MAXINT64)
         || assay_schema_fail (yaml, assay_yaml_find (node, "length")->value,
                               "a length that a file can have behind this offset", error);
}

#define WAIVER(member) G_STRUCT_OFFSET (AssayPolicyWaiver, member)

static const AssaySchemaField range_fields[] = {
  { "section", read_section, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "symbol", read_symbol, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "offset", read_offset, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "length", read_length, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "max-size", assay_schema_read_size, ASSAY_SCHEMA_OPTIONAL, WAIVER (max_size) },
};

static const AssaySchema range_schema
    = { .what = "a range", .fields = range_fields, .n_fields = G_N_ELEMENTS (range_fields), .check = check_range };

static gboolean
read_range (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read (yaml, node, &range_schema, out, error);
}

static gboolean
read_expires (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  waiver->has_expires = assay_schema_read_date (yaml, node, &waiver->expires, error);
  return waiver->has_expires;
}

static gboolean
read_sha256 (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyWaiver *waiver = out;
  waiver->has_sha256 = assay_schema_read_digest (yaml, node, &waiver->sha256, error);
  return waiver->has_sha256;
}

static gboolean
check_waiver (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  AssayPolicyWaiver *waiver = target;
  const AssayYamlMember *code = assay_yaml_find (node, "allow-code");
  if (waiver->kind == ASSAY_WAIVER_UNKNOWN)
    waiver->kind = ASSAY_WAIVER_NODE;
  return !waiver->allow_code || waiver->has_sha256
         || assay_yaml_error (yaml, code->line, code->column, error,
                              "`allow-code` needs the key `sha256`: the digest of the shipped node");
}

static const AssaySchemaField waiver_fields[] = {
  { "path", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, WAIVER (path) },
  { "range", read_range, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "fact", read_fact, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "reason", assay_schema_read_prose, ASSAY_SCHEMA_REQUIRED, WAIVER (reason) },
  { "owner", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, WAIVER (owner) },
  { "expires", read_expires, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "allow-code", assay_schema_read_boolean, ASSAY_SCHEMA_OPTIONAL, WAIVER (allow_code) },
  { "sha256", read_sha256, ASSAY_SCHEMA_OPTIONAL, 0 },
};

static const AssaySchema waiver_schema = { .what = "a waiver",
                                           .fields = waiver_fields,
                                           .n_fields = G_N_ELEMENTS (waiver_fields),
                                           .check = check_waiver,
                                           .item_size = sizeof (AssayPolicyWaiver),
                                           .line_offset = WAIVER (line) };

gboolean
assay_policy_read_waivers (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read_entries (yaml, node, &waiver_schema, *(GPtrArray **)out, error);
}

#define BLOB(member) G_STRUCT_OFFSET (AssayPolicyBlob, member)

static const AssaySchemaField blob_fields[] = {
  { "path", assay_schema_read_text, ASSAY_SCHEMA_REQUIRED, BLOB (path) },
  { "sha256", assay_schema_read_digest, ASSAY_SCHEMA_REQUIRED, BLOB (sha256) },
  { "reason", assay_schema_read_prose, ASSAY_SCHEMA_REQUIRED, BLOB (reason) },
};

static const AssaySchema blob_schema = { .what = "a blob",
                                         .fields = blob_fields,
                                         .n_fields = G_N_ELEMENTS (blob_fields),
                                         .item_size = sizeof (AssayPolicyBlob),
                                         .line_offset = BLOB (line) };

gboolean
assay_policy_read_blobs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read_entries (yaml, node, &blob_schema, *(GPtrArray **)out, error);
}
