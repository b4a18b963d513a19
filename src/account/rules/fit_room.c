#include "account/rules/fit.h"

#include <libfdt.h>
#include <string.h>

/* The steps in which mkimage makes room in a tree before it writes into it (U-Boot, tools/fit_image.c). */
#define ROOM_STEP 1024u

/* What newer versions make room for at once: for each hash, and for each signature. */
#define HASH_ROOM 128u
#define SIGNATURE_ROOM 1024u

/** Where a tree ends, how long it says to be, and how much room its nodes ask for. */
typedef struct
{
  guint64 end;
  guint64 total;
  guint64 hashes;
  guint64 signatures;
} Room;

static void
count_nodes (const guint8 *fdt, const char *above, Room *room)
{
  int parent = fdt_path_offset (fdt, above);
  int owner, node;
  if (parent < 0)
    return;
  fdt_for_each_subnode (owner, fdt, parent)
  {
    fdt_for_each_subnode (node, fdt, owner)
    {
      const char *name = fdt_get_name (fdt, node, NULL);
      room->hashes += name != NULL && g_str_has_prefix (name, "hash");
      room->signatures += name != NULL && g_str_has_prefix (name, "signature");
    }
  }
}

static gboolean
measure (AssayBlob *blob, Room *out, GError **error)
{
  const guint8 *fdt = NULL;
  if (!assay_blob_map (blob, &fdt, error))
    return FALSE;
  out->end = (guint64)fdt_off_dt_strings (fdt) + fdt_size_dt_strings (fdt);
  out->total = fdt_totalsize (fdt);
  count_nodes (fdt, "/images", out);
  count_nodes (fdt, "/configurations", out);
  return TRUE;
}

gboolean
assay_fit_room_follows (AssayBlob *shipped, AssayBlob *expected, gboolean *out_follows, GError **error)
{
  Room room = { 0 };
  Room other = { 0 };
  *out_follows = FALSE;
  if (!measure (shipped, &room, error) || !measure (expected, &other, error))
    return FALSE;
  if (room.total < room.end)
    return TRUE;
  /* In steps until all fits, from the tree as the rebuild has it, without its room; or, in one run, from what that was
   * made of. */
  gboolean stepwise
      = room.total % ROOM_STEP == other.end % ROOM_STEP || room.total % ROOM_STEP == other.total % ROOM_STEP;
  /* Or all at once. */
  guint64 signatures = SIGNATURE_ROOM * room.signatures;
  gboolean at_once
      = room.total == other.end + HASH_ROOM * room.hashes + signatures || room.total == other.total + signatures;
  *out_follows = (stepwise && room.total - room.end < ROOM_STEP) || at_once;
  return TRUE;
}
