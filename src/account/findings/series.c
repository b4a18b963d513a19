#include "account/findings/series.h"

#include <string.h>

const char assay_finding_each_its_own[] = "";

/** What the first byte of a packed finding says of it: what is so is not written down. */
enum
{
  OF_LAST_KIND = 1,
  OF_LAST_RANK = 2,
  OF_LAST_SHIFT = 4, /* or without an address */
  ONE_BYTE = 8,      /* and it shows that of both sides */
  BACKWARDS = 16,    /* it begins before the end of the one before it */
};

#define NUMBERS 8u /* of one finding at most */

void
assay_finding_series_clear (AssayFindingSeries *series)
{
  assay_packed_clear (&series->packed);
  g_clear_pointer (&series->places, g_array_unref);
  *series = (AssayFindingSeries){ 0 };
}

static guint
shape_of (const AssayFindingPlace *place, const AssayFindingKind *kind, const AssayFinding *finding, guint64 shift)
{
  gboolean one = finding->length == 1 && finding->shipped_length == 1 && finding->expected_length == 1;
  return (place->kind == kind ? OF_LAST_KIND : 0u) | (place->rank == finding->rank ? OF_LAST_RANK : 0u)
         | (place->shift == shift ? OF_LAST_SHIFT : 0u) | (one ? ONE_BYTE : 0u)
         | (finding->offset < place->end ? BACKWARDS : 0u);
}

/* With the NUL behind it: it is read where it lies. */
static void
pack_message (AssayPacked *packed, const char *message)
{
  gsize length = strlen (message) + 1;
  assay_packed_put (packed, length);
  assay_packed_put_bytes (packed, (const guint8 *)message, length);
}

static guint8 *
write_bytes (guint8 *at, const guint8 *bytes, gsize length)
{
  if (length > 0)
    memcpy (at, bytes, length);
  return at + length;
}

static guint8 *
write_sides (guint8 *at, guint shape, const AssayFinding *finding)
{
  if ((shape & ONE_BYTE) != 0)
    {
      *at++ = finding->shipped[0];
      *at++ = finding->expected[0];
      return at;
    }
  at = assay_packed_write (at, finding->length);
  at = assay_packed_write (at, finding->shipped_length);
  at = write_bytes (at, finding->shipped, finding->shipped_length);
  at = assay_packed_write (at, finding->expected_length);
  return write_bytes (at, finding->expected, finding->expected_length);
}

void
assay_finding_series_add (AssayFindingSeries *series, const AssayFindingKind *kind, const AssayFinding *finding)
{
  AssayPacked *packed = &series->packed;
  AssayFindingPlace *place = &series->end;
  if (series->places == NULL)
    series->places = g_array_new (FALSE, FALSE, sizeof *place);
  place->at = packed->length;
  if (series->length++ % ASSAY_FINDING_STRIDE == 0)
    g_array_append_val (series->places, *place);
  guint64 shift = kind->has_address ? finding->address - finding->offset : place->shift;
  guint shape = shape_of (place, kind, finding, shift);
  guint8 *at = assay_packed_room (packed, NUMBERS * ASSAY_PACKED_NUMBER_BYTES + sizeof finding->shipped
                                              + sizeof finding->expected);
  at = assay_packed_write (at, shape);
  at = assay_packed_write (at, (shape & BACKWARDS) != 0 ? place->end - finding->offset : finding->offset - place->end);
  if ((shape & OF_LAST_KIND) == 0)
    at = assay_packed_write (at, kind->index);
  /* the largest rank is that of all that have none of their own */
  if ((shape & OF_LAST_RANK) == 0)
    at = assay_packed_write (at, (guint32)(finding->rank + 1));
  if ((shape & OF_LAST_SHIFT) == 0)
    at = assay_packed_write (at, assay_packed_step (place->shift, shift));
  at = write_sides (at, shape, finding);
  packed->length = (gsize)(at - packed->bytes);
  if (kind->message == assay_finding_each_its_own)
    pack_message (packed, finding->message);
  place->end = finding->offset + finding->length;
  place->shift = shift;
  place->kind = kind;
  place->rank = finding->rank;
}

void
assay_finding_series_cut (AssayFindingSeries *series, guint length, const AssayFindingPlace *end)
{
  if (length < series->length)
    g_array_set_size (series->places, (length + ASSAY_FINDING_STRIDE - 1) / ASSAY_FINDING_STRIDE);
  series->length = length;
  series->packed.length = end->at;
  series->end = *end;
}

void
assay_finding_kind_fill (const AssayFindingKind *kind, AssayFinding *out)
{
  out->node = kind->node;
  out->rule = kind->rule;
  out->grant = kind->grant;
  out->words = kind->words;
  out->message = kind->shown;
  out->has_own_message = kind->message == assay_finding_each_its_own;
  out->class_ = kind->class_;
  out->cause = kind->cause;
  out->order = kind->order;
  out->has_address = kind->has_address != 0;
}

static const guint8 *
unpack_bytes (const guint8 *at, AssayFinding *out)
{
  out->length = assay_packed_next (&at);
  out->shipped_length = (guint8)assay_packed_next (&at);
  assay_packed_next_bytes (&at, out->shipped, out->shipped_length);
  out->expected_length = (guint8)assay_packed_next (&at);
  assay_packed_next_bytes (&at, out->expected, out->expected_length);
  return at;
}

/* @before: the kind of what @out holds already, or NULL */
static const AssayFindingKind *
unpack (const AssayFindingSeries *series, const GPtrArray *kinds, AssayFindingPlace *place,
        const AssayFindingKind *before, AssayFinding *out)
{
  const guint8 *at = series->packed.bytes + place->at;
  guint shape = *at++;
  guint64 step = assay_packed_next (&at);
  guint64 offset = (shape & BACKWARDS) != 0 ? place->end - step : place->end + step;
  const AssayFindingKind *kind = place->kind;
  if ((shape & OF_LAST_KIND) == 0)
    place->kind = kind = g_ptr_array_index (kinds, assay_packed_next (&at));
  if ((shape & OF_LAST_RANK) == 0)
    place->rank = (guint32)assay_packed_next (&at) - 1;
  if ((shape & OF_LAST_SHIFT) == 0)
    place->shift = assay_packed_stepped (place->shift, assay_packed_next (&at));
  if (kind != before)
    assay_finding_kind_fill (kind, out);
  out->offset = offset;
  out->rank = place->rank;
  out->address = kind->has_address ? offset + place->shift : 0;
  if ((shape & ONE_BYTE) != 0)
    {
      out->length = out->shipped_length = out->expected_length = 1;
      out->shipped[0] = *at++;
      out->expected[0] = *at++;
    }
  else
    at = unpack_bytes (at, out);
  if (out->has_own_message)
    {
      gsize length = assay_packed_next (&at);
      out->message = (const char *)at;
      at += length;
    }
  place->end = offset + out->length;
  place->at = (gsize)(at - series->packed.bytes);
  return kind;
}

const AssayFinding *
assay_finding_series_read (const AssayFindingSeries *series, const GPtrArray *kinds, guint index,
                           AssayFindingCursor *cursor)
{
  guint next = cursor->held ? cursor->index + 1 : G_MAXUINT;
  if (next > index || index - next >= ASSAY_FINDING_STRIDE)
    {
      next = index - index % ASSAY_FINDING_STRIDE;
      cursor->next = g_array_index (series->places, AssayFindingPlace, index / ASSAY_FINDING_STRIDE);
    }
  for (; next <= index; next++)
    cursor->kind = unpack (series, kinds, &cursor->next, cursor->kind, &cursor->finding);
  cursor->index = index;
  cursor->held = TRUE;
  return &cursor->finding;
}
