/*
 * fuzz NAME [libFuzzer's options and corpora]    runs a target
 * fuzz list                                      names of the targets, one a line
 *
 * With a compiler that has no libFuzzer, replay.c takes its place, which only reads the files and folders it is given.
 */
#include "fuzz.h"
#include "unpack/named.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize (int *count, char ***arguments);
int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static const FuzzTarget others[] = {
  { "image", fuzz_image },
  { "talk", fuzz_talk },
  { "elf", fuzz_elf },
  { "elf-fields", fuzz_elf_fields },
  { "elf-debug", fuzz_elf_debug },
  { "code", fuzz_code },
  { "fingerprint", fuzz_fingerprint },
  { "likeness", fuzz_likeness },
  { "nature", fuzz_nature },
  { "policy", fuzz_policy },
  { "recipe", fuzz_recipe },
  { "mtree", fuzz_mtree },
  { "lock", fuzz_lock },
  { "report", fuzz_report },
  { "division", fuzz_division },
  { "ranges", fuzz_ranges },
  { "findings", fuzz_findings },
  { "envelope", fuzz_envelope },
  { "cms", fuzz_cms, NULL, TRUE },
  { "stamp", fuzz_stamp, NULL, TRUE },
  { "names", fuzz_names },
};

/* The environment carries the name to processes that libFuzzer starts of its own. */
#define CHOSEN "ASSAY_FUZZ_TARGET"

static FuzzTarget chosen;

static gboolean
is_listed (const GArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++)
    if (strcmp (g_array_index (list, FuzzTarget, i).name, name) == 0)
      return TRUE;
  return FALSE;
}

GArray *
fuzz_target_list (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (FuzzTarget));
  const AssayFormat *format;
  for (guint64 number = 1; (format = assay_format_at (number)) != NULL; number++)
    /* what is known by sight alone has no reader */
    if (format->open != NULL && format->open != assay_named_open && !is_listed (list, format->name))
      {
        const FuzzTarget target = { format->name, fuzz_container, format };
        g_array_append_val (list, target);
      }
  g_array_append_vals (list, others, G_N_ELEMENTS (others));
  return list;
}

void
fuzz_check_at (gboolean holds, const char *expression, const char *what, const char *function, int line)
{
  if (holds)
    return;
  fprintf (stderr, "BROKEN: %s: %s (%s:%d: %s)\n", chosen.name, what, function, line, expression);
  abort ();
}

void
fuzz_limits_init (AssayLimits *limits)
{
  assay_limits_init (limits);
  limits->value[ASSAY_LIMIT_TOTAL_BYTES] = 4u << 20;
  limits->value[ASSAY_LIMIT_ENTRIES] = 1000;
  limits->value[ASSAY_LIMIT_DEPTH] = 8;
  limits->value[ASSAY_LIMIT_DECODER_MEMORY] = 32u << 20;
  limits->value[ASSAY_LIMIT_METADATA_BYTES] = 1u << 20;
  limits->value[ASSAY_LIMIT_SECTIONS] = 4096;
  limits->value[ASSAY_LIMIT_SYMBOLS] = 65536;
  limits->value[ASSAY_LIMIT_DELIVERED_CODE] = 4u << 20;
  limits->value[ASSAY_LIMIT_DEBUG_BYTES] = 8u << 20;
  limits->value[ASSAY_LIMIT_DEBUG_UNITS] = 256;
}

AssayBlob *
fuzz_blob (const guint8 *bytes, gsize length)
{
  g_autoptr (GBytes) borrowed = g_bytes_new_static (bytes, length);
  return assay_blob_new_for_bytes (borrowed);
}

guint64
fuzz_take (const guint8 **bytes, gsize *length, guint count)
{
  guint64 value = 0;
  for (guint i = 0; i<count && * length> 0; i++)
    {
      value |= (guint64) * *bytes << (8 * i);
      (*bytes)++;
      (*length)--;
    }
  return value;
}

static int
list_names (const GArray *list)
{
  for (guint i = 0; i < list->len; i++)
    puts (g_array_index (list, FuzzTarget, i).name);
  return EXIT_SUCCESS;
}

static gboolean
choose (const GArray *list, const char *name)
{
  for (guint i = 0; name != NULL && i < list->len; i++)
    if (strcmp (g_array_index (list, FuzzTarget, i).name, name) == 0)
      chosen = g_array_index (list, FuzzTarget, i);
  return chosen.name != NULL;
}

int
LLVMFuzzerInitialize (int *count, char ***arguments)
{
  g_autoptr (GArray) list = fuzz_target_list ();
  char **words = *arguments;
  if (*count > 1 && strcmp (words[1], "list") == 0)
    exit (list_names (list));
  if (*count > 1 && choose (list, words[1]))
    {
      g_setenv (CHOSEN, words[1], TRUE);
      words[1] = words[0];
      *arguments = words + 1;
      (*count)--;
    }
  else if (!choose (list, g_getenv (CHOSEN)))
    {
      fprintf (stderr, "usage: fuzz NAME [OPTION...] [FILE-OR-FOLDER...]; `fuzz list` lists the names\n");
      exit (64);
    }
  if (chosen.signer && g_getenv ("ASSAY_FUZZ_SIGNER") == NULL)
    {
      fprintf (stderr, "%s: ASSAY_FUZZ_SIGNER names no certificate\n", chosen.name);
      exit (64);
    }
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  chosen.run (&chosen, bytes, length);
  return 0;
}
