#ifndef ASSAY_REBUILD_DELIVERY_PRIVATE_H
#define ASSAY_REBUILD_DELIVERY_PRIVATE_H

#include "inventory/stencil.h"
#include "rebuild/delivery.h"
#include "unpack/unpack.h"

/* Between the files of the delivery: places and names (delivery.c), what files hold (delivery_open.c), also as
 * texts (delivery_text.c), and what is found of it (delivery_search.c). */

struct _AssayDelivery
{
  AssayLimits limits;
  AssayReaders *readers;
  AssayKnownFiles *known; /* borrowed, or NULL */
  GPtrArray *files;       /* AssayDelivered */
  GHashTable *by_digest;  /* AssayDigest, of the file, to AssayDelivered */
  GPtrArray *unread;      /* AssayUnread */
  GPtrArray *places;      /* AssayPlaced, or NULL */
  char *odd_words;        /* the first name, or target of a link, that is no text; or NULL */
  AssayFingerprint *code;
  AssayFingerprint *passive; /* what is no code by its own account */
  AssayFingerprint *data;    /* of objects, beside their code */
  AssayStencils *objects;
  AssayStencils *object_data;
};

/**
 * assay_delivery_add_blob:
 * @path: escaped
 * @out_open: whether somebody must look into it, for an archive behind a picture too
 * @out_digest: (nullable)
 *
 * Adds a file unless it is there already. Errors: those of assay_delivery_add_tree().
 */
gboolean assay_delivery_add_blob (AssayDelivery *delivery, AssayBlob *blob, const char *path, AssayNature *out_nature,
                                  gboolean *out_open, AssayDigest *out_digest, GError **error);

/** assay_delivery_add_embedded: ELF files, objects of COFF and images of PE, also such as begin behind other bytes: a
 * step takes these off again. @base: where @blob begins in the file; @file: the digest of the whole file */
gboolean assay_delivery_add_embedded (AssayDelivery *delivery, AssayBlob *blob, guint64 base, const char *path,
                                      const AssayDigest *file, GError **error);

/** assay_delivery_add_records: what a text of records stands for (records.h); nothing where it is none. @file: its
 * digest; @out_binary: whether such a text that no reader unpacks is no text by what it says */
gboolean assay_delivery_add_records (AssayDelivery *delivery, AssayBlob *blob, const char *path,
                                     const AssayDigest *file, gboolean *out_binary, GError **error);

/** assay_delivery_open: looks into a file. @source: its number */
gboolean assay_delivery_open (AssayDelivery *delivery, AssayBlob *blob, guint32 source, const char *path,
                              GError **error);

#endif
