#include "report/schema.h"

#include "account/account.h"
#include "judge/words.h"
#include "report/shape.h"
#include "unpack/node.h"
#include "util/limits.h"

#include <string.h>

/* One table an object, its members in the order in which they are written. */

#define SHAPE(name, text, ...)                                                                                         \
  static const AssayShapeMember name##_members[] = { __VA_ARGS__ };                                                    \
  static const AssayShape name = { text, name##_members, G_N_ELEMENTS (name##_members), FALSE }

#define CLOSED_SHAPE(name, text, ...)                                                                                  \
  static const AssayShapeMember name##_members[] = { __VA_ARGS__ };                                                    \
  static const AssayShape name = { text, name##_members, G_N_ELEMENTS (name##_members), TRUE }

#define ALWAYS(member, of)                                                                                             \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_##of                                                                          \
  }
#define OPTIONAL(member, of)                                                                                           \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_##of, .presence = ASSAY_SHAPE_OPTIONAL                                        \
  }
#define NULLABLE(member, of)                                                                                           \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_##of, .presence = ASSAY_SHAPE_NULLABLE                                        \
  }
#define OBJECT(member, of)                                                                                             \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_OBJECT, .shape = &(of)                                                        \
  }
#define OPTIONAL_OBJECT(member, of)                                                                                    \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_OBJECT, .presence = ASSAY_SHAPE_OPTIONAL, .shape = &(of)                      \
  }
#define LIST(member, of)                                                                                               \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_LIST, .shape = &(of)                                                          \
  }
#define OPTIONAL_LIST(member, of)                                                                                      \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_LIST, .presence = ASSAY_SHAPE_OPTIONAL, .shape = &(of)                        \
  }
#define WORD(member, list)                                                                                             \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_WORD, .words = (list)                                                         \
  }
#define OPTIONAL_WORD(member, list)                                                                                    \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_WORD, .presence = ASSAY_SHAPE_OPTIONAL, .words = (list)                       \
  }
#define KNOWN(member, test)                                                                                            \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_WORD, .is_word = (test)                                                       \
  }
#define OPTIONAL_KNOWN(member, test)                                                                                   \
  {                                                                                                                    \
    .key = (member), .kind = ASSAY_SHAPE_WORD, .presence = ASSAY_SHAPE_OPTIONAL, .is_word = (test)                     \
  }

static const char *const program_names[] = { "assay", NULL };
static const char *const kinds[] = { "path", "rebuild", "reference", NULL };
static const char *const toolchain_kinds[] = { "host", "layers", NULL };
static const char *const modes[] = { "compare", "verify", NULL };
static const char *const digest_scopes[] = { "all", "files", "sections", NULL };
static const char *const results[] = { "fail", "none", "pass", NULL };
static const char *const line_kinds[] = { "blob", "waiver", NULL };
static const char *const file_verdicts[]
    = { "equivalent", "identical", "mismatch", "outside", "undecided", "waived", NULL };
static const char *const changes[] = { "added", "changed", "moved", "removed", "renamed", NULL };
static const char *const changed_things[] = { "bytes", "function", "object", "text", NULL };
static const char *const coarse_kinds[] = { "scattered", "search", NULL };
static const char *const namers[] = { "rebuild", "shipped", NULL };

static gboolean
is_class (const char *word)
{
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (strcmp (word, assay_class_name ((AssayClass)i)) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_verdict (const char *word)
{
  for (int i = ASSAY_VERDICT_UNDECIDED; i <= ASSAY_VERDICT_IDENTICAL; i++)
    if (strcmp (word, assay_verdict_name ((AssayVerdict)i)) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_type (const char *word)
{
  for (int i = ASSAY_NODE_UNKNOWN; i <= ASSAY_NODE_SOCKET; i++)
    if (strcmp (word, assay_node_type_name ((AssayNodeType)i)) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_origin (const char *word)
{
  for (int i = ASSAY_ORIGIN_UNKNOWN; i <= ASSAY_ORIGIN_OPAQUE; i++)
    if (strcmp (word, assay_words_origin ((AssayOrigin)i)) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_cause (const char *word)
{
  static const AssayCause causes[] = { ASSAY_CAUSE_UNKNOWN, ASSAY_CAUSE_PRIMARY, ASSAY_CAUSE_RIPPLE };
  for (gsize i = 0; i < G_N_ELEMENTS (causes); i++)
    if (strcmp (word, assay_cause_name (causes[i])) == 0)
      return TRUE;
  return FALSE;
}

#define CLASSES                                                                                                        \
  ALWAYS ("explained", COUNT), ALWAYS ("identical", COUNT), ALWAYS ("outside", COUNT), ALWAYS ("structure", COUNT),    \
      ALWAYS ("total", COUNT), ALWAYS ("undecided", COUNT), ALWAYS ("unexplained", COUNT),                             \
      ALWAYS ("unreproducible", COUNT), ALWAYS ("waived", COUNT)

CLOSED_SHAPE (accounting, "accounting", CLASSES);
CLOSED_SHAPE (fact_accounting, "fact_accounting", CLASSES);
CLOSED_SHAPE (file_accounting, "the accounting of an element of files", CLASSES, ALWAYS ("payload", COUNT));

/* --- files --- */

SHAPE (change, "an element of changes", WORD ("change", changes), ALWAYS ("expected_offset", COUNT),
       ALWAYS ("expected_size", COUNT), OPTIONAL ("file", TEXT), OPTIONAL ("line", POSITIVE), OPTIONAL ("name", TEXT),
       OPTIONAL_WORD ("named_by", namers), OPTIONAL ("old_name", TEXT), ALWAYS ("shipped_offset", COUNT),
       ALWAYS ("shipped_size", COUNT), WORD ("what", changed_things));

SHAPE (code, "code", ALWAYS ("added", COUNT), ALWAYS ("bytes", COUNT), ALWAYS ("changed", COUNT),
       ALWAYS ("functions", POSITIVE), ALWAYS ("moved", COUNT), ALWAYS ("removed", COUNT), ALWAYS ("renamed", COUNT),
       ALWAYS ("untouched", COUNT), ALWAYS ("untouched_bytes", COUNT));

SHAPE (section, "an element of sections", ALWAYS ("address", HEX64), KNOWN ("class", is_class),
       OPTIONAL ("expected_sha256", DIGEST), ALWAYS ("flags", TEXT), ALWAYS ("name", TEXT), ALWAYS ("offset", COUNT),
       OPTIONAL ("sha256", DIGEST), ALWAYS ("size", COUNT), ALWAYS ("symbol_table", FLAG));

SHAPE (segment, "an element of segments", ALWAYS ("address", HEX64), ALWAYS ("flags", TEXT), ALWAYS ("offset", COUNT),
       ALWAYS ("size", COUNT), ALWAYS ("type", NAME));

SHAPE (file, "an element of files", OBJECT ("accounting", file_accounting), OPTIONAL_LIST ("changes", change),
       OPTIONAL_WORD ("coarse", coarse_kinds), OPTIONAL_OBJECT ("code", code), OPTIONAL ("expected_path", NAME),
       OPTIONAL ("expected_sha256", DIGEST), OPTIONAL ("flat", FLAG), ALWAYS ("format", NAME),
       OPTIONAL ("machine", NAME), OPTIONAL_KNOWN ("origin", is_origin), OPTIONAL ("origin_detail", TEXT),
       ALWAYS ("path", NAME), OPTIONAL ("rights", TEXTS), OPTIONAL_LIST ("sections", section),
       OPTIONAL_LIST ("segments", segment), OPTIONAL ("sha256", DIGEST), ALWAYS ("size", COUNT),
       OPTIONAL ("trouble", TEXT), KNOWN ("type", is_type), OPTIONAL ("unclaimed", FLAG),
       WORD ("verdict", file_verdicts));

/* --- facts, findings, missing --- */

SHAPE (waiver, "waiver", WORD ("kind", line_kinds), ALWAYS ("line", POSITIVE), OPTIONAL ("owner", TEXT),
       ALWAYS ("reason", TEXT));

SHAPE (fact, "an element of facts", KNOWN ("class", is_class), NULLABLE ("expected", TEXT), ALWAYS ("fact", NAME),
       ALWAYS ("path", NAME), ALWAYS ("rule", NAME), NULLABLE ("shipped", TEXT), OPTIONAL_OBJECT ("waiver", waiver));

SHAPE (row, "an element of disassembly", ALWAYS ("differs", FLAG), OPTIONAL ("expected", TEXT),
       OPTIONAL ("shipped", TEXT));

SHAPE (range, "range", OPTIONAL ("address", HEX64), ALWAYS ("length", POSITIVE), ALWAYS ("offset", COUNT));

SHAPE (place, "the source of an element of findings", OPTIONAL ("file", TEXT), OPTIONAL ("function", TEXT),
       OPTIONAL ("inlined_by", TEXTS), OPTIONAL ("line", POSITIVE));

SHAPE (finding, "an element of findings", KNOWN ("cause", is_cause), KNOWN ("class", is_class),
       OPTIONAL_LIST ("disassembly", row), OPTIONAL ("expected", HEX), OPTIONAL ("expected_text", TEXT),
       OPTIONAL ("function", TEXT), ALWAYS ("message", TEXT), OPTIONAL_WORD ("named_by", namers), ALWAYS ("path", NAME),
       OBJECT ("range", range), ALWAYS ("rule", NAME), OPTIONAL ("section", TEXT), OPTIONAL ("shipped", HEX),
       OPTIONAL ("shipped_text", TEXT), OPTIONAL_OBJECT ("source", place), OPTIONAL ("symbol", TEXT),
       OPTIONAL_OBJECT ("waiver", waiver));

SHAPE (missing, "an element of missing", ALWAYS ("path", NAME), OPTIONAL ("sha256", DIGEST), OPTIONAL ("size", COUNT),
       OPTIONAL_KNOWN ("type", is_type));

/* --- the expected side --- */

SHAPE (layer, "an input of a rebuild", OPTIONAL ("commit", NAME), ALWAYS ("in_recipe", FLAG), ALWAYS ("name", TEXT),
       ALWAYS ("sha256", DIGEST));

SHAPE (unread, "an element of unread", ALWAYS ("path", TEXT), ALWAYS ("sha256", DIGEST), ALWAYS ("why", TEXT));

SHAPE (source, "source", ALWAYS ("authenticated", FLAG), LIST ("inputs", layer), LIST ("layers", layer),
       LIST ("patches", layer), OPTIONAL ("sha256", DIGEST), OPTIONAL ("swhid", NAME), LIST ("unread", unread));

SHAPE (toolchain, "toolchain", ALWAYS ("authenticated", FLAG), WORD ("kind", toolchain_kinds), LIST ("layers", layer),
       OPTIONAL ("sha256", DIGEST), LIST ("unread", unread));

SHAPE (recipe, "recipe", ALWAYS ("authenticated", FLAG), OPTIONAL ("defaults_sha256", DIGEST),
       OPTIONAL ("file_sha256", DIGEST), OPTIONAL ("licence", TEXT), OPTIONAL_LIST ("mtrees", layer),
       ALWAYS ("product", TEXT), OPTIONAL ("proposed_scope", TEXTS), ALWAYS ("sha256", DIGEST));

SHAPE (rebuild_time, "the time of a rebuild", NULLABLE ("replaced", TEXT), ALWAYS ("source", TEXT),
       ALWAYS ("value", TEXT), ALWAYS ("variable", NAME));

SHAPE (expected, "expected", ALWAYS ("cached", FLAG), WORD ("kind", kinds), OPTIONAL ("sha256", DIGEST));

SHAPE (read_file, "an element of read", ALWAYS ("as_delivered", FLAG), ALWAYS ("named", FLAG), ALWAYS ("path", NAME),
       ALWAYS ("program", FLAG), ALWAYS ("sha256", DIGEST));

SHAPE (used_tool, "an element of the toolchain that was read", ALWAYS ("path", NAME), ALWAYS ("program", FLAG),
       ALWAYS ("sha256", DIGEST));

SHAPE (line_control, "an element of line_control", ALWAYS ("any", FLAG), ALWAYS ("delivered", FLAG),
       ALWAYS ("names", TEXTS), ALWAYS ("path", NAME), ALWAYS ("sha256", DIGEST));

SHAPE (recording, "recording", ALWAYS ("has_names", FLAG), ALWAYS ("known", FLAG),
       OPTIONAL_LIST ("line_control", line_control), ALWAYS ("names_whole", FLAG), ALWAYS ("never_read", TEXTS),
       LIST ("read", read_file), LIST ("toolchain", used_tool), ALWAYS ("unsure", TEXTS), ALWAYS ("whole", FLAG),
       ALWAYS ("why", TEXTS));

CLOSED_SHAPE (allowance, "the limits of a rebuild", ALWAYS ("memory", COUNT), ALWAYS ("output", COUNT),
              ALWAYS ("processes", COUNT), ALWAYS ("time", COUNT));

SHAPE (variation, "an element of variations", ALWAYS ("detail", TEXT), ALWAYS ("name", NAME), ALWAYS ("varied", FLAG));

SHAPE (second, "the second rebuild", ALWAYS ("reproducible", FLAG), ALWAYS ("sha256", DIGEST),
       LIST ("variations", variation));

SHAPE (rebuild, "expected", ALWAYS ("cached", FLAG), ALWAYS ("control_groups", TEXTS), ALWAYS ("kind", NAME),
       OBJECT ("limits", allowance), OPTIONAL_OBJECT ("recording", recording), OBJECT ("recipe", recipe),
       ALWAYS ("rebuilds", COUNT), OPTIONAL_OBJECT ("second", second), OPTIONAL ("sha256", DIGEST),
       OBJECT ("source", source), OPTIONAL_OBJECT ("time", rebuild_time), OPTIONAL ("times_tried", TEXTS),
       OBJECT ("toolchain", toolchain));

SHAPE (path, "expected", ALWAYS ("cached", FLAG), OPTIONAL ("digest_form", NAME), ALWAYS ("kind", NAME),
       ALWAYS ("path", TEXT), OPTIONAL ("sha256", DIGEST));

/* --- the rest of the head --- */

SHAPE (image, "image", OPTIONAL ("digest_form", NAME), OPTIONAL ("format", NAME), ALWAYS ("path", TEXT),
       OPTIONAL ("sha256", DIGEST), OPTIONAL ("size", COUNT));

SHAPE (judged, "judged", ALWAYS ("bytes", COUNT), ALWAYS ("of", COUNT));

SHAPE (tool, "tool", WORD ("name", program_names), ALWAYS ("version", NAME));

#define LIMIT_MEMBER(id, name, value, unit, reason) ALWAYS (name, COUNT),
CLOSED_SHAPE (limits, "limits", ASSAY_LIMITS (LIMIT_MEMBER));
#undef LIMIT_MEMBER

SHAPE (options, "options", WORD ("digests", digest_scopes), OPTIONAL ("jobs", POSITIVE),
       OPTIONAL ("layout_sha256", DIGEST), OBJECT ("limits", limits), WORD ("mode", modes),
       OPTIONAL ("not_seen", TEXTS), ALWAYS ("program_sha256", DIGEST), ALWAYS ("rebuild_at_shipped_time", FLAG),
       OPTIONAL ("record", FLAG), NULLABLE ("scope", TEXTS), NULLABLE ("time", COUNT), OPTIONAL ("twice", FLAG));

SHAPE (no_policy, "policy", ALWAYS ("failures", TEXTS), WORD ("result", results));

SHAPE (key, "an element of keys", ALWAYS ("sha256", DIGEST), ALWAYS ("slot", TEXT));

SHAPE (used, "an element of used", ALWAYS ("bytes", COUNT), ALWAYS ("facts", COUNT), WORD ("kind", line_kinds),
       ALWAYS ("line", POSITIVE), OPTIONAL ("owner", TEXT), ALWAYS ("path", TEXT), ALWAYS ("reason", TEXT));

SHAPE (signature, "an element of signatures", ALWAYS ("number", COUNT), ALWAYS ("path", NAME), ALWAYS ("slot", TEXT));

SHAPE (policy, "policy", ALWAYS ("failures", TEXTS), LIST ("keys", key), ALWAYS ("notes", TEXTS),
       WORD ("result", results), ALWAYS ("sha256", DIGEST), OPTIONAL_LIST ("signatures", signature),
       LIST ("used", used));

SHAPE (source_part, "an element of parts", ALWAYS ("bytes", POSITIVE), ALWAYS ("file", NAME), OPTIONAL ("unit", NAME));

SHAPE (source_file, "an element of sources", ALWAYS ("beside", COUNT), ALWAYS ("code", COUNT),
       OPTIONAL ("expected", COUNT), ALWAYS ("identical", COUNT), LIST ("parts", source_part), ALWAYS ("path", NAME),
       ALWAYS ("whole", FLAG));

SHAPE (report_shape, "the report", OBJECT ("accounting", accounting), ALWAYS ("ambiguous", TEXTS),
       LIST ("expected", expected), OBJECT ("fact_accounting", fact_accounting), LIST ("facts", fact),
       LIST ("files", file), LIST ("findings", finding), ALWAYS ("image", OBJECT), OBJECT ("judged", judged),
       LIST ("missing", missing), OBJECT ("options", options), OBJECT ("policy", no_policy), ALWAYS ("reasons", TEXTS),
       ALWAYS ("schema", NAME), OPTIONAL_LIST ("sources", source_file), OBJECT ("tool", tool),
       ALWAYS ("undecided", TEXTS), KNOWN ("verdict", is_verdict));

/* What the entry of the expected side has further members of. */
static gboolean
check_expected (const json_t *report, GError **error)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (report, "expected"), index, entry)
  {
    const char *kind = json_string_value (json_object_get (entry, "kind"));
    const AssayShape *shape = strcmp (kind, "rebuild") == 0 ? &rebuild : strcmp (kind, "path") == 0 ? &path : &expected;
    if (!assay_shape_check (shape, entry, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
assay_schema_check (const json_t *report, GError **error)
{
  if (!assay_shape_check (&report_shape, report, error))
    return FALSE;
  /* Where the image could not be opened nothing is said of it. */
  const json_t *opened = json_object_get (report, "image");
  if (json_object_size (opened) > 0 && !assay_shape_check (&image, opened, error))
    return FALSE;
  const json_t *held = json_object_get (report, "policy");
  if (strcmp (json_string_value (json_object_get (held, "result")), "none") != 0
      && !assay_shape_check (&policy, held, error))
    return FALSE;
  return check_expected (report, error);
}

gboolean
assay_schema_check_finding (const json_t *element, GError **error)
{
  return assay_shape_check (&finding, element, error);
}
