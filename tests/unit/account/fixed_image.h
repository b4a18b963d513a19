#ifndef ASSAY_TEST_FIXED_IMAGE_H
#define ASSAY_TEST_FIXED_IMAGE_H

#include "account/work.h"

/** One container, and a stream with content in it that is judged: all that whether its form is content too depends on.
 */
typedef struct
{
  AssayWork work;
  AssayNode container;
  AssayNode content;
  AssayNode stream;
  AssayPairing pairing;
  AssayMatch none; /* of all: no rebuild makes anything */
  AssayAccount account;
} Image;

/** Fills in one more entry of the container; what @image has of @node is freed with it. */
AssayNode *add_entry (Image *image, AssayNode *node, AssayNodeType type, const char *path);

/** A stream of 1024 bytes at @path of a container of @format, the content of which has one; @mode: NULL: has none. */
void image_init (Image *image, const char *format, const char *path, const char *mode);
void image_clear (Image *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Image, image_clear)

/** Whether the form of the stream is content too. */
gboolean is_fixed (Image *image);

#endif
