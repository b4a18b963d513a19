#include "report/listing.h"

#include "util/json.h"
#include "util/snapshot.h"

#include <assay/error.h>
#include <assay/verdict.h>

#include <string.h>

/* Text that is kept in memory before a private file is made of it, and that is written at once. */
#define MEMORY_BYTES (16u * 1024u * 1024u)
/* Text that is read at once: elements are asked for one behind the other. */
#define WINDOW_BYTES (256u * 1024u)

struct _AssayListing
{
  GArray *ends;        /* guint64: where the text of each ends */
  GByteArray *classes; /* of each; ASSAY_CLASS_COUNT: none that we know */
  GByteArray *pending; /* text that is not in the file yet */
  AssaySnapshot file;
  guint64 size;
  AssayBlob *text; /* all of it, once settled */
  GByteArray *window;
  guint64 window_offset;
  GError *error; /* of the first element that could not be read */
};

AssayListing *
assay_listing_new (void)
{
  AssayListing *listing = g_new0 (AssayListing, 1);
  listing->ends = g_array_new (FALSE, FALSE, sizeof (guint64));
  listing->classes = g_byte_array_new ();
  listing->pending = g_byte_array_new ();
  listing->window = g_byte_array_new ();
  listing->file.fd = -1;
  return listing;
}

void
assay_listing_free (AssayListing *listing)
{
  if (listing == NULL)
    return;
  g_array_unref (listing->ends);
  g_byte_array_unref (listing->classes);
  g_clear_pointer (&listing->pending, g_byte_array_unref);
  g_byte_array_unref (listing->window);
  g_clear_pointer (&listing->text, assay_blob_unref);
  assay_snapshot_clear (&listing->file);
  g_clear_error (&listing->error);
  g_free (listing);
}

static guint8
class_of (const json_t *element)
{
  const char *name = assay_json_get_text (element, "class");
  guint8 class_ = 0;
  while (class_ < ASSAY_CLASS_COUNT && strcmp (name, assay_class_name ((AssayClass)class_)) != 0)
    class_++;
  return class_;
}

static gboolean
spill (AssayListing *listing, GError **error)
{
  if (listing->file.fd < 0 && !assay_snapshot_begin (&listing->file, error))
    return FALSE;
  gboolean added = assay_snapshot_add (&listing->file, listing->pending->data, listing->pending->len, error);
  g_byte_array_set_size (listing->pending, 0);
  return added;
}

gboolean
assay_listing_add (AssayListing *listing, const char *text, gsize length_bytes, const json_t *element, GError **error)
{
  guint8 class_ = class_of (element);
  if (listing->ends->len >= ASSAY_LISTING_MOST)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "a report of more than %u findings", ASSAY_LISTING_MOST);
      return FALSE;
    }
  listing->size += length_bytes;
  g_array_append_val (listing->ends, listing->size);
  g_byte_array_append (listing->classes, &class_, 1);
  g_byte_array_append (listing->pending, (const guint8 *)text, (guint)length_bytes);
  return listing->pending->len < MEMORY_BYTES || spill (listing, error);
}

gboolean
assay_listing_settle (AssayListing *listing, GError **error)
{
  if (listing->file.fd < 0)
    {
      g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (g_steal_pointer (&listing->pending));
      listing->text = assay_blob_new_for_bytes (bytes);
      return TRUE;
    }
  if (listing->pending->len > 0 && !spill (listing, error))
    return FALSE;
  g_clear_pointer (&listing->pending, g_byte_array_unref);
  listing->text = assay_snapshot_finish (&listing->file, error);
  return listing->text != NULL;
}

guint
assay_listing_length (const AssayListing *listing)
{
  return listing->ends->len;
}

const char *
assay_listing_class (const AssayListing *listing, guint index)
{
  guint8 class_ = listing->classes->data[index];
  return class_ < ASSAY_CLASS_COUNT ? assay_class_name ((AssayClass)class_) : NULL;
}

/* So that the text from @begin to @end lies in the window. */
static gboolean
look_at (AssayListing *listing, guint64 begin, guint64 end, GError **error)
{
  if (begin >= listing->window_offset && end - listing->window_offset <= listing->window->len)
    return TRUE;
  guint64 length = MIN (MAX (end - begin, WINDOW_BYTES), listing->size - begin);
  g_byte_array_set_size (listing->window, (guint)length);
  listing->window_offset = begin;
  if (assay_blob_read (listing->text, begin, listing->window->data, (gsize)length, error))
    return TRUE;
  g_byte_array_set_size (listing->window, 0);
  return FALSE;
}

json_t *
assay_listing_element (AssayListing *listing, guint index)
{
  guint64 begin = index == 0 ? 0 : g_array_index (listing->ends, guint64, index - 1);
  guint64 end = g_array_index (listing->ends, guint64, index);
  g_autoptr (GError) error = NULL;
  json_t *element = NULL;
  if (look_at (listing, begin, end, &error))
    element = assay_json_parse ((const char *)listing->window->data + (begin - listing->window_offset),
                                (gsize)(end - begin), "a finding that was read before", &error);
  if (element != NULL)
    return element;
  if (listing->error == NULL)
    listing->error = g_steal_pointer (&error);
  return json_object ();
}

gboolean
assay_listing_check (const AssayListing *listing, GError **error)
{
  if (listing->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (listing->error));
  return FALSE;
}
