/*
 * hostile_twin: makes ELF files and their attacked twins for the scripts of this folder.
 *
 *   hostile_twin machines                         names of machines
 *   hostile_twin shapes                           names of shapes
 *   hostile_twin sample MACHINE SHAPE FILE        writes a sample
 *   hostile_twin stories FAMILY                   "name<TAB>story" of each attack
 *   hostile_twin attack NAME GOOD BAD alone|grown writes the twin; says on standard output, as JSON, what must be
 * found. Exit 3: the case makes no sense for this file
 */
#include "attack.h"
#include "elf_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
list_machines (void)
{
  for (gsize i = 0; i < elf_sample_machine_count; i++)
    puts (elf_sample_machines[i].name);
  return EXIT_SUCCESS;
}

static int
list_shapes (void)
{
  for (gsize i = 0; i < ELF_SAMPLE_SHAPES; i++)
    puts (elf_sample_shape_names[i]);
  return EXIT_SUCCESS;
}

static gboolean
save (const char *path, const GByteArray *bytes)
{
  g_autoptr (GError) error = NULL;
  if (g_file_set_contents (path, (const char *)bytes->data, bytes->len, &error))
    return TRUE;
  fprintf (stderr, "%s\n", error->message);
  return FALSE;
}

static int
write_sample (const char *machine, const char *shape, const char *path)
{
  for (gsize i = 0; i < elf_sample_machine_count; i++)
    for (guint j = 0; j < ELF_SAMPLE_SHAPES; j++)
      if (strcmp (elf_sample_machines[i].name, machine) == 0 && strcmp (elf_sample_shape_names[j], shape) == 0)
        {
          g_autoptr (GByteArray) bytes = elf_sample_new (&elf_sample_machines[i], (ElfSampleShape)j);
          return save (path, bytes) ? EXIT_SUCCESS : EXIT_FAILURE;
        }
  return EXIT_FAILURE;
}

static int
list_stories (const char *family)
{
  int found = EXIT_FAILURE;
  for (const AttackEntry *entry = attack_next (NULL); entry != NULL; entry = attack_next (entry))
    if (strcmp (entry->family, family) == 0)
      {
        printf ("%s\t%s\n", entry->name, entry->story);
        found = EXIT_SUCCESS;
      }
  return found;
}

/* Words and names of the tables alone: they hold nothing but quotation marks to escape. */
static void
print_text (const char *key, const char *text)
{
  if (text == NULL)
    return;
  printf (",\"%s\":\"", key);
  for (const char *c = text; *c != '\0'; c++)
    printf (*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
  putchar ('"');
}

static void
print_hits (const Attack *attack)
{
  putchar ('[');
  for (guint i = 0; i < attack->hits->len; i++)
    {
      const AttackHit *hit = &g_array_index (attack->hits, AttackHit, i);
      printf ("%s{\"offset\":%" G_GUINT64_FORMAT ",\"length\":%" G_GUINT64_FORMAT, i > 0 ? "," : "", hit->offset,
              hit->length);
      print_text ("words", hit->words);
      print_text ("section", hit->section);
      putchar ('}');
    }
  puts ("]");
}

static int
write_twin (const char *name, const char *good_path, const char *bad_path, gboolean grown)
{
  const AttackEntry *entry = attack_find (name);
  char *data = NULL;
  gsize length = 0;
  if (entry == NULL || !g_file_get_contents (good_path, &data, &length, NULL))
    return EXIT_FAILURE;
  g_autoptr (GByteArray) good = g_byte_array_new_take ((guint8 *)data, length);
  Attack *attack = attack_new (entry, good, grown);
  if (attack == NULL)
    return 3;
  gboolean saved = save (bad_path, attack->bytes);
  print_hits (attack);
  attack_free (attack);
  return saved ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int count, char **arguments)
{
  const char *verb = count > 1 ? arguments[1] : "";
  if (strcmp (verb, "machines") == 0)
    return list_machines ();
  if (strcmp (verb, "shapes") == 0)
    return list_shapes ();
  if (strcmp (verb, "sample") == 0 && count == 5)
    return write_sample (arguments[2], arguments[3], arguments[4]);
  if (strcmp (verb, "stories") == 0 && count == 3)
    return list_stories (arguments[2]);
  if (strcmp (verb, "attack") == 0 && count == 6)
    return write_twin (arguments[2], arguments[3], arguments[4], strcmp (arguments[5], "grown") == 0);
  fprintf (stderr, "usage: see the head of %s\n", __FILE__);
  return EXIT_FAILURE;
}
