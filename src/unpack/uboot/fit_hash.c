#include "unpack/uboot/fdt.h"

#include "crypto/digest.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <libfdt.h>
#include <zlib.h>

/*
 * The hash nodes of an image. It may have any number of them, of any size of data: each of its digests is made once.
 */

/** Digests that a FIT's hash node may name (`algo`). */
typedef struct
{
  const char *algo;
  const char *digest; /* by OpenSSL's name; NULL for CRCs */
  guint length;
} HashKind;

static const HashKind hash_kinds[] = {
  { "sha256", "SHA256", 32 }, { "sha1", "SHA1", 20 }, { "sha384", "SHA384", 48 }, { "sha512", "SHA512", 64 },
  { "md5", "MD5", 16 },       { "crc32", NULL, 4 },   { "crc16-ccitt", NULL, 2 },
};

/** The first of them. */
#define HASH_SHA256 0u

/** The digests of one image: of each kind whether it was asked for, whether it could be made, and what it is. */
struct AssayFitDigests
{
  struct
  {
    gboolean asked;
    gboolean made;
    guint8 bytes[64];
  } of[G_N_ELEMENTS (hash_kinds)];
};

void
assay_fit_image_free (gpointer data)
{
  AssayFitImage *image = data;
  g_free (image->digests);
  g_free (image);
}

/* As lib/crc16-ccitt.c of U-Boot counts it: from 0, the highest bit first. */
static guint16
crc16 (const guint8 *data, gsize length)
{
  guint16 sum = 0;
  for (gsize i = 0; i < length; i++)
    {
      sum = (guint16)(sum ^ data[i] << 8);
      for (guint bit = 0; bit < 8; bit++)
        sum = (guint16)((sum & 0x8000) != 0 ? sum << 1 ^ 0x1021 : sum << 1);
    }
  return sum;
}

static gboolean
make_digest (const HashKind *kind, const guint8 *data, gsize length, guint8 *out)
{
  if (kind->digest != NULL)
    return assay_digest_bytes (kind->digest, data, length, out, kind->length);
  guint32 sum = GUINT32_TO_BE ((guint32)crc32_z (0, data, length));
  guint16 half = kind->length == sizeof half ? GUINT16_TO_BE (crc16 (data, length)) : 0;
  memcpy (out, kind->length == sizeof half ? (const void *)&half : &sum, kind->length);
  return TRUE;
}

/* The digest of that kind of an image's data; NULL where it cannot be made. */
static const guint8 *
digest_of (const AssayFdt *fdt, AssayFitImage *image, gsize kind)
{
  if (image->digests == NULL)
    image->digests = g_new0 (AssayFitDigests, 1);
  AssayFitDigests *digests = image->digests;
  if (!digests->of[kind].asked)
    {
      digests->of[kind].asked = TRUE;
      digests->of[kind].made
          = make_digest (&hash_kinds[kind], fdt->bytes + image->offset, image->length, digests->of[kind].bytes);
    }
  return digests->of[kind].made ? digests->of[kind].bytes : NULL;
}

static gboolean
hash_equals (const AssayFdt *fdt, AssayFitImage *image, gsize kind, const guint8 *value)
{
  const guint8 *digest = digest_of (fdt, image, kind);
  return digest != NULL && memcmp (digest, value, hash_kinds[kind].length) == 0;
}

/* Of the open node, which may have any number of properties. */
static const char *
algo_of (AssayFdt *fdt)
{
  int node = fdt->open[fdt->depth];
  int length = 0;
  if (fdt->hash_node == node)
    return fdt->hash_algo;
  const char *algo = fdt_getprop (fdt->bytes, node, "algo", &length);
  fdt->hash_node = node;
  fdt->hash_algo = algo != NULL && length > 0 && algo[length - 1] == '\0' ? algo : NULL;
  return fdt->hash_algo;
}

/* The image that a node is a hash node of, which stands right beneath it. */
static AssayFitImage *
hashed_image (const AssayFdt *fdt)
{
  const char *path = fdt->path->str;
  const char *last = strrchr (path, '/');
  if (last == NULL || !g_str_has_prefix (last, "/hash"))
    return NULL;
  AssayFitImage *image = assay_fit_image_of (fdt, path);
  return image != NULL && strchr (path + strlen (ASSAY_FIT_IMAGES "/"), '/') == last ? image : NULL;
}

/* @out_known: whether it can be told what it is of */
static gboolean
is_digest (AssayFdt *fdt, AssayFitImage *image, const guint8 *value, gint64 length, gboolean *out_known)
{
  const char *algo = algo_of (fdt);
  *out_known = FALSE;
  for (gsize i = 0; algo != NULL && i < G_N_ELEMENTS (hash_kinds); i++)
    if (strcmp (algo, hash_kinds[i].algo) == 0 && length == hash_kinds[i].length)
      {
        *out_known = TRUE;
        return hash_equals (fdt, image, i, value);
      }
  return FALSE;
}

gboolean
assay_fit_hash_is_derived (AssayFdt *fdt, const AssayFdtProperty *property)
{
  if (strcmp (property->name, "value") != 0)
    return FALSE;
  AssayFitImage *image = hashed_image (fdt);
  gboolean known = FALSE;
  return image != NULL && is_digest (fdt, image, fdt->bytes + property->value_offset, property->length, &known);
}

/* A hash of a kind that is not known here may be right to who knows it, of the rebuild's data: so the fact says of
 * which data it is. */
void
assay_fit_note_hash (AssayFdt *fdt)
{
  AssayFitImage *image = hashed_image (fdt);
  int length = 0;
  gboolean known = FALSE;
  const guint8 *value = image == NULL ? NULL : fdt_getprop (fdt->bytes, fdt->open[fdt->depth], "value", &length);
  if (image == NULL || (value != NULL && is_digest (fdt, image, value, length, &known)))
    return;
  g_autofree char *raw = g_strconcat (strrchr (fdt->path->str, '/') + 1, "/wrong", NULL);
  g_autofree char *name = assay_text_escape_line (raw, -1);
  const guint8 *digest = known ? NULL : digest_of (fdt, image, HASH_SHA256);
  g_autofree char *of = digest == NULL ? g_strdup ("yes") : assay_text_hex (digest, hash_kinds[HASH_SHA256].length);
  assay_facts_add (image->node->facts, assay_text_intern (name), digest == NULL ? "%s" : "not known, for %s", of);
}
