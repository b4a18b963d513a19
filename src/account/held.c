#include "account/held.h"

#include "account/names/collisions.h"
#include "util/prefix.h"

#include <string.h>

/** The first @length bytes of @text, and behind them a component of so many low lines, which is there where a name ends
 * and not where it goes on (assay_account_fold_widely()). */
typedef struct
{
  const char *text;
  gsize length;
  gsize lines;
  guint hash;
} Key;

/** What is held: its folded name, and the name itself. */
typedef struct
{
  Key key;
  AssayHeldName name;
} Item;

struct AssayHeld
{
  GHashTable *names;   /* Item to itself */
  GHashTable *letters; /* Item: where that is another text */
  GPtrArray *texts;    /* utf8: the folded names of entries, which keys are parts of */
};

static gsize
size_of (const Key *key)
{
  return key->lines == 0 ? key->length : key->length + (key->length > 0) + key->lines;
}

static char
letter_at (const Key *key, gsize at)
{
  if (at < key->length)
    return key->text[at];
  return at == key->length && key->length > 0 ? '/' : '_';
}

static guint
key_hash (gconstpointer key)
{
  return ((const Key *)key)->hash;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *first = a;
  const Key *second = b;
  gsize size = size_of (first);
  gsize both = MIN (first->length, second->length);
  if (first->hash != second->hash || size != size_of (second) || memcmp (first->text, second->text, both) != 0)
    return FALSE;
  for (gsize i = both; i < size; i++)
    if (letter_at (first, i) != letter_at (second, i))
      return FALSE;
  return TRUE;
}

/* Of what @grown has grown to. */
static Key
key_of (const AssayPrefix *grown, gsize lines)
{
  guint hash = grown->hash;
  if (lines > 0 && grown->length > 0)
    hash = hash * 33 + '/';
  for (gsize i = 0; i < lines; i++)
    hash = hash * 33 + '_';
  return (Key){ grown->text, grown->length, lines, hash };
}

static Key
key_of_text (const char *text)
{
  AssayPrefix whole = assay_prefix_begin (text, strlen (text));
  return key_of (&whole, 0);
}

AssayHeld *
assay_held_new (void)
{
  AssayHeld *held = g_new0 (AssayHeld, 1);
  held->names = g_hash_table_new_full (key_hash, key_equal, NULL, g_free);
  held->letters = g_hash_table_new_full (key_hash, key_equal, NULL, g_free);
  held->texts = g_ptr_array_new_with_free_func (g_free);
  return held;
}

void
assay_held_free (AssayHeld *held)
{
  if (held == NULL)
    return;
  g_hash_table_unref (held->names);
  g_hash_table_unref (held->letters);
  g_ptr_array_unref (held->texts);
  g_free (held);
}

static void
add_item (GHashTable *table, Key key, const AssayFoldStep *step, const char *name)
{
  const Item item = { key, { name, step->name } };
  Item *added = g_memdup2 (&item, sizeof item);
  g_hash_table_replace (table, &added->key, added);
}

void
assay_held_add (AssayHeld *held, const char *name, gboolean above)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (AssayFoldStep));
  char *wide = NULL;
  char *letters = NULL;
  assay_account_fold_steps (name, steps, &wide, &letters);
  g_ptr_array_add (held->texts, wide);
  g_ptr_array_add (held->texts, letters);
  /* keys grow forwards, and what is nearest to the root is added last */
  g_autofree Key *keys = g_new0 (Key, 2 * ((gsize)steps->len + 1));
  AssayPrefix grown = assay_prefix_begin (wide, 0);
  AssayPrefix grown_letters = assay_prefix_begin (letters, 0);
  for (guint i = 0; i < steps->len; i++)
    {
      const AssayFoldStep *step = &g_array_index (steps, AssayFoldStep, i);
      while (grown.length < step->wide)
        assay_prefix_add (&grown);
      while (grown_letters.length < step->letters)
        assay_prefix_add (&grown_letters);
      keys[2 * i] = key_of (&grown, step->lines);
      keys[2 * i + 1] = key_of (&grown_letters, step->lines);
    }
  for (guint i = steps->len; i-- > (above ? 0 : steps->len - 1);)
    {
      const AssayFoldStep *step = &g_array_index (steps, AssayFoldStep, i);
      add_item (held->names, keys[2 * i], step, name);
      if (above && step->has_stand_in)
        add_item (held->letters, keys[2 * i + 1], step, name);
    }
}

const AssayHeldName *
assay_held_find (const AssayHeld *held, const char *folded)
{
  const Key key = key_of_text (folded);
  const Item *item = g_hash_table_lookup (held->names, &key);
  return item == NULL ? NULL : &item->name;
}

gboolean
assay_held_has_letters (const AssayHeld *held, const char *letters)
{
  const Key key = key_of_text (letters);
  return g_hash_table_contains (held->letters, &key) || g_hash_table_contains (held->names, &key);
}

gboolean
assay_held_is (const AssayHeldName *held, const char *name)
{
  return strncmp (held->text, name, held->length) == 0 && name[held->length] == '\0';
}
