#include "inventory/tool_text.h"

#include <string.h>

/** What stands behind the name of a tool. */
typedef enum
{
  FORM_VENDOR_VERSION = 0, /* (vendor) version */
  FORM_VERSION_VENDOR,     /* version [(vendor)] */
  FORM_LANGUAGE_VERSION,   /* language version [options], of debug information */
  FORM_VERSION,            /* version alone */
} Form;

/* In the order in which they are tried: "gcc version 8" before "gcc (…) 8". */
static const struct
{
  const char *name;
  const char *family;
  Form form;
} names[] = {
  { "gcc version ", "GCC", FORM_VERSION_VENDOR },
  { "clang version ", "clang", FORM_VERSION_VENDOR },
  { "rustc version ", "rustc", FORM_VERSION_VENDOR },
  { "LLD ", "LLD", FORM_VERSION_VENDOR },
  { "GCC: ", "GCC", FORM_VENDOR_VERSION },
  { "gcc: ", "GCC", FORM_VENDOR_VERSION },
  { "GNU ld ", "binutils", FORM_VENDOR_VERSION },
  { "GNU gold ", "gold", FORM_VENDOR_VERSION },
  { "binutils: ", "binutils", FORM_VENDOR_VERSION },
  { "gcc ", "GCC", FORM_VENDOR_VERSION },
  { "g++ ", "GCC", FORM_VENDOR_VERSION },
  { "gold ", "gold", FORM_VERSION },
  { "GNU AS ", "binutils", FORM_VERSION },
  { "GNU ", "GCC", FORM_LANGUAGE_VERSION },
  { "Go cmd/compile go", "Go", FORM_VERSION },
  { "go", "Go", FORM_VERSION },
};

void
assay_tool_clear (AssayTool *tool)
{
  g_clear_pointer (&tool->version, g_free);
  g_clear_pointer (&tool->vendor, g_free);
  g_clear_pointer (&tool->options, g_free);
  g_clear_pointer (&tool->language, g_free);
  tool->family = NULL;
}

/* "(vendor)", with what stands in parentheses inside of it; moves behind it. */
static char *
take_vendor (const char **cursor)
{
  const char *at = *cursor;
  guint depth = 0;
  if (*at != '(')
    return NULL;
  for (; *at != '\0'; at++)
    {
      depth += *at == '(';
      depth -= *at == ')';
      if (depth > 0)
        continue;
      char *vendor = g_strndup (*cursor + 1, (gsize)(at - *cursor) - 1);
      *cursor = at + 1;
      return vendor;
    }
  return NULL;
}

/* A version begins with a digit; a full stop or comma behind it is the sentence's. */
static char *
take_version (const char **cursor)
{
  const char *at = *cursor;
  if (!g_ascii_isdigit (*at))
    return NULL;
  while (g_ascii_isalnum (*at) || (*at != '\0' && strchr ("._+~-", *at) != NULL))
    at++;
  while (at > *cursor && at[-1] == '.')
    at--;
  char *version = g_strndup (*cursor, (gsize)(at - *cursor));
  *cursor = at;
  return version;
}

static void
skip_space (const char **cursor)
{
  while (**cursor == ' ')
    (*cursor)++;
}

/* "C17", "C++14", "GIMPLE", "Fortran2008": a word, and not the beginning of a version. */
static char *
take_language (const char **cursor)
{
  gsize length = strcspn (*cursor, " ");
  if (length == 0 || g_ascii_isdigit (**cursor) || (*cursor)[length] == '\0')
    return NULL;
  char *language = g_strndup (*cursor, length);
  *cursor += length;
  skip_space (cursor);
  return language;
}

/* "Debian clang version 14.0.6": the word before the name packed it. "Linker: " is none. */
static char *
take_word_before (const char *text, const char *name)
{
  g_autofree char *before = g_strndup (text, (gsize)(name - text));
  g_strstrip (before);
  return before[0] != '\0' && strpbrk (before, "/:(") == NULL ? g_steal_pointer (&before) : NULL;
}

static gboolean
read_form (const char *text, const char *name, const char *rest, Form form, AssayTool *out)
{
  if (form == FORM_VENDOR_VERSION)
    {
      out->vendor = take_vendor (&rest);
      if (out->vendor == NULL)
        return FALSE;
      skip_space (&rest);
    }
  if (form == FORM_LANGUAGE_VERSION)
    {
      out->language = take_language (&rest);
      if (out->language == NULL)
        return FALSE;
    }
  out->version = take_version (&rest);
  if (out->version == NULL)
    return FALSE;
  skip_space (&rest);
  if (form == FORM_VERSION_VENDOR)
    {
      g_autofree char *behind = take_vendor (&rest);
      out->vendor = take_word_before (text, name);
      if (out->vendor == NULL)
        out->vendor = g_steal_pointer (&behind);
    }
  skip_space (&rest);
  /* the day of a snapshot, as "20220819", or of an experiment stands before the options */
  const char *options = form == FORM_LANGUAGE_VERSION ? strchr (rest, '-') : NULL;
  /* clang is told to write down its own path and all that stood behind it */
  if (form == FORM_VERSION_VENDOR && (*rest == '/' || *rest == '-'))
    options = rest;
  if (options != NULL && (options == rest || options[-1] == ' '))
    out->options = g_strdup (options);
  return TRUE;
}

/* A name stands at the beginning, or behind what cannot be part of it: "aarch64-linux-gnu-gcc (…)", but not "bgcc: ".
 */
static gboolean
is_apart (const char *text, const char *name)
{
  return name == text || !g_ascii_isalnum (name[-1]);
}

/* "gcc-12 (Debian 12.2.0-14) 12.2.0", as Linux quotes the first line of `gcc --version`: without what stands behind the
 * name; NULL where there is no such thing. */
static char *
drop_suffix (const char *text)
{
  const char *name = strstr (text, "gcc-");
  const char *rest = name != NULL ? name + 4 + strspn (name + 4, "0123456789.") : NULL;
  if (rest == NULL || rest == name + 4 || !g_str_has_prefix (rest, " ("))
    return NULL;
  return g_strdup_printf ("%.*s%s", (int)(name + 3 - text), text, rest);
}

gboolean
assay_tool_read (const char *text, AssayTool *out)
{
  g_autofree char *plain = drop_suffix (text);
  const char *whole = plain != NULL ? plain : text;
  *out = (AssayTool){ NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *name = strstr (whole, names[i].name);
      gboolean first_only = names[i].form == FORM_VERSION || names[i].form == FORM_LANGUAGE_VERSION;
      if (name == NULL || !is_apart (whole, name) || (first_only && name != whole))
        continue;
      if (read_form (whole, name, name + strlen (names[i].name), names[i].form, out))
        {
          out->family = names[i].family;
          return TRUE;
        }
      assay_tool_clear (out);
    }
  return FALSE;
}

char *
assay_tool_name (const AssayTool *tool)
{
  if (tool->vendor == NULL)
    return g_strdup_printf ("%s %s", tool->family, tool->version);
  return g_strdup_printf ("%s %s (%s)", tool->family, tool->version, tool->vendor);
}

gboolean
assay_tool_is_compiler (const AssayTool *tool)
{
  static const char *const compilers[] = { "GCC", "clang", "rustc", "Go", NULL };
  return g_strv_contains (compilers, tool->family);
}

gboolean
assay_tool_may_be (const AssayTool *a, const AssayTool *b)
{
  return strcmp (a->family, b->family) == 0 && strcmp (a->version, b->version) == 0
         && (a->vendor == NULL || b->vendor == NULL || strcmp (a->vendor, b->vendor) == 0);
}
