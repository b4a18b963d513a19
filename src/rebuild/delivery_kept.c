#include "rebuild/delivery_kept.h"

#include "rebuild/delivery_private.h"
#include "util/json.h"

static json_t *
write_limits (const AssayLimits *limits)
{
  json_t *list = json_array ();
  for (guint i = 0; i < ASSAY_LIMIT_COUNT; i++)
    json_array_append_new (list, json_sprintf ("%" G_GUINT64_FORMAT, limits->value[i]));
  return list;
}

static json_t *
write_file (const AssayDelivered *file)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&file->sha256, hex);
  return json_pack ("[s,s,s]", file->path, assay_nature_name (file->nature), hex);
}

static json_t *
write_unread (const AssayUnread *unread)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&unread->sha256, hex);
  return json_pack ("[s,s,s]", unread->path, unread->why, hex);
}

static gboolean
is_searched_for (const AssayDelivery *delivery)
{
  return !assay_fingerprint_is_empty (delivery->code) || !assay_fingerprint_is_empty (delivery->data)
         || !assay_fingerprint_is_empty (delivery->passive) || !assay_stencils_is_empty (delivery->objects)
         || !assay_stencils_is_empty (delivery->object_data);
}

json_t *
assay_delivery_write (const AssayDelivery *delivery)
{
  if (delivery->odd_words != NULL || delivery->places != NULL || is_searched_for (delivery))
    return NULL;
  g_autoptr (json_t) files = json_array ();
  g_autoptr (json_t) unread = json_array ();
  for (guint i = 0; i < delivery->files->len; i++)
    if (json_array_append_new (files, write_file (g_ptr_array_index (delivery->files, i))) != 0)
      return NULL;
  for (guint i = 0; i < delivery->unread->len; i++)
    if (json_array_append_new (unread, write_unread (g_ptr_array_index (delivery->unread, i))) != 0)
      return NULL;
  return json_pack ("{s:o,s:O,s:O}", "limits", write_limits (&delivery->limits), "files", files, "unread", unread);
}

static gboolean
read_file (AssayDelivery *delivery, json_t *written)
{
  const char *path = NULL;
  const char *name = NULL;
  const char *hex = NULL;
  g_autofree AssayDelivered *file = g_new0 (AssayDelivered, 1);
  if (json_unpack (written, "[s,s,s!]", &path, &name, &hex) != 0 || !assay_digest_from_hex (hex, &file->sha256)
      || !assay_nature_from_name (name, &file->nature))
    return FALSE;
  file->path = g_strdup (path);
  if (!g_hash_table_contains (delivery->by_digest, &file->sha256))
    g_hash_table_insert (delivery->by_digest, &file->sha256, file);
  g_ptr_array_add (delivery->files, g_steal_pointer (&file));
  return TRUE;
}

static gboolean
read_unread (AssayDelivery *delivery, json_t *written)
{
  const char *path = NULL;
  const char *why = NULL;
  const char *hex = NULL;
  AssayDigest sha256;
  if (json_unpack (written, "[s,s,s!]", &path, &why, &hex) != 0 || !assay_digest_from_hex (hex, &sha256))
    return FALSE;
  assay_unread_add (delivery->unread, path, &sha256, why);
  return TRUE;
}

static gboolean
read_all (AssayDelivery *delivery, const json_t *list, gboolean (*read_one) (AssayDelivery *, json_t *))
{
  gboolean done = json_is_array (list);
  for (gsize i = 0; done && i < json_array_size (list); i++)
    done = read_one (delivery, json_array_get (list, i));
  return done;
}

AssayDelivery *
assay_delivery_read (const json_t *written, const AssayLimits *limits)
{
  g_autoptr (json_t) wanted = write_limits (limits);
  if (!json_is_object (written) || !json_equal (json_object_get (written, "limits"), wanted))
    return NULL;
  g_autoptr (AssayDelivery) delivery = assay_delivery_new (limits);
  if (!read_all (delivery, json_object_get (written, "files"), read_file)
      || !read_all (delivery, json_object_get (written, "unread"), read_unread))
    return NULL;
  assay_delivery_settle (delivery);
  return g_steal_pointer (&delivery);
}
