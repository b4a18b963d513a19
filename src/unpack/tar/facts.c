#include "unpack/tar/tar.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * A header says little that the node's facts do not say already. What from_defaults() would not guess becomes a fact of
 * its own, under a prefix that tells whose header it is; so facts and name always give the whole header.
 */
typedef enum
{
  FIELD_NAME = 0,
  FIELD_PREFIX,
  FIELD_MODE,
  FIELD_UID,
  FIELD_GID,
  FIELD_SIZE,
  FIELD_MTIME,
  FIELD_LINK,
  FIELD_USER,
  FIELD_GROUP,
  FIELD_MAJOR,
  FIELD_MINOR,
  FIELD_TYPEFLAG,
  FIELD_VARIANT,
  FIELD_COUNT,
} Field;

#define NAMES(prefix)                                                                                                  \
  {                                                                                                                    \
    prefix "name", prefix "prefix", prefix "mode", prefix "uid", prefix "gid", prefix "size", prefix "mtime",          \
        prefix "link", prefix "user", prefix "group", prefix "major", prefix "minor", prefix "typeflag",               \
        prefix "variant",                                                                                              \
  }

static const char *const names[][FIELD_COUNT] = {
  [ASSAY_TAR_ENTRY] = NAMES ("header."),
  [ASSAY_TAR_PAX] = NAMES ("pax-header."),
  [ASSAY_TAR_LONG_NAME] = NAMES ("long-name."),
  [ASSAY_TAR_LONG_LINK] = NAMES ("long-link."),
};

static const struct
{
  AssayNodeType type;
  char typeflag;
  guint bits;
} types[] = {
  { ASSAY_NODE_FILE, '0', S_IFREG },         { ASSAY_NODE_HARDLINK, '1', S_IFREG },
  { ASSAY_NODE_SYMLINK, '2', S_IFLNK },      { ASSAY_NODE_CHARACTER_DEVICE, '3', S_IFCHR },
  { ASSAY_NODE_BLOCK_DEVICE, '4', S_IFBLK }, { ASSAY_NODE_DIRECTORY, '5', S_IFDIR },
  { ASSAY_NODE_FIFO, '6', S_IFIFO },
};

AssayNodeType
assay_tar_type_of (const AssayTarHeader *header)
{
  /* A file whose name ends in `/` is how archives older than ustar write a directory; readers still take it so. */
  gboolean file = header->typeflag == '0' || header->typeflag == '\0' || header->typeflag == '7'
                  || header->sparse == ASSAY_TAR_SPARSE_OLD;
  if (file)
    return g_str_has_suffix (header->name, "/") ? ASSAY_NODE_DIRECTORY : ASSAY_NODE_FILE;
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].typeflag == header->typeflag)
      return types[i].type;
  return ASSAY_NODE_UNKNOWN;
}

guint
assay_tar_type_bits (AssayNodeType type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].type == type)
      return types[i].bits;
  return 0;
}

static char
default_typeflag (const AssayNode *child, AssayTarRole role, const AssayTarVariant *variant)
{
  static const char of_role[] = { 0, 'x', 'L', 'K' };
  if (role != ASSAY_TAR_ENTRY)
    return of_role[role];
  if (child->type == ASSAY_NODE_FILE && variant->magic == ASSAY_TAR_V7)
    return '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].type == child->type)
      return types[i].typeflag;
  return '\0';
}

/* As "ustar", "gnu", "v7", and behind it in what a writer departs from GNU tar. */
static char *
describe_variant (const AssayTarVariant *variant)
{
  static const char *const magics[] = { [ASSAY_TAR_V7] = "v7", [ASSAY_TAR_USTAR] = "ustar", [ASSAY_TAR_GNU] = "gnu" };
  return g_strconcat (magics[variant->magic], variant->spaces ? "+spaces" : "", variant->devices ? "+devices" : "",
                      variant->long_checksum ? "+long-checksum" : "", NULL);
}

static gboolean
read_variant (const char *text, AssayTarVariant *out)
{
  for (guint bits = 0; bits < 3u << 3; bits++)
    {
      AssayTarVariant variant = { (AssayTarMagic)(bits >> 3), (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0 };
      g_autofree char *described = describe_variant (&variant);
      if (strcmp (described, text) == 0)
        {
          *out = variant;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
parse_signed (const char *text, gint64 *out)
{
  guint64 value = 0;
  gboolean negative = text[0] == '-';
  gsize digits = strspn (text + negative, "0123456789");
  if (!assay_number_parse (text + negative, digits, 10, &value) || value > G_MAXINT64)
    return FALSE;
  *out = negative ? -(gint64)value : (gint64)value;
  return TRUE;
}

static gboolean
read_device (const char *text, AssayTarHeader *out)
{
  const char *colon = text != NULL ? strchr (text, ':') : NULL;
  return text == NULL
         || (colon != NULL && assay_number_parse (text, (gsize)(colon - text), 10, &out->device_major)
             && assay_number_parse (colon + 1, strlen (colon + 1), 10, &out->device_minor));
}

/* What the header of an entry holds if nothing unusual is said of it. */
static gboolean
read_entry_facts (const AssayNode *child, AssayTarHeader *out)
{
  const char *mtime = assay_facts_get (child->facts, "mtime");
  out->name = assay_entry_get_raw_name (child, ASSAY_NAME_SLASH);
  out->link = assay_facts_get_text (child->facts, "link");
  out->user = assay_facts_get_text (child->facts, "user");
  out->group = assay_facts_get_text (child->facts, "group");
  out->has_device = child->type == ASSAY_NODE_CHARACTER_DEVICE || child->type == ASSAY_NODE_BLOCK_DEVICE;
  if (!assay_facts_get_number (child->facts, "mode", 8, 0, &out->mode)
      || !assay_facts_get_number (child->facts, "uid", 10, 0, &out->uid)
      || !assay_facts_get_number (child->facts, "gid", 10, 0, &out->gid) || mtime == NULL
      || !parse_signed (mtime, &out->mtime))
    return FALSE;
  out->mode &= 07777;
  out->regions = assay_tar_sparse_from_fact (child);
  if (out->regions != NULL)
    {
      out->typeflag = 'S';
      out->real_size = out->size;
      out->size = assay_tar_sparse_stored (out->regions);
    }
  return read_device (assay_facts_get (child->facts, "device"), out);
}

static gboolean
from_defaults (const AssayNode *child, const AssayNode *archive, AssayTarRole role, guint64 size, AssayTarHeader *out)
{
  const char *variant = assay_facts_get (child->facts, names[role][FIELD_VARIANT]);
  if (variant == NULL)
    variant = assay_facts_get (archive->own_facts, "variant");
  if (variant == NULL || !read_variant (variant, &out->variant))
    return FALSE;
  out->size = size;
  out->typeflag = default_typeflag (child, role, &out->variant);
  if (role == ASSAY_TAR_ENTRY)
    return read_entry_facts (child, out);
  out->name = g_strdup (role == ASSAY_TAR_PAX ? "" : "././@LongLink");
  out->link = g_strdup ("");
  out->user = g_strdup ("");
  out->group = g_strdup ("");
  out->mode = 0644;
  return TRUE;
}

static void
override_text (const AssayNode *child, const char *fact, char **text)
{
  if (assay_facts_get (child->facts, fact) == NULL)
    return;
  g_free (*text);
  *text = assay_facts_get_text (child->facts, fact);
}

gboolean
assay_tar_from_facts (const AssayNode *child, const AssayNode *archive, AssayTarRole role, guint64 size,
                      AssayTarHeader *out_header)
{
  const char *const *fact = names[role];
  AssayTarHeader *out = out_header;
  guint64 prefix, typeflag;
  if (!from_defaults (child, archive, role, size, out))
    return FALSE;
  override_text (child, fact[FIELD_NAME], &out->name);
  override_text (child, fact[FIELD_LINK], &out->link);
  override_text (child, fact[FIELD_USER], &out->user);
  override_text (child, fact[FIELD_GROUP], &out->group);
  guint64 split = out->variant.magic == ASSAY_TAR_USTAR ? assay_tar_default_prefix (out->name) : 0;
  const char *mtime = assay_facts_get (child->facts, fact[FIELD_MTIME]);
  if (!assay_facts_get_number (child->facts, fact[FIELD_PREFIX], 10, split, &prefix)
      || !assay_facts_get_number (child->facts, fact[FIELD_MODE], 8, out->mode, &out->mode)
      || !assay_facts_get_number (child->facts, fact[FIELD_UID], 10, out->uid, &out->uid)
      || !assay_facts_get_number (child->facts, fact[FIELD_GID], 10, out->gid, &out->gid)
      || !assay_facts_get_number (child->facts, fact[FIELD_SIZE], 10, out->size, &out->size)
      || !assay_facts_get_number (child->facts, fact[FIELD_MAJOR], 10, out->device_major, &out->device_major)
      || !assay_facts_get_number (child->facts, fact[FIELD_MINOR], 10, out->device_minor, &out->device_minor)
      || !assay_facts_get_number (child->facts, fact[FIELD_TYPEFLAG], 10, (guint8)out->typeflag, &typeflag)
      || (mtime != NULL && !parse_signed (mtime, &out->mtime)))
    return FALSE;
  out->prefix_length = (gsize)prefix;
  out->typeflag = (char)typeflag;
  return TRUE;
}

void
assay_tar_add_entry_facts (AssayNode *child, const AssayTarHeader *header)
{
  guint64 mode = (header->mode & 07777) | assay_tar_type_bits (child->type);
  assay_facts_add (child->facts, "mode", "0%06" G_GINT64_MODIFIER "o", mode);
  assay_facts_add_number (child->facts, "uid", header->uid);
  assay_facts_add_number (child->facts, "gid", header->gid);
  if (header->user[0] != '\0')
    assay_facts_add_raw (child->facts, "user", header->user, strlen (header->user));
  if (header->group[0] != '\0')
    assay_facts_add_raw (child->facts, "group", header->group, strlen (header->group));
  if (header->mtime_text != NULL)
    assay_facts_add (child->facts, "mtime", "%s", header->mtime_text);
  else
    assay_facts_add (child->facts, "mtime", "%" G_GINT64_FORMAT, header->mtime);
  if (header->link[0] != '\0')
    assay_facts_add_raw (child->facts, "link", header->link, strlen (header->link));
  if (header->has_device)
    assay_facts_add (child->facts, "device", "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, header->device_major,
                     header->device_minor);
}

static void
state_text (AssayNode *child, const char *fact, const char *guess, const char *real)
{
  if (strcmp (guess, real) != 0)
    assay_facts_add_raw (child->facts, fact, real, strlen (real));
}

static void
state_number (AssayNode *child, const char *fact, guint64 guess, guint64 real)
{
  if (guess != real)
    assay_facts_add_number (child->facts, fact, real);
}

static void
state_variant (AssayNode *child, AssayNode *archive, AssayTarRole role, const AssayTarHeader *header)
{
  AssayTarVariant variant = header->variant;
  AssayTarVariant others = { .devices = variant.magic == ASSAY_TAR_USTAR };
  const char *usual = assay_facts_get (archive->own_facts, "variant");
  if (usual != NULL)
    read_variant (usual, &others);
  /* A device has its numbers in every variant: its header does not say how others leave them. */
  if (header->has_device)
    variant.devices = others.devices;
  g_autofree char *text = describe_variant (&variant);
  if (usual == NULL)
    assay_facts_add (archive->own_facts, "variant", "%s", text);
  else if (strcmp (usual, text) != 0)
    assay_facts_add (child->facts, names[role][FIELD_VARIANT], "%s", text);
}

void
assay_tar_add_facts (AssayNode *child, AssayNode *archive, AssayTarRole role, const AssayTarHeader *header)
{
  const char *const *fact = names[role];
  g_auto (AssayTarHeader) guess = { 0 };
  guint64 size = role == ASSAY_TAR_ENTRY ? child->size : header->size;
  state_variant (child, archive, role, header);
  if (role == ASSAY_TAR_ENTRY && header->joined_name != NULL)
    assay_facts_add_raw (child->facts, "header.joined-name", header->joined_name, strlen (header->joined_name));
  if (!from_defaults (child, archive, role, size, &guess))
    return;
  state_text (child, fact[FIELD_NAME], guess.name, header->name);
  state_text (child, fact[FIELD_LINK], guess.link, header->link);
  state_text (child, fact[FIELD_USER], guess.user, header->user);
  state_text (child, fact[FIELD_GROUP], guess.group, header->group);
  gsize split = header->variant.magic == ASSAY_TAR_USTAR ? assay_tar_default_prefix (header->name) : 0;
  state_number (child, fact[FIELD_PREFIX], split, header->prefix_length);
  if (guess.mode != header->mode)
    assay_facts_add (child->facts, fact[FIELD_MODE], "0%06" G_GINT64_MODIFIER "o", header->mode);
  state_number (child, fact[FIELD_UID], guess.uid, header->uid);
  state_number (child, fact[FIELD_GID], guess.gid, header->gid);
  state_number (child, fact[FIELD_SIZE], guess.size, header->size);
  if (guess.mtime != header->mtime)
    assay_facts_add (child->facts, fact[FIELD_MTIME], "%" G_GINT64_FORMAT, header->mtime);
  state_number (child, fact[FIELD_MAJOR], guess.device_major, header->device_major);
  state_number (child, fact[FIELD_MINOR], guess.device_minor, header->device_minor);
  state_number (child, fact[FIELD_TYPEFLAG], (guint8)guess.typeflag, (guint8)header->typeflag);
}
