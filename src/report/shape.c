#include "report/shape.h"

#include "report/form.h"

#include <string.h>

static gboolean
check_hex64 (const char *text)
{
  gsize digits = strlen (text) < 2 ? 0 : strlen (text) - 2;
  return g_str_has_prefix (text, "0x") && digits >= 1 && digits <= 16 && strspn (text + 2, "0123456789abcdef") == digits
         && (text[2] != '0' || digits == 1);
}

static gboolean
check_hex (const char *text)
{
  gsize digits = strlen (text);
  return digits > 0 && digits % 2 == 0 && strspn (text, "0123456789abcdef") == digits;
}

static gboolean
check_word (const AssayShapeMember *member, const char *text)
{
  return member->words != NULL ? g_strv_contains (member->words, text) : member->is_word (text);
}

static gboolean
check_string (const AssayShape *shape, const json_t *object, const AssayShapeMember *member, GError **error)
{
  const char *text = NULL;
  gboolean good = TRUE;
  if (!assay_form_text (object, shape->where, member->key, &text, error))
    return FALSE;
  if (member->kind == ASSAY_SHAPE_NAME)
    good = *text != '\0';
  else if (member->kind == ASSAY_SHAPE_HEX64)
    good = check_hex64 (text);
  else if (member->kind == ASSAY_SHAPE_HEX)
    good = check_hex (text);
  else if (member->kind == ASSAY_SHAPE_WORD)
    good = check_word (member, text);
  return good || assay_form_fail (shape->where, member->key, error);
}

static gboolean
check_list (const AssayShape *shape, const json_t *object, const AssayShapeMember *member, GError **error)
{
  const json_t *list = assay_form_array (object, shape->where, member->key, error);
  const json_t *element;
  size_t index;
  json_array_foreach (list, index, element)
  {
    if (!json_is_object (element))
      return assay_form_fail (shape->where, member->key, error);
    if (!assay_shape_check (member->shape, element, error))
      return FALSE;
  }
  return list != NULL;
}

static gboolean
check_member (const AssayShape *shape, const json_t *object, const AssayShapeMember *member, GError **error)
{
  guint64 count = 0;
  gboolean flag = FALSE;
  AssayDigest digest;
  switch (member->kind)
    {
    case ASSAY_SHAPE_TEXT:
    case ASSAY_SHAPE_NAME:
    case ASSAY_SHAPE_HEX64:
    case ASSAY_SHAPE_HEX:
    case ASSAY_SHAPE_WORD:
      return check_string (shape, object, member, error);
      case ASSAY_SHAPE_TEXTS: {
        g_autoptr (GPtrArray) texts = assay_form_texts (object, shape->where, member->key, error);
        return texts != NULL;
      }
    case ASSAY_SHAPE_COUNT:
    case ASSAY_SHAPE_POSITIVE:
      return assay_form_count (object, shape->where, member->key, &count, error)
             && (count > 0 || member->kind == ASSAY_SHAPE_COUNT || assay_form_fail (shape->where, member->key, error));
    case ASSAY_SHAPE_FLAG:
      return assay_form_boolean (object, shape->where, member->key, &flag, error);
    case ASSAY_SHAPE_DIGEST:
      return assay_form_digest (object, shape->where, member->key, &digest, error);
      case ASSAY_SHAPE_OBJECT: {
        const json_t *inner = assay_form_object (object, shape->where, member->key, error);
        return inner != NULL && (member->shape == NULL || assay_shape_check (member->shape, inner, error));
      }
    case ASSAY_SHAPE_LIST:
      return member->shape == NULL ? assay_form_array (object, shape->where, member->key, error) != NULL
                                   : check_list (shape, object, member, error);
    }
  return FALSE;
}

static gboolean
has_member (const AssayShape *shape, const char *key)
{
  for (gsize i = 0; i < shape->count; i++)
    if (strcmp (shape->members[i].key, key) == 0)
      return TRUE;
  return FALSE;
}

gboolean
assay_shape_check (const AssayShape *shape, const json_t *object, GError **error)
{
  for (gsize i = 0; i < shape->count; i++)
    {
      const AssayShapeMember *member = &shape->members[i];
      const json_t *value = json_object_get (object, member->key);
      gboolean skipped = (value == NULL && member->presence == ASSAY_SHAPE_OPTIONAL)
                         || (json_is_null (value) && member->presence == ASSAY_SHAPE_NULLABLE);
      if (!skipped && !check_member (shape, object, member, error))
        return FALSE;
    }
  for (void *i = json_object_iter ((json_t *)object); shape->closed && i != NULL;
       i = json_object_iter_next ((json_t *)object, i))
    if (!has_member (shape, json_object_iter_key (i)))
      return assay_form_fail (shape->where, json_object_iter_key (i), error);
  return TRUE;
}
