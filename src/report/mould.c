#include "report/mould.h"

#include <string.h>

/* Texts that are kept: findings of a few kinds take turns. */
#define MOULDS 8u
/* Bytes of one: longer ones, as of code that was disassembled, are hardly ever alike. */
#define MOST_BYTES 4096u
/* Digits of an integer that is below 2^63 whatever they are. */
#define MOST_DIGITS 18u

/** A string or an integer in a text; of a string what stands between its quotes. */
typedef struct
{
  gsize begin;
  gsize length;
  gboolean is_text;
  gboolean is_key;
  json_t *value; /* what became of it; NULL for a key */
  gsize found;   /* where in the text that is being parsed */
  gsize found_length;
} Token;

/** A text, and what became of it or of the last one that was like it. */
typedef struct
{
  char *text;
  gsize length;
  GArray *slots; /* Token, those that may differ */
  json_t *value;
} Mould;

struct _AssayMoulds
{
  Mould kept[MOULDS];
  guint last;    /* the one that was of use */
  guint next;    /* the one to be replaced */
  json_t *other; /* what is like none, and is not kept */
};

static void
mould_clear (Mould *mould)
{
  g_clear_pointer (&mould->text, g_free);
  g_clear_pointer (&mould->slots, g_array_unref);
  g_clear_pointer (&mould->value, json_decref);
}

AssayMoulds *
assay_moulds_new (void)
{
  return g_new0 (AssayMoulds, 1);
}

void
assay_moulds_free (AssayMoulds *moulds)
{
  if (moulds == NULL)
    return;
  for (guint i = 0; i < MOULDS; i++)
    mould_clear (&moulds->kept[i]);
  g_clear_pointer (&moulds->other, json_decref);
  g_free (moulds);
}

/* Bytes that stand for themselves in a string: ASCII without controls, quotes and escapes. */
static gsize
measure_text (const char *text, gsize length)
{
  gsize count = 0;
  while (count < length && text[count] >= ' ' && text[count] < 0x7f && text[count] != '"' && text[count] != '\\')
    count++;
  return count;
}

/* Bytes of an integer that is written in the one way that there is, and not too large; else 0. */
static gsize
measure_number (const char *text, gsize length)
{
  gsize sign = length > 0 && text[0] == '-';
  gsize digits = 0;
  while (sign + digits < length && g_ascii_isdigit (text[sign + digits]))
    digits++;
  if (digits == 0 || digits > MOST_DIGITS || (text[sign] == '0' && (digits > 1 || sign > 0)))
    return 0;
  return sign + digits;
}

static json_int_t
read_number (const char *text, gsize length)
{
  json_int_t number = 0;
  gsize sign = text[0] == '-';
  for (gsize i = sign; i < length; i++)
    number = number * 10 + (text[i] - '0');
  return sign > 0 ? -number : number;
}

/* The strings and integers of a text that was parsed, where all strings are plain. A key is what a colon follows at
 * once; of one that a blank follows bind() will find that it is no value. */
static GArray *
find_tokens (const char *text, gsize length)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, TRUE, sizeof (Token));
  for (gsize at = 0; at < length;)
    {
      Token token = { .begin = at };
      token.is_text = text[at] == '"';
      if (!token.is_text && text[at] != '-' && !g_ascii_isdigit (text[at]))
        {
          at++;
          continue;
        }
      token.begin += token.is_text;
      token.length = token.is_text ? measure_text (text + token.begin, length - token.begin)
                                   : measure_number (text + token.begin, length - token.begin);
      at = token.begin + token.length + token.is_text;
      if (at >= length || (token.is_text ? text[at - 1] != '"' : token.length == 0))
        return NULL;
      token.is_key = token.is_text && text[at] == ':';
      g_array_append_val (tokens, token);
    }
  return g_steal_pointer (&tokens);
}

/** Which token comes next while what became of them is gone through. */
typedef struct
{
  const char *text;
  GArray *tokens;
  guint next;
} Binding;

static gboolean
is_text (const Binding *binding, const Token *token, const char *text, gsize length)
{
  return token->is_text && token->length == length && memcmp (binding->text + token->begin, text, length) == 0;
}

static Token *
next_token (Binding *binding)
{
  return binding->next < binding->tokens->len ? &g_array_index (binding->tokens, Token, binding->next++) : NULL;
}

/* A member's key and, by bind(), its value. */
static gboolean bind (Binding *binding, json_t *value);

static gboolean
bind_members (Binding *binding, json_t *object)
{
  const char *key;
  json_t *value;
  json_object_foreach (object, key, value)
  {
    const Token *token = next_token (binding);
    if (token == NULL || !token->is_key || !is_text (binding, token, key, strlen (key)) || !bind (binding, value))
      return FALSE;
  }
  return TRUE;
}

/* Finds for each token what became of it; FALSE where anything is not as it should be. */
static gboolean
bind (Binding *binding, json_t *value)
{
  gboolean bound = TRUE;
  if (json_is_object (value))
    return bind_members (binding, value);
  for (gsize i = 0; json_is_array (value) && i < json_array_size (value) && bound; i++)
    bound = bind (binding, json_array_get (value, i));
  if (!json_is_string (value) && !json_is_number (value))
    return bound;
  Token *token = next_token (binding);
  if (token == NULL || token->is_key)
    return FALSE;
  token->value = value;
  return json_is_string (value)
             ? is_text (binding, token, json_string_value (value), json_string_length (value))
             : json_is_integer (value) && !token->is_text
                   && json_integer_value (value) == read_number (binding->text + token->begin, token->length);
}

/* Keeps a text, where it can be one that others are like, and what became of it either way. */
static const json_t *
keep (AssayMoulds *moulds, const char *text, gsize length, json_t *value)
{
  g_autoptr (GArray) tokens = length <= MOST_BYTES ? find_tokens (text, length) : NULL;
  Binding binding = { text, tokens, 0 };
  g_clear_pointer (&moulds->other, json_decref);
  if (tokens == NULL || !bind (&binding, value) || binding.next != tokens->len)
    return moulds->other = value;
  Mould *mould = &moulds->kept[moulds->next];
  moulds->last = moulds->next;
  moulds->next = (moulds->next + 1) % MOULDS;
  mould_clear (mould);
  mould->slots = g_array_new (FALSE, TRUE, sizeof (Token));
  for (guint i = 0; i < tokens->len; i++)
    if (!g_array_index (tokens, Token, i).is_key)
      g_array_append_val (mould->slots, g_array_index (tokens, Token, i));
  mould->text = g_memdup2 (text, length);
  mould->length = length;
  return mould->value = value;
}

/* Whether a text is another one only where it may be. */
static gboolean
is_like (Mould *mould, const char *text, gsize length)
{
  gsize at = 0;
  gsize behind = 0;
  for (guint i = 0; i < mould->slots->len; i++)
    {
      Token *slot = &g_array_index (mould->slots, Token, i);
      gsize between = slot->begin - behind;
      if (length - at < between || memcmp (text + at, mould->text + behind, between) != 0)
        return FALSE;
      at += between;
      slot->found = at;
      slot->found_length
          = slot->is_text ? measure_text (text + at, length - at) : measure_number (text + at, length - at);
      if (!slot->is_text && slot->found_length == 0)
        return FALSE;
      at += slot->found_length;
      behind = slot->begin + slot->length;
    }
  return length - at == mould->length - behind && memcmp (text + at, mould->text + behind, length - at) == 0;
}

/* FALSE where there is no memory for it. */
static gboolean
fill (Mould *mould, const char *text)
{
  for (guint i = 0; i < mould->slots->len; i++)
    {
      const Token *slot = &g_array_index (mould->slots, Token, i);
      const char *found = text + slot->found;
      gsize length = slot->found_length;
      if (!slot->is_text)
        json_integer_set (slot->value, read_number (found, length));
      else if ((json_string_length (slot->value) != length
                || memcmp (json_string_value (slot->value), found, length) != 0)
               && json_string_setn_nocheck (slot->value, found, length) != 0)
        return FALSE;
    }
  return TRUE;
}

const json_t *
assay_moulds_parse (AssayMoulds *moulds, const char *text, gsize length_bytes, const char *name,
                    const AssayJsonPart *part, GError **error)
{
  for (guint i = 0; i < MOULDS; i++)
    {
      guint index = (moulds->last + i) % MOULDS;
      Mould *mould = &moulds->kept[index];
      if (mould->value == NULL || !is_like (mould, text, length_bytes) || !fill (mould, text))
        continue;
      moulds->last = index;
      return mould->value;
    }
  json_t *value = assay_json_parse_part (text, length_bytes, name, part, error);
  return value == NULL ? NULL : keep (moulds, text, length_bytes, value);
}
