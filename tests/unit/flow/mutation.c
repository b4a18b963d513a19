#include "mutation.h"

#include "util/directory.h"

#include <glib/gstdio.h>
#include <string.h>

/* More than that many wrong answers tell no more. */
#define MAX_SHOWN 20

/* Where tables and headers lie: half of all changes go there, since they are a small part of most files. */
#define EDGE_BYTES 2048

/* Longest run that is inserted or removed. */
#define MAX_RUN 24

static void
sample_free (gpointer data)
{
  MutationSample *sample = data;
  g_free (sample->name);
  g_free (sample->kept);
  g_free (sample->changed);
  g_free (sample->bytes);
  g_free (sample);
}

int
mutation_set_up (void **state)
{
  MutationRun *run = g_new0 (MutationRun, 1);
  *state = run;
  run->directory = g_dir_make_tmp ("assay-mutation-XXXXXX", NULL);
  run->samples = g_ptr_array_new_with_free_func (sample_free);
  run->wrong = g_string_new (NULL);
  run->random = g_rand_new_with_seed (MUTATION_SEED);
  return run->directory == NULL;
}

int
mutation_tear_down (void **state)
{
  MutationRun *run = *state;
  g_autoptr (AssayDirectory) directory = assay_directory_open (run->directory, NULL);
  int failed = directory == NULL || !assay_directory_remove_contents (directory, NULL) || g_rmdir (run->directory) != 0;
  g_ptr_array_unref (run->samples);
  g_string_free (run->wrong, TRUE);
  g_rand_free (run->random);
  g_free (run->directory);
  g_free (run);
  return failed;
}

void
mutation_write (const char *path, const guint8 *bytes, gsize size)
{
  /* Without care GLib leaves the end of a longer file there. */
  g_unlink (path);
  assert_true (
      g_file_set_contents_full (path, (const char *)bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

void
mutation_add_sample (MutationRun *run, const char *name, guint8 *bytes, gsize size)
{
  MutationSample *sample = g_new0 (MutationSample, 1);
  sample->name = g_strdup (name);
  sample->kept = g_strdup_printf ("%s/%u.kept", run->directory, run->samples->len);
  sample->changed = g_strdup_printf ("%s/%u.changed", run->directory, run->samples->len);
  sample->bytes = bytes;
  sample->size = size;
  g_ptr_array_add (run->samples, sample);
  mutation_write (sample->kept, bytes, size);
}

guint
mutation_share (guint permille)
{
  guint64 count = g_strcmp0 (g_getenv ("ASSAY_ALL"), "1") == 0 ? MUTATION_ALL : MUTATION_CHANGES;
  const char *given = g_getenv ("ASSAY_MUTATIONS");
  if (given != NULL && !g_ascii_string_to_unsigned (given, 10, 1, G_MAXUINT, &count, NULL))
    fail_msg ("ASSAY_MUTATIONS is no number: %s", given);
  return (guint)MAX (1, count * permille / 1000);
}

static gsize
choose_offset (GRand *random, gsize size)
{
  gint32 edge = (gint32)MIN (size, EDGE_BYTES);
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      return (gsize)g_rand_int_range (random, 0, edge);
    case 1:
      return size - 1 - (gsize)g_rand_int_range (random, 0, edge);
    default:
      return (gsize)g_rand_int_range (random, 0, (gint32)size);
    }
}

static void
insert (GRand *random, GByteArray *bytes, gsize offset)
{
  guint8 run[MAX_RUN];
  guint length = (guint)g_rand_int_range (random, 1, MAX_RUN);
  /* Zeros and repetitions are what a careless reader takes for padding. */
  guint8 fill = g_rand_boolean (random) ? 0 : bytes->data[offset];
  gboolean noise = g_rand_boolean (random);
  for (guint i = 0; i < length; i++)
    run[i] = noise ? (guint8)g_rand_int_range (random, 0, 256) : fill;
  guint old = bytes->len;
  g_byte_array_set_size (bytes, old + length);
  memmove (bytes->data + offset + length, bytes->data + offset, old - offset);
  memcpy (bytes->data + offset, run, length);
}

static void
change (MutationRun *run, Mutation *mutation)
{
  gsize offset = choose_offset (run->random, mutation->sample->size);
  mutation->offsets[0] = offset;
  mutation->offsets[1] = offset;
  guint length = 0;
  switch (mutation->kind)
    {
    case MUTATION_TWO_BYTES:
      mutation->offsets[1] = choose_offset (run->random, mutation->sample->size);
      if (mutation->offsets[1] != offset)
        mutation->bytes->data[mutation->offsets[1]] ^= (guint8)g_rand_int_range (run->random, 1, 256);
      mutation->bytes->data[offset] ^= (guint8)g_rand_int_range (run->random, 1, 256);
      break;
    case MUTATION_INSERTION:
      insert (run->random, mutation->bytes, offset);
      break;
    case MUTATION_DELETION:
      length = (guint)g_rand_int_range (run->random, 1, MAX_RUN);
      g_byte_array_remove_range (mutation->bytes, (guint)offset, MIN (length, mutation->bytes->len - (guint)offset));
      break;
    case MUTATION_TRUNCATION:
      g_byte_array_set_size (mutation->bytes, (guint)offset);
      break;
    default:
      mutation->bytes->data[offset] ^= (guint8)g_rand_int_range (run->random, 1, 256);
      break;
    }
}

/* Half of all changes are of one byte, which the strictest question can be asked of. */
Mutation
mutation_choose (MutationRun *run)
{
  static const MutationKind kinds[]
      = { MUTATION_ONE_BYTE,  MUTATION_ONE_BYTE,  MUTATION_ONE_BYTE, MUTATION_ONE_BYTE,  MUTATION_TWO_BYTES,
          MUTATION_INSERTION, MUTATION_TWO_BYTES, MUTATION_DELETION, MUTATION_TRUNCATION };
  Mutation mutation = { .sample = g_ptr_array_index (run->samples, run->changes % run->samples->len) };
  mutation.kind = kinds[g_rand_int_range (run->random, 0, G_N_ELEMENTS (kinds))];
  mutation.expected_side = g_rand_boolean (run->random);
  mutation.bytes = g_byte_array_sized_new ((guint)mutation.sample->size + MAX_RUN);
  g_byte_array_append (mutation.bytes, mutation.sample->bytes, (guint)mutation.sample->size);
  change (run, &mutation);
  return mutation;
}

AssayFlowResult *
mutation_compare (const char *shipped, const char *expected)
{
  g_autoptr (GError) error = NULL;
  AssayFlowOptions options;
  assay_flow_options_init (&options);
  AssayFlowResult *result = assay_flow_compare (shipped, expected, &options, &error);
  if (result == NULL)
    fail_msg ("%s against %s: %s", shipped, expected, error->message);
  return result;
}

AssayFlowResult *
mutation_try (const Mutation *mutation)
{
  const MutationSample *sample = mutation->sample;
  mutation_write (sample->changed, mutation->bytes->data, mutation->bytes->len);
  return mutation->expected_side ? mutation_compare (sample->kept, sample->changed)
                                 : mutation_compare (sample->changed, sample->kept);
}

char *
mutation_describe (const Mutation *mutation)
{
  static const char *const names[MUTATION_KINDS] = { "one byte", "two bytes", "insertion", "deletion", "truncation" };
  return g_strdup_printf ("%s, %s at 0x%" G_GSIZE_MODIFIER "x and 0x%" G_GSIZE_MODIFIER "x of 0x%" G_GSIZE_MODIFIER
                          "x%s",
                          mutation->sample->name, names[mutation->kind], mutation->offsets[0], mutation->offsets[1],
                          mutation->sample->size, mutation->expected_side ? " (expected side)" : "");
}

void
mutation_note (MutationRun *run, const char *what, const char *fault, AssayVerdict verdict)
{
  run->changes++;
  if (fault != NULL && run->wrong_count++ < MAX_SHOWN)
    g_string_append_printf (run->wrong, "\n  %s: %s (%s)", what, fault, assay_verdict_name (verdict));
}

const AssayFinding *
mutation_finding_at (const AssayAccount *account, const char *path, guint64 offset)
{
  for (guint i = 0; i < assay_findings_length (account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      if (finding->class_ == ASSAY_CLASS_UNEXPLAINED && strcmp (finding->node->path, path) == 0
          && offset >= finding->offset && offset - finding->offset < finding->length)
        return finding;
    }
  return NULL;
}

void
mutation_finish (MutationRun *run, const char *what)
{
  print_message ("%u changes of %s, %u samples\n", run->changes, what, run->samples->len);
  if (run->wrong_count > 0)
    fail_msg ("%u of %u changes got a wrong answer:%s", run->wrong_count, run->changes, run->wrong->str);
}
