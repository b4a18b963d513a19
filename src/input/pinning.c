#include "input/pinning.h"

#include "input/git_head.h"
#include "input/pinning_text.h"
#include "input/recipe_parts.h"
#include "input/yaml.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/** The lists of a recipe whose entries have digests, and the keys that name what an entry is of. Of `entries` those
 * that are lines have none, and are not in the list of the recipe. */
static const struct
{
  const char *list;
  const char *role;
  gsize member;
  const char *places[4];
} lists[] = {
  { "source", "source", G_STRUCT_OFFSET (AssayRecipe, source), { "archive", "directory", "git" } },
  { "patches", "patch", G_STRUCT_OFFSET (AssayRecipe, patches), { "file" } },
  { "inputs", "input", G_STRUCT_OFFSET (AssayRecipe, inputs), { "path" } },
  { "toolchain", "toolchain", G_STRUCT_OFFSET (AssayRecipe, toolchain), { "archive", "directory" } },
  { "entries", "mtree", G_STRUCT_OFFSET (AssayRecipe, mtrees), { "mtree" } },
};

/** One entry as the text has it. */
typedef struct
{
  const char *role;
  gsize list;  /* index in lists */
  guint index; /* in the list of the recipe */
  AssayPinPlace place;
} Entry;

typedef struct
{
  const AssayYaml *yaml;
  GBytes *bytes;
  GArray *entries; /* Entry */
  AssayPinMode mode;
  GString *differing; /* a line for each digest that is another */
} Pinner;

static void
clear_pinner (Pinner *pinner)
{
  g_clear_pointer (&pinner->entries, g_array_unref);
  if (pinner->differing != NULL)
    g_string_free (pinner->differing, TRUE);
  pinner->differing = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pinner, clear_pinner)

static void
free_pin (gpointer data)
{
  AssayPin *pin = data;
  g_free (pin->given);
  g_free (pin->value);
  g_free (pin->former);
  g_free (pin);
}

static AssayPinning *
new_pinning (void)
{
  AssayPinning *pinning = g_new0 (AssayPinning, 1);
  pinning->pins = g_ptr_array_new_with_free_func (free_pin);
  return pinning;
}

void
assay_pinning_free (AssayPinning *pinning)
{
  if (pinning == NULL)
    return;
  g_clear_pointer (&pinning->text, g_bytes_unref);
  g_ptr_array_unref (pinning->pins);
  g_free (pinning);
}

/* What no reader of the schema takes for a value (schema.h). */
static gboolean
says_nothing (const AssayYamlMember *member)
{
  static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };
  const AssayYamlNode *value = member->value;
  return value->kind == ASSAY_YAML_SCALAR && value->is_plain && g_strv_contains (words, value->text);
}

static void
find_entries (Pinner *pinner)
{
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    {
      const AssayYamlMember *found = assay_yaml_find (pinner->yaml->root, lists[list].list);
      const GPtrArray *items = found != NULL && found->value->kind == ASSAY_YAML_SEQUENCE ? found->value->items : NULL;
      guint index = 0;
      for (guint i = 0; items != NULL && i < items->len; i++)
        {
          const AssayYamlNode *node = g_ptr_array_index (items, i);
          Entry entry = { .role = lists[list].role, .list = list, .index = index, .place = { .mapping = node } };
          for (const char *const *key = lists[list].places; *key != NULL && entry.place.named == NULL; key++)
            entry.place.named = assay_yaml_find (node, *key);
          gboolean is_git = entry.place.named != NULL && strcmp (entry.place.named->key, "git") == 0;
          entry.place.key = is_git ? "commit" : "sha256";
          entry.place.digest = assay_yaml_find (node, entry.place.key);
          if (entry.place.named == NULL || entry.place.named->value->kind != ASSAY_YAML_SCALAR)
            continue;
          g_array_append_val (pinner->entries, entry);
          index++;
        }
    }
}

static AssayRecipe *
read_text (const AssayYaml *yaml, const char *file, GBytes *bytes, GError **error)
{
  return assay_recipe_yaml_is_defaults (yaml) ? assay_recipe_parse_defaults (file, bytes, error)
                                              : assay_recipe_parse (file, bytes, error);
}

/* The recipe with something in each place without which it is none: a commit, and what a digest was left empty for. */
static AssayRecipe *
read_completed (const Pinner *pinner, const char *file, GError **error)
{
  static const char nothing[] = "0000000000000000000000000000000000000000000000000000000000000000";
  g_autoptr (AssayPinText) text = assay_pin_text_new (pinner->bytes);
  for (guint i = 0; i < pinner->entries->len; i++)
    {
      const AssayPinPlace *place = &g_array_index (pinner->entries, Entry, i).place;
      gboolean needed = place->digest != NULL ? says_nothing (place->digest) : strcmp (place->key, "commit") == 0;
      if (needed && !assay_pin_text_put (text, pinner->yaml, place, nothing, error))
        return NULL;
    }
  g_autoptr (GBytes) bytes = assay_pin_text_finish (text);
  return read_text (pinner->yaml, file, bytes, error);
}

/* Lines of messages are those of the file as it is, where it can be read so. */
static AssayRecipe *
read_recipe (const Pinner *pinner, const char *file, GError **error)
{
  g_autoptr (GError) first = NULL;
  AssayRecipe *recipe = read_text (pinner->yaml, file, pinner->bytes, &first);
  if (recipe == NULL)
    recipe = read_completed (pinner, file, NULL);
  if (recipe == NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return recipe;
}

static const AssayRecipeLayer *
layer_of (const AssayRecipe *recipe, const Entry *entry)
{
  const GPtrArray *layers = G_STRUCT_MEMBER (GPtrArray *, recipe, lists[entry->list].member);
  return g_ptr_array_index (layers, entry->index);
}

/* What the digest of an entry is. */
static char *
find_value (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const Entry *entry, GError **error)
{
  AssayDigest digest;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  gboolean is_git = layer->kind == ASSAY_SOURCE_GIT;
  /* of git this only looks whether there is a repository */
  if (!assay_recipe_digest_layer (recipe, layer, entry->role, &digest, error))
    return NULL;
  if (is_git && entry->place.digest != NULL && !says_nothing (entry->place.digest))
    return g_strdup (layer->commit);
  if (is_git)
    return assay_git_head_read (layer->path, error);
  assay_digest_to_hex (&digest, hex);
  return g_strdup (hex);
}

static void
note_difference (Pinner *pinner, const AssayRecipeLayer *layer, const Entry *entry, const char *value)
{
  const AssayYamlNode *former = entry->place.digest->value;
  g_autofree char *shown = assay_text_escape_line (layer->given, -1);
  g_autofree char *said = g_ascii_strdown (former->text, -1);
  g_string_append_printf (pinner->differing, "%s:%d:%d: %s %s: its SHA-256 is %s, the recipe says %s\n",
                          pinner->yaml->file, former->line, former->column, entry->role, shown, value, said);
}

/* Finds one digest, and puts it where it belongs. */
static gboolean
pin_entry (Pinner *pinner, const AssayRecipe *recipe, const Entry *entry, AssayPinText *text, GPtrArray *pins,
           GError **error)
{
  const AssayRecipeLayer *layer = layer_of (recipe, entry);
  const AssayYamlMember *digest = entry->place.digest;
  g_autofree char *value = find_value (recipe, layer, entry, error);
  if (value == NULL)
    return FALSE;
  gboolean is_there = digest != NULL && !says_nothing (digest);
  AssayPinKind kind = ASSAY_PIN_FILLED;
  if (is_there)
    kind = g_ascii_strcasecmp (digest->value->text, value) == 0 ? ASSAY_PIN_KEPT : ASSAY_PIN_REPLACED;
  if (kind == ASSAY_PIN_REPLACED && pinner->mode == ASSAY_PIN_REFUSE)
    note_difference (pinner, layer, entry, value);
  else if (kind != ASSAY_PIN_KEPT && !assay_pin_text_put (text, pinner->yaml, &entry->place, value, error))
    return FALSE;
  AssayPin *pin = g_new0 (AssayPin, 1);
  pin->kind = kind;
  pin->role = entry->role;
  pin->given = g_strdup (layer->given);
  pin->key = entry->place.key;
  pin->value = g_steal_pointer (&value);
  pin->former = kind == ASSAY_PIN_REPLACED ? g_ascii_strdown (digest->value->text, -1) : NULL;
  g_ptr_array_add (pins, pin);
  return TRUE;
}

static gboolean
says (const AssayRecipeLayer *layer, const AssayPin *pin)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  if (layer->kind == ASSAY_SOURCE_GIT)
    return g_strcmp0 (layer->commit, pin->value) == 0;
  assay_digest_to_hex (&layer->sha256, hex);
  return layer->has_sha256 && strcmp (hex, pin->value) == 0;
}

/* Whether the text that came out is the same recipe, and says each digest. */
static gboolean
check_result (const Pinner *pinner, const AssayPinning *pinning, const char *file, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, pinning->text, &problem);
  g_autoptr (AssayRecipe) recipe = yaml != NULL ? read_text (pinner->yaml, file, pinning->text, &problem) : NULL;
  gboolean same = recipe != NULL && assay_pin_text_is_same (pinner->yaml->root, yaml->root);
  for (guint i = 0; same && i < pinner->entries->len; i++)
    same = says (layer_of (recipe, &g_array_index (pinner->entries, Entry, i)), g_ptr_array_index (pinning->pins, i));
  if (same)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
               "%s: its digests cannot be put in as it is written; write each entry in braces on lines of its own",
               pinner->yaml->file);
  return FALSE;
}

static gboolean
pin_entries (Pinner *pinner, const AssayRecipe *recipe, AssayPinning *pinning, GError **error)
{
  g_autoptr (AssayPinText) text = assay_pin_text_new (pinner->bytes);
  for (guint i = 0; i < pinner->entries->len; i++)
    if (!pin_entry (pinner, recipe, &g_array_index (pinner->entries, Entry, i), text, pinning->pins, error))
      return FALSE;
  if (pinner->differing->len > 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_PIN, "%s--update writes what they are now", pinner->differing->str);
      return FALSE;
    }
  pinning->text = assay_pin_text_finish (text);
  pinning->changed = !g_bytes_equal (pinning->text, pinner->bytes);
  return TRUE;
}

AssayPinning *
assay_recipe_pin (const char *file, GBytes *bytes, AssayPinMode mode, GError **error)
{
  g_autoptr (AssayYaml) yaml = assay_yaml_parse (file, bytes, error);
  if (yaml == NULL)
    return NULL;
  g_auto (Pinner) pinner = { .yaml = yaml, .bytes = bytes, .mode = mode };
  pinner.entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  pinner.differing = g_string_new (NULL);
  find_entries (&pinner);
  g_autoptr (AssayRecipe) recipe = read_recipe (&pinner, file, error);
  g_autoptr (AssayPinning) pinning = new_pinning ();
  if (recipe == NULL || !pin_entries (&pinner, recipe, pinning, error) || !check_result (&pinner, pinning, file, error))
    return NULL;
  return g_steal_pointer (&pinning);
}
