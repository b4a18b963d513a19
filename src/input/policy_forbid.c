#include "input/policy_parts.h"

static const char *const names[ASSAY_FORBIDDEN_COUNT] = {
  [ASSAY_FORBIDDEN_SET_ID] = "set-id",
  [ASSAY_FORBIDDEN_CAPABILITIES] = "capabilities",
  [ASSAY_FORBIDDEN_WRITABLE_CODE] = "writable-code",
  [ASSAY_FORBIDDEN_EXECUTABLE_STACK] = "executable-stack",
  [ASSAY_FORBIDDEN_DEBUG] = "debug-information",
  [ASSAY_FORBIDDEN_SYMBOLS] = "symbol-tables",
  [ASSAY_FORBIDDEN_ADDED] = "added-files",
};

const char *
assay_forbidden_name (AssayForbidden what)
{
  return names[what];
}

gboolean
assay_policy_forbids (const AssayPolicy *policy)
{
  for (guint i = 0; i < ASSAY_FORBIDDEN_COUNT; i++)
    if (policy->forbid[i].is_set)
      return TRUE;
  return FALSE;
}

static const AssaySchemaField exception_fields[] = {
  { "except", assay_schema_read_texts, ASSAY_SCHEMA_REQUIRED, G_STRUCT_OFFSET (AssayPolicyForbid, except) },
};

static const AssaySchema exception_schema
    = { .what = "what is forbidden", .fields = exception_fields, .n_fields = G_N_ELEMENTS (exception_fields) };

/* `true`, `false`, or who is excepted. A list alone could be read either way round. */
static gboolean
read_forbidden (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayPolicyForbid *forbid = out;
  if (node->kind == ASSAY_YAML_SEQUENCE)
    return assay_yaml_error (yaml, node->line, node->column, error,
                             "expected `true`, or `{except: [...]}` with what may be so all the same");
  if (node->kind == ASSAY_YAML_SCALAR)
    return assay_schema_read_boolean (yaml, node, &forbid->is_set, error);
  forbid->is_set = TRUE;
  return assay_schema_read (yaml, node, &exception_schema, forbid, error);
}

#define FORBID(what) ((what) * sizeof (AssayPolicyForbid))

gboolean
assay_policy_read_forbid (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssaySchemaField fields[ASSAY_FORBIDDEN_COUNT];
  const AssaySchema schema = { .what = "`forbid`", .fields = fields, .n_fields = ASSAY_FORBIDDEN_COUNT };
  for (guint i = 0; i < ASSAY_FORBIDDEN_COUNT; i++)
    fields[i] = (AssaySchemaField){ names[i], read_forbidden, ASSAY_SCHEMA_OPTIONAL, FORBID (i) };
  return assay_schema_read (yaml, node, &schema, out, error);
}
