#ifndef ASSAY_UTIL_PACKED_H
#define ASSAY_UTIL_PACKED_H

#include <glib.h>
#include <string.h>

/**
 * AssayPacked:
 *
 * Numbers and bytes one behind the other in as few bytes as they need: for what there may be tens of millions of,
 * mostly small. Written at the end, read from wherever something was written. Ours alone: nothing in it is untrusted,
 * and it is never written to a file. Zero-initialised is empty.
 *
 * @length: bytes that are in use
 */
typedef struct
{
  guint8 *bytes;
  gsize length;
  gsize room;
} AssayPacked;

/** assay_packed_clear: empty again; what it had is freed. */
void assay_packed_clear (AssayPacked *packed);

/** ASSAY_PACKED_MORE: of a byte of a number: another one follows. */
#define ASSAY_PACKED_MORE 0x80u

/** assay_packed_put_long: as assay_packed_put(), of any number. */
void assay_packed_put_long (AssayPacked *packed, guint64 value);
/** assay_packed_put: seven bits a byte, the lowest first (LEB128, as in DWARF 5, 7.6): 1 to 10 bytes. */
static inline void
assay_packed_put (AssayPacked *packed, guint64 value)
{
  if (G_LIKELY (value < ASSAY_PACKED_MORE && packed->length < packed->room))
    packed->bytes[packed->length++] = (guint8)value;
  else
    assay_packed_put_long (packed, value);
}
void assay_packed_put_bytes (AssayPacked *packed, const guint8 *bytes, gsize length);

/** ASSAY_PACKED_NUMBER_BYTES: of the longest number: 64 bits, seven a byte. */
#define ASSAY_PACKED_NUMBER_BYTES 10u

/** assay_packed_reserve: makes room for so many bytes behind the end. */
void assay_packed_reserve (AssayPacked *packed, gsize length);
/** assay_packed_room: the end, behind which so many bytes may be written by assay_packed_write(); @length is then to be
 * moved behind them. Several numbers in one go take less time than one after another. */
static inline guint8 *
assay_packed_room (AssayPacked *packed, gsize length)
{
  if (G_UNLIKELY (packed->room - packed->length < length))
    assay_packed_reserve (packed, length);
  return packed->bytes + packed->length;
}

/** assay_packed_write: as assay_packed_put(), at @at. Returns: what is behind it */
static inline guint8 *
assay_packed_write (guint8 *at, guint64 value)
{
  for (; G_UNLIKELY (value >= ASSAY_PACKED_MORE); value >>= 7)
    *at++ = (guint8)(value | ASSAY_PACKED_MORE);
  *at++ = (guint8)value;
  return at;
}

/** assay_packed_next_long: as assay_packed_next(), of a number of any length. */
guint64 assay_packed_next_long (const guint8 **at);
/** assay_packed_next: the number that was put at @at, which is moved behind it. Most have a byte or two, and there are
 * millions. */
static inline guint64
assay_packed_next (const guint8 **at)
{
  const guint8 *here = *at;
  if (G_LIKELY ((here[0] & ASSAY_PACKED_MORE) == 0))
    {
      *at = here + 1;
      return here[0];
    }
  if (G_UNLIKELY ((here[1] & ASSAY_PACKED_MORE) != 0))
    return assay_packed_next_long (at);
  *at = here + 2;
  return (guint64)(here[0] & (ASSAY_PACKED_MORE - 1)) | (guint64)here[1] << 7;
}

/** assay_packed_take: @at: where it was put; moved behind it. */
static inline guint64
assay_packed_take (const AssayPacked *packed, gsize *at)
{
  const guint8 *here = packed->bytes + *at;
  guint64 value = assay_packed_next (&here);
  *at = (gsize)(here - packed->bytes);
  return value;
}

/** assay_packed_next_bytes: as many as were put; most are one byte. */
static inline void
assay_packed_next_bytes (const guint8 **at, guint8 *out, gsize length)
{
  if (length == 1)
    *out = **at;
  else if (length > 1)
    memcpy (out, *at, length);
  *at += length;
}

/** assay_packed_step: how far it is from one number to another, modulo 2^64, as a number that is small where both are
 * near each other, whichever is the larger; assay_packed_stepped() is the other one again. */
static inline guint64
assay_packed_step (guint64 from, guint64 to)
{
  guint64 distance = to - from;
  return (distance << 1) ^ (distance >> 63 != 0 ? G_MAXUINT64 : 0);
}

static inline guint64
assay_packed_stepped (guint64 from, guint64 step)
{
  return from + ((step >> 1) ^ ((step & 1) != 0 ? G_MAXUINT64 : 0));
}

#endif
