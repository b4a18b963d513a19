#include "unpack/rpm/rpm.h"

#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/** A tag, and what rpm calls it. */
typedef struct
{
  guint32 tag;
  const char *name;
} TagName;

/* The header of signatures (rpm's include/rpm/rpmtag.h: RPMSIGTAG_...). */
static const TagName signature_names[] = {
  { 62, "region" },
  { 256, "badsha1-1" },
  { 257, "badsha1-2" },
  { 264, "badsha1" },
  { 267, "dsa" },
  { 268, "rsa" },
  { 269, "sha1" },
  { 270, "longsize" },
  { 271, "longarchivesize" },
  { 273, "sha256" },
  { 274, "filesignatures" },
  { 275, "filesignaturelength" },
  { 276, "veritysignatures" },
  { 277, "veritysignaturealgo" },
  { 278, "openpgp" },
  { 279, "sha3-256" },
  { 999, "reserved" },
  { 1000, "size" },
  { 1001, "lemd5-1" },
  { 1002, "pgp" },
  { 1003, "lemd5-2" },
  { 1004, "md5" },
  { 1005, "gpg" },
  { 1006, "pgp5" },
  { 1007, "payloadsize" },
  { 1008, "reservedspace" },
};

/* The other one (RPMTAG_...), as `rpm --querytags` of version 4.18 lists them. */
static const TagName names[] = {
  { 63, "region" },
  { 100, "headeri18ntable" },
  { 257, "sigsize" },
  { 266, "pubkeys" },
  { 1000, "name" },
  { 1001, "version" },
  { 1002, "release" },
  { 1003, "epoch" },
  { 1004, "summary" },
  { 1005, "description" },
  { 1006, "buildtime" },
  { 1007, "buildhost" },
  { 1008, "installtime" },
  { 1009, "size" },
  { 1010, "distribution" },
  { 1011, "vendor" },
  { 1012, "gif" },
  { 1013, "xpm" },
  { 1014, "license" },
  { 1015, "packager" },
  { 1016, "group" },
  { 1018, "source" },
  { 1019, "patch" },
  { 1020, "url" },
  { 1021, "os" },
  { 1022, "arch" },
  { 1023, "prein" },
  { 1024, "postin" },
  { 1025, "preun" },
  { 1026, "postun" },
  { 1027, "oldfilenames" },
  { 1028, "filesizes" },
  { 1029, "filestates" },
  { 1030, "filemodes" },
  { 1033, "filerdevs" },
  { 1034, "filemtimes" },
  { 1035, "filedigests" },
  { 1036, "filelinktos" },
  { 1037, "fileflags" },
  { 1039, "fileusername" },
  { 1040, "filegroupname" },
  { 1043, "icon" },
  { 1044, "sourcerpm" },
  { 1045, "fileverifyflags" },
  { 1046, "archivesize" },
  { 1047, "providename" },
  { 1048, "requireflags" },
  { 1049, "requirename" },
  { 1050, "requireversion" },
  { 1051, "nosource" },
  { 1052, "nopatch" },
  { 1053, "conflictflags" },
  { 1054, "conflictname" },
  { 1055, "conflictversion" },
  { 1059, "excludearch" },
  { 1060, "excludeos" },
  { 1061, "exclusivearch" },
  { 1062, "exclusiveos" },
  { 1064, "rpmversion" },
  { 1065, "triggerscripts" },
  { 1066, "triggername" },
  { 1067, "triggerversion" },
  { 1068, "triggerflags" },
  { 1069, "triggerindex" },
  { 1079, "verifyscript" },
  { 1080, "changelogtime" },
  { 1081, "changelogname" },
  { 1082, "changelogtext" },
  { 1085, "preinprog" },
  { 1086, "postinprog" },
  { 1087, "preunprog" },
  { 1088, "postunprog" },
  { 1089, "buildarchs" },
  { 1090, "obsoletename" },
  { 1091, "verifyscriptprog" },
  { 1092, "triggerscriptprog" },
  { 1094, "cookie" },
  { 1095, "filedevices" },
  { 1096, "fileinodes" },
  { 1097, "filelangs" },
  { 1098, "prefixes" },
  { 1099, "instprefixes" },
  { 1106, "sourcepackage" },
  { 1112, "provideflags" },
  { 1113, "provideversion" },
  { 1114, "obsoleteflags" },
  { 1115, "obsoleteversion" },
  { 1116, "dirindexes" },
  { 1117, "basenames" },
  { 1118, "dirnames" },
  { 1119, "origdirindexes" },
  { 1120, "origbasenames" },
  { 1121, "origdirnames" },
  { 1122, "optflags" },
  { 1123, "disturl" },
  { 1124, "payloadformat" },
  { 1125, "payloadcompressor" },
  { 1126, "payloadflags" },
  { 1127, "installcolor" },
  { 1128, "installtid" },
  { 1129, "removetid" },
  { 1132, "platform" },
  { 1133, "patchesname" },
  { 1134, "patchesflags" },
  { 1135, "patchesversion" },
  { 1140, "filecolors" },
  { 1141, "fileclass" },
  { 1142, "classdict" },
  { 1143, "filedependsx" },
  { 1144, "filedependsn" },
  { 1145, "dependsdict" },
  { 1146, "sourcepkgid" },
  { 1147, "filecontexts" },
  { 1150, "policies" },
  { 1151, "pretrans" },
  { 1152, "posttrans" },
  { 1153, "pretransprog" },
  { 1154, "posttransprog" },
  { 1155, "disttag" },
  { 1156, "oldsuggestsname" },
  { 1157, "oldsuggestsversion" },
  { 1158, "oldsuggestsflags" },
  { 1159, "oldenhancesname" },
  { 1160, "oldenhancesversion" },
  { 1161, "oldenhancesflags" },
  { 5008, "longfilesizes" },
  { 5009, "longsize" },
  { 5010, "filecaps" },
  { 5011, "filedigestalgo" },
  { 5012, "bugurl" },
  { 5020, "preinflags" },
  { 5021, "postinflags" },
  { 5022, "preunflags" },
  { 5023, "postunflags" },
  { 5024, "pretransflags" },
  { 5025, "posttransflags" },
  { 5026, "verifyscriptflags" },
  { 5027, "triggerscriptflags" },
  { 5030, "policynames" },
  { 5031, "policytypes" },
  { 5032, "policytypesindexes" },
  { 5033, "policyflags" },
  { 5034, "vcs" },
  { 5035, "ordername" },
  { 5036, "orderversion" },
  { 5037, "orderflags" },
  { 5046, "recommendname" },
  { 5047, "recommendversion" },
  { 5048, "recommendflags" },
  { 5049, "suggestname" },
  { 5050, "suggestversion" },
  { 5051, "suggestflags" },
  { 5052, "supplementname" },
  { 5053, "supplementversion" },
  { 5054, "supplementflags" },
  { 5055, "enhancename" },
  { 5056, "enhanceversion" },
  { 5057, "enhanceflags" },
  { 5062, "encoding" },
  { 5066, "filetriggerscripts" },
  { 5067, "filetriggerscriptprog" },
  { 5068, "filetriggerscriptflags" },
  { 5069, "filetriggername" },
  { 5070, "filetriggerindex" },
  { 5071, "filetriggerversion" },
  { 5072, "filetriggerflags" },
  { 5076, "transfiletriggerscripts" },
  { 5077, "transfiletriggerscriptprog" },
  { 5078, "transfiletriggerscriptflags" },
  { 5079, "transfiletriggername" },
  { 5080, "transfiletriggerindex" },
  { 5081, "transfiletriggerversion" },
  { 5082, "transfiletriggerflags" },
  { 5084, "filetriggerpriorities" },
  { 5085, "transfiletriggerpriorities" },
  { 5090, "filesignatures" },
  { 5091, "filesignaturelength" },
  { 5092, "payloaddigest" },
  { 5093, "payloaddigestalgo" },
  { 5096, "modularitylabel" },
  { 5097, "payloaddigestalt" },
  { 5099, "spec" },
  { 5100, "translationurl" },
  { 5101, "upstreamreleases" },
};

const char *
assay_rpm_tag_name (guint32 region, guint32 tag)
{
  gboolean first = region == ASSAY_RPM_SIGNATURES_REGION;
  const TagName *table = first ? signature_names : names;
  gsize count = first ? G_N_ELEMENTS (signature_names) : G_N_ELEMENTS (names);
  const char *kind = first ? "rpm-signature" : "rpm";
  g_autofree char *text = NULL;
  for (gsize i = 0; i < count && text == NULL; i++)
    if (table[i].tag == tag)
      text = g_strdup_printf ("%s.%s", kind, table[i].name);
  if (text == NULL)
    text = g_strdup_printf ("%s.tag-%" G_GUINT32_FORMAT, kind, tag);
  return assay_text_intern (text);
}

/** Characters of a value that a fact shows; every byte of it is compared where it stands in the header. */
#define SHOWN_BYTES 400u

static void
append_element (GString *out, const AssayRpmHeader *header, const AssayRpmEntry *entry, guint32 index,
                const GPtrArray *texts)
{
  if (texts != NULL)
    {
      const char *raw = g_ptr_array_index (texts, index);
      g_autofree char *text = assay_text_escape_line (raw, (gssize)MIN (strlen (raw), SHOWN_BYTES));
      g_string_append (out, text);
    }
  else if (entry->type == ASSAY_RPM_BIN || entry->type == ASSAY_RPM_CHAR)
    g_string_append_printf (out, "%02x", header->bytes[entry->at + index]);
  else
    g_string_append_printf (out, "%" G_GUINT64_FORMAT, assay_rpm_number (header, entry, index));
}

char *
assay_rpm_entry_text (const AssayRpmHeader *header, const AssayRpmEntry *entry)
{
  gboolean is_text = entry->type == ASSAY_RPM_STRING || entry->type == ASSAY_RPM_STRING_ARRAY
                     || entry->type == ASSAY_RPM_I18N_STRING;
  gboolean joined = entry->type == ASSAY_RPM_BIN || entry->type == ASSAY_RPM_CHAR;
  g_autoptr (GPtrArray) texts = is_text ? assay_rpm_texts (header, entry) : NULL;
  GString *out = g_string_new (NULL);
  guint32 index = 0;
  for (; index < entry->count && out->len < SHOWN_BYTES; index++)
    {
      if (index > 0 && !joined)
        g_string_append (out, ", ");
      append_element (out, header, entry, index, texts);
    }
  if (out->len >= SHOWN_BYTES)
    g_string_append_printf (out, " (the beginning of %" G_GUINT64_FORMAT " bytes)", entry->length);
  return g_string_free (out, FALSE);
}

/* Paths of the old kind, one text each, or of two parts: a directory's number and a name in it. */
static gboolean
collect (const AssayRpmHeader *header, GPtrArray *paths, GError **error)
{
  const AssayRpmEntry *old = assay_rpm_header_find (header, ASSAY_RPM_OLD_FILE_NAMES, ASSAY_RPM_STRING_ARRAY);
  const AssayRpmEntry *bases = assay_rpm_header_find (header, ASSAY_RPM_BASE_NAMES, ASSAY_RPM_STRING_ARRAY);
  const AssayRpmEntry *dirs = assay_rpm_header_find (header, ASSAY_RPM_DIR_NAMES, ASSAY_RPM_STRING_ARRAY);
  const AssayRpmEntry *indexes = assay_rpm_header_find (header, ASSAY_RPM_DIR_INDEXES, ASSAY_RPM_INT32);
  g_autoptr (GPtrArray) old_texts = old == NULL ? NULL : assay_rpm_texts (header, old);
  for (guint32 i = 0; old != NULL && i < old->count; i++)
    g_ptr_array_add (paths, g_strdup (g_ptr_array_index (old_texts, i)));
  if (bases == NULL && dirs == NULL && indexes == NULL)
    return TRUE;
  if (old != NULL || bases == NULL || dirs == NULL || indexes == NULL || bases->count != indexes->count)
    return assay_rpm_fail ("tags that do not agree about how many files there are", error);
  g_autoptr (GPtrArray) base_texts = assay_rpm_texts (header, bases);
  g_autoptr (GPtrArray) dir_texts = assay_rpm_texts (header, dirs);
  for (guint32 i = 0; i < bases->count; i++)
    {
      guint64 dir = assay_rpm_number (header, indexes, i);
      if (dir >= dirs->count)
        return assay_rpm_fail ("a file in no directory", error);
      g_ptr_array_add (paths,
                       g_strconcat (g_ptr_array_index (dir_texts, dir), g_ptr_array_index (base_texts, i), NULL));
    }
  return TRUE;
}

gboolean
assay_rpm_paths (AssayContainer *container, const AssayRpmHeader *header, GPtrArray **out_paths, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint64 bytes = 0;
  if (!collect (header, paths, error))
    return FALSE;
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      bytes += strlen (path);
      if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_NAME_BYTES, strlen (path), "a longer path",
                               error)
          || !assay_limits_check (container->context->limits, ASSAY_LIMIT_METADATA_BYTES, bytes, "more paths", error))
        return FALSE;
      if (!g_hash_table_add (seen, (gpointer)path))
        return assay_rpm_fail ("a path that stands twice", error);
    }
  *out_paths = g_steal_pointer (&paths);
  return TRUE;
}
