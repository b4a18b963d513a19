#include "report/listing.h"

#include "report/mould.h"
#include "util/json.h"
#include "util/packed.h"
#include "util/snapshot.h"

#include <assay/error.h>
#include <assay/verdict.h>

#include <string.h>

/* Text that is kept in memory before a private file is made of it, and that is written at once. */
#define MEMORY_BYTES (16u * 1024u * 1024u)
/* Text that is read at once: elements are asked for one behind the other. */
#define WINDOW_BYTES (256u * 1024u)

/* Elements from one whose place is known to the next such. */
#define STRIDE 64u

/* Bits that a class takes, and ASSAY_CLASS_COUNT: none that we know. */
#define CLASS_BITS 4
G_STATIC_ASSERT (ASSAY_CLASS_COUNT < 1 << CLASS_BITS);

/** An element: where its text begins, and where its numbers are packed. */
typedef struct
{
  guint64 begin;
  gsize at;
} Place;

struct _AssayListing
{
  guint length;
  AssayPacked packed; /* of each: the length of its text, and its class */
  GArray *places;     /* Place of each STRIDE */
  guint next;         /* element that is found at @next_place without a search */
  Place next_place;
  GByteArray *pending; /* text that is not in the file yet */
  AssaySnapshot file;
  guint64 size;
  AssayBlob *text; /* all of it, once settled */
  GByteArray *window;
  guint64 window_offset;
  AssayMoulds *moulds; /* of what was looked at */
  json_t *none;        /* in the place of what cannot be read any more */
  GError *error;       /* of the first element that could not be read */
};

AssayListing *
assay_listing_new (void)
{
  AssayListing *listing = g_new0 (AssayListing, 1);
  listing->places = g_array_new (FALSE, FALSE, sizeof (Place));
  listing->pending = g_byte_array_new ();
  listing->window = g_byte_array_new ();
  listing->moulds = assay_moulds_new ();
  listing->none = json_object ();
  listing->file.fd = -1;
  return listing;
}

void
assay_listing_free (AssayListing *listing)
{
  if (listing == NULL)
    return;
  assay_packed_clear (&listing->packed);
  g_array_unref (listing->places);
  g_clear_pointer (&listing->pending, g_byte_array_unref);
  g_byte_array_unref (listing->window);
  g_clear_pointer (&listing->text, assay_blob_unref);
  assay_snapshot_clear (&listing->file);
  g_clear_error (&listing->error);
  assay_moulds_free (listing->moulds);
  json_decref (listing->none);
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
  const Place place = { listing->size, listing->packed.length };
  if (listing->length >= ASSAY_LISTING_MOST)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "a report of more than %u findings", ASSAY_LISTING_MOST);
      return FALSE;
    }
  if (listing->length++ % STRIDE == 0)
    g_array_append_val (listing->places, place);
  assay_packed_put (&listing->packed, (guint64)length_bytes << CLASS_BITS | class_of (element));
  listing->size += length_bytes;
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
  return listing->length;
}

/* Where the text of an element begins and ends, and its class. */
static guint
find (AssayListing *listing, guint index, guint64 *out_begin, guint64 *out_end)
{
  g_assert (index < listing->length);
  if (listing->next > index || index - listing->next >= STRIDE)
    {
      listing->next = index - index % STRIDE;
      listing->next_place = g_array_index (listing->places, Place, index / STRIDE);
    }
  Place *place = &listing->next_place;
  for (;; listing->next++)
    {
      Place behind = *place;
      guint64 number = assay_packed_take (&listing->packed, &behind.at);
      behind.begin += number >> CLASS_BITS;
      if (listing->next == index)
        {
          *out_begin = place->begin;
          *out_end = behind.begin;
          return number & ((1u << CLASS_BITS) - 1);
        }
      *place = behind;
    }
}

const char *
assay_listing_class (AssayListing *listing, guint index)
{
  guint64 begin = 0;
  guint64 end = 0;
  guint class_ = find (listing, index, &begin, &end);
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

const json_t *
assay_listing_look (AssayListing *listing, guint index)
{
  static const AssayJsonPart whole = { .begin = { 1, 1 } };
  guint64 begin = 0;
  guint64 end = 0;
  g_autoptr (GError) error = NULL;
  const json_t *element = NULL;
  find (listing, index, &begin, &end);
  if (look_at (listing, begin, end, &error))
    element
        = assay_moulds_parse (listing->moulds, (const char *)listing->window->data + (begin - listing->window_offset),
                              (gsize)(end - begin), "a finding that was read before", &whole, &error);
  if (element != NULL)
    return element;
  if (listing->error == NULL)
    listing->error = g_steal_pointer (&error);
  return listing->none;
}

json_t *
assay_listing_element (AssayListing *listing, guint index)
{
  json_t *element = json_deep_copy (assay_listing_look (listing, index));
  if (element == NULL && listing->error == NULL)
    g_set_error_literal (&listing->error, ASSAY_ERROR, ASSAY_ERROR_LIMIT,
                         "no memory for a finding that was read before");
  return element != NULL ? element : json_incref (listing->none);
}

gboolean
assay_listing_check (const AssayListing *listing, GError **error)
{
  if (listing->error == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (listing->error));
  return FALSE;
}
