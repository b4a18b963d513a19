#include "rebuild/recording_private.h"

#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

/* Files that a reason names. */
#define NAMED_MAX 3u

/** What is known of a delivered file while a record is worked through. */
typedef struct
{
  const AssayPlaced *placed;
  char *path; /* inside */
  gboolean opened;
  gboolean as_delivered;
} Delivered;

typedef struct
{
  AssayRecording *recording;
  const AssayRecord *record;
  GPtrArray *delivered; /* Delivered */
  GHashTable *by_path;  /* utf8 to Delivered */
  gboolean has_fine_times;
  GPtrArray *opaque;     /* utf8: files that came ready-made and that were opened, or may have been */
  const char *odd_words; /* assay_delivery_get_odd_words() */
} Settling;

static void
delivered_free (gpointer data)
{
  Delivered *delivered = data;
  g_free (delivered->path);
  g_free (delivered);
}

static void
settling_clear (Settling *settling)
{
  g_hash_table_unref (settling->by_path);
  g_ptr_array_unref (settling->delivered);
  g_ptr_array_unref (settling->opaque);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Settling, settling_clear)

/* --- delivered files --- */

static gboolean
same_times (const struct stat *a, const struct stat *b)
{
  return a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec
         && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Whatever is done to a file or its names sets its ctime, which nobody inside can set back: so a file that was renamed,
 * linked, written or removed for a while is found out. Between what we did to it and the first program of a step lie
 * more ticks of the clock than one. Inputs are read-only. */
static gboolean
is_as_delivered (const Settling *settling, const Delivered *delivered)
{
  const struct stat *before = &delivered->placed->status;
  struct stat now;
  if (assay_record_find (settling->record, delivered->path) != ASSAY_RECORD_BUILD)
    return TRUE;
  return assay_record_look (settling->record, delivered->path, &now) && now.st_ino == before->st_ino
         && now.st_dev == before->st_dev && now.st_nlink == before->st_nlink && now.st_size == before->st_size
         && now.st_mode == before->st_mode && same_times (&now, before)
         && !assay_record_was_moved (settling->record, delivered->path);
}

static void
add_places (Settling *settling, const GPtrArray *places, const char *source)
{
  for (guint i = 0; i < places->len; i++)
    {
      Delivered *delivered = g_new0 (Delivered, 1);
      delivered->placed = g_ptr_array_index (places, i);
      const char *name = delivered->placed->name;
      delivered->path = *name == '/' ? g_strdup (name) : g_build_filename (source, name, NULL);
      delivered->as_delivered = is_as_delivered (settling, delivered);
      settling->has_fine_times = settling->has_fine_times || delivered->placed->status.st_ctim.tv_nsec != 0;
      g_ptr_array_add (settling->delivered, delivered);
      g_hash_table_insert (settling->by_path, delivered->path, delivered);
    }
}

/* --- what was opened --- */

/* The toolchain is read-only: what was opened there is there still. */
static gboolean
note_tool (Settling *settling, const char *path, GError **error)
{
  struct stat status;
  int fd = assay_record_open (settling->record, path);
  if (fd < 0)
    return TRUE;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_fd (fd, error);
  AssayRecordedFile *file = g_new0 (AssayRecordedFile, 1);
  g_ptr_array_add (settling->recording->toolchain, file);
  file->path = assay_text_escape_line (path, -1);
  file->as_delivered = TRUE;
  file->is_program
      = assay_record_look (settling->record, path, &status) && (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  return blob != NULL && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &file->sha256, error);
}

static gboolean
note (Settling *settling, const char *path, GError **error)
{
  if (assay_record_find (settling->record, path) == ASSAY_RECORD_TOOLCHAIN)
    return note_tool (settling, path, error);
  Delivered *delivered = g_hash_table_lookup (settling->by_path, path);
  if (delivered != NULL)
    delivered->opened = TRUE; /* else the build made it */
  return TRUE;
}

static gboolean
note_all (Settling *settling, GError **error)
{
  g_autoptr (GPtrArray) opened = assay_record_list_opened (settling->record);
  for (guint i = 0; i < opened->len; i++)
    if (assay_cancelled (error) || !note (settling, g_ptr_array_index (opened, i), error))
      return FALSE;
  return TRUE;
}

/* --- what follows --- */

static void
add_lines (const Settling *settling, const Delivered *delivered)
{
  const AssayPlaced *placed = delivered->placed;
  gboolean maybe = delivered->opened || !delivered->as_delivered || !settling->recording->whole;
  AssayLineControl *control = maybe ? assay_line_control_copy (placed->line_control) : NULL;
  assay_recording_add_lines (settling->recording, delivered->path, &placed->sha256, TRUE, control);
}

/* Files of the build that lie there as they came. */
static gboolean
is_known (const char *path, gpointer data)
{
  const Settling *settling = data;
  const Delivered *delivered = g_hash_table_lookup (settling->by_path, path);
  return delivered != NULL && delivered->as_delivered;
}

static gboolean
is_readable (AssayNature nature)
{
  return nature == ASSAY_NATURE_TEXT || nature == ASSAY_NATURE_DATA;
}

static void
list_delivered (Settling *settling)
{
  AssayRecording *recording = settling->recording;
  for (guint i = 0; i < settling->delivered->len; i++)
    {
      const Delivered *delivered = g_ptr_array_index (settling->delivered, i);
      const AssayPlaced *placed = delivered->placed;
      char *shown = assay_text_escape_line (delivered->path, -1);
      add_lines (settling, delivered);
      /* What had another name for a while may have been opened by that. */
      if (!is_readable (placed->nature) && (delivered->opened || !delivered->as_delivered))
        g_ptr_array_add (settling->opaque, g_strdup (shown));
      if (!delivered->opened)
        {
          g_ptr_array_add (delivered->as_delivered && recording->whole ? recording->idle : recording->unsure, shown);
          continue;
        }
      AssayRecordedFile *file = g_new0 (AssayRecordedFile, 1);
      file->path = shown;
      file->sha256 = placed->sha256;
      file->is_program = (placed->status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
      file->as_delivered = delivered->as_delivered;
      g_ptr_array_add (recording->delivered, file);
    }
}

static gint
compare_files (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const AssayRecordedFile *const *)a)->path, (*(const AssayRecordedFile *const *)b)->path);
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* "a.o, b.o, c.o and 5 more" */
static char *
name_some (const GPtrArray *names)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < names->len && i < NAMED_MAX; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index (names, i));
  if (names->len > NAMED_MAX)
    g_string_append_printf (text, " and %u more", names->len - NAMED_MAX);
  return g_string_free (text, FALSE);
}

static void
add_doubts (Settling *settling, AssayRecordDoubts of)
{
  GPtrArray *reasons = settling->recording->reasons;
  const GPtrArray *doubts = assay_record_get_doubts (settling->record, of);
  for (guint i = 0; i < doubts->len; i++)
    if (!g_ptr_array_find_with_equal_func (reasons, g_ptr_array_index (doubts, i), g_str_equal, NULL))
      g_ptr_array_add (reasons, g_strdup (g_ptr_array_index (doubts, i)));
}

/* What lasts less than a second leaves no trace then. */
static void
check_times (Settling *settling)
{
  if (settling->has_fine_times || settling->delivered->len == 0)
    return;
  settling->recording->whole = FALSE;
  g_ptr_array_add (settling->recording->reasons,
                   g_strdup ("the file system keeps the times of files in whole seconds, which hides changes"));
}

static void
conclude (Settling *settling)
{
  AssayRecording *recording = settling->recording;
  add_doubts (settling, ASSAY_RECORD_DOUBTS_DELIVERY);
  add_doubts (settling, ASSAY_RECORD_DOUBTS_TOOLCHAIN);
  g_ptr_array_sort (settling->opaque, compare_texts);
  if (settling->opaque->len > 0)
    {
      g_autofree char *names = name_some (settling->opaque);
      g_ptr_array_add (recording->reasons,
                       g_strdup_printf ("the build read %s, or may have, which came ready-made with the source, and "
                                        "nobody knows what of it went into what",
                                        names));
    }
  if (settling->odd_words != NULL)
    g_ptr_array_add (
        recording->reasons,
        g_strdup_printf ("%s is no text, or one that ready-made code is in, and a build reads it without opening "
                         "anything",
                         settling->odd_words));
  recording->known = recording->reasons->len == 0;
  g_ptr_array_sort (recording->reasons, compare_texts);
  g_ptr_array_sort (recording->delivered, compare_files);
  g_ptr_array_sort (recording->toolchain, compare_files);
  g_ptr_array_sort (recording->idle, compare_texts);
  g_ptr_array_sort (recording->unsure, compare_texts);
}

AssayRecording *
assay_recording_new (const AssayRecord *record, const AssayDelivery *delivery, AssayDirectory *build,
                     const char *source, GError **error)
{
  g_autoptr (AssayRecording) recording = assay_recording_new_empty ();
  g_auto (Settling) settling = {
    .recording = recording,
    .record = record,
    .delivered = g_ptr_array_new_with_free_func (delivered_free),
    .by_path = g_hash_table_new (g_str_hash, g_str_equal),
    .opaque = g_ptr_array_new_with_free_func (g_free),
    .odd_words = assay_delivery_get_odd_words (delivery),
  };
  recording->whole = assay_record_get_doubts (record, ASSAY_RECORD_DOUBTS_DELIVERY)->len == 0;
  add_places (&settling, assay_delivery_get_places (delivery), source);
  check_times (&settling);
  if (!note_all (&settling, error))
    return NULL;
  list_delivered (&settling);
  if (!assay_recording_search_lines (recording, build, is_known, &settling, error))
    return NULL;
  conclude (&settling);
  return g_steal_pointer (&recording);
}
