#include "fuzz.h"

#include <string.h>

/* Written for itself, without spans.c and checked.h, whose faults it is to see. */

static void
check_text (const char *text, const char *what)
{
  fuzz_check (text != NULL && g_utf8_validate (text, -1, NULL), what);
  for (const char *c = text; *c != '\0'; c++)
    fuzz_check ((guchar)*c >= 0x20 && *c != 0x7f, what);
}

static void
check_facts (const GArray *facts)
{
  for (guint i = 0; facts != NULL && i < facts->len; i++)
    {
      check_text (g_array_index (facts, AssayFact, i).name, "the name of a fact");
      check_text (g_array_index (facts, AssayFact, i).value, "the value of a fact");
    }
}

static void
check_fields (const AssayNode *node)
{
  guint64 end = 0;
  for (guint i = 0; node->fields != NULL && i < node->fields->len; i++)
    {
      const AssayField *field = &g_array_index (node->fields, AssayField, i);
      fuzz_check (field->offset >= end && field->offset <= node->size && field->length <= node->size - field->offset,
                  "a field lies outside, or before the last");
      end = field->offset + field->length;
    }
}

static void
check_payload (const AssayNode *node, const AssaySpan *span)
{
  const AssayNode *child = g_ptr_array_index (node->children, span->child);
  guint64 of_node = 0;
  guint64 of_child = 0;
  fuzz_check (child->blob != NULL && child->size == span->length && !child->decoded, "a payload of another size");
  const AssayBlob *owner = assay_blob_get_owner (node->blob, &of_node);
  fuzz_check (assay_blob_get_owner (child->blob, &of_child) == owner && of_child == of_node + span->offset,
              "a payload is not its range of the container");
}

static void
check_spans (const AssayNode *node)
{
  guint64 end = 0;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      fuzz_check (span->offset == end && span->length > 0 && span->length <= node->size - end, "spans do not tile");
      fuzz_check (span->child == ASSAY_SPAN_NO_CHILD || span->child < node->children->len, "a span of no child");
      check_text (span->name, "the name of a span");
      if (span->kind == ASSAY_SPAN_PAYLOAD)
        check_payload (node, span);
      end += span->length;
    }
  fuzz_check (end == node->size, "spans end early");
}

/* Every byte of it can be had. */
static void
read_all (const AssayNode *child)
{
  guint8 window[4096];
  fuzz_check (child->size == (child->blob == NULL ? 0 : assay_blob_get_size (child->blob)), "a size of no bytes");
  for (guint64 done = 0; done < child->size; done += sizeof window)
    fuzz_check (assay_blob_read (child->blob, done, window, (gsize)MIN (sizeof window, child->size - done), NULL),
                "bytes that cannot be read");
}

static void
check_path (const AssayNode *node, const AssayNode *child, GHashTable *paths)
{
  const char *name = child->path;
  check_text (child->path, "a path");
  if (node->parent != NULL)
    {
      gsize length = strlen (node->path);
      fuzz_check (strncmp (name, node->path, length) == 0 && name[length] == '/' && name[length + 1] == '/',
                  "a path that leads elsewhere");
      name += length + 2;
    }
  fuzz_check (*name != '\0' && *name != '/' && !g_str_has_suffix (name, "/") && strstr (name, "//") == NULL,
              "a path that nests");
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    fuzz_check (strcmp (parts[i], ".") != 0 && strcmp (parts[i], "..") != 0, "a path with dots");
  fuzz_check (g_hash_table_add (paths, child->path), "two children of one path");
}

void
fuzz_check_inside (AssayNode *node)
{
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  check_facts (node->own_facts);
  check_fields (node);
  if (node->spans != NULL)
    check_spans (node);
  else
    fuzz_check (node->children->len == 0 || node->type == ASSAY_NODE_DIRECTORY, "children without spans");
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      fuzz_check (child->parent == node && child->index == i, "children are out of order");
      fuzz_check (child->format != NULL, "a child without format");
      check_path (node, child, paths);
      check_facts (child->facts);
      check_fields (child);
      read_all (child);
    }
}

static void
check_equal_facts (const GArray *read, const GArray *said)
{
  fuzz_check (read->len == said->len, "another number of facts");
  for (guint i = 0; i < read->len; i++)
    {
      const AssayFact *a = &g_array_index (read, AssayFact, i);
      const AssayFact *b = &g_array_index (said, AssayFact, i);
      fuzz_check (strcmp (a->name, b->name) == 0 && strcmp (a->value, b->value) == 0, "another fact");
    }
}

static void
check_equal_bytes (const AssayNode *read, const AssayNode *said)
{
  guint8 a[4096];
  guint8 b[4096];
  for (guint64 done = 0; done < read->size; done += sizeof a)
    {
      gsize part = (gsize)MIN (sizeof a, read->size - done);
      fuzz_check (assay_blob_read (read->blob, done, a, part, NULL) && assay_blob_read (said->blob, done, b, part, NULL)
                      && memcmp (a, b, part) == 0,
                  "other bytes");
    }
}

static void
check_equal_spans (const AssayNode *read, const AssayNode *said)
{
  fuzz_check (read->spans->len == said->spans->len, "another number of spans");
  for (guint i = 0; i < read->spans->len; i++)
    {
      const AssaySpan *a = &g_array_index (read->spans, AssaySpan, i);
      const AssaySpan *b = &g_array_index (said->spans, AssaySpan, i);
      fuzz_check (a->offset == b->offset && a->length == b->length && a->kind == b->kind && a->child == b->child
                      && a->rewritable == b->rewritable && a->placed == b->placed && strcmp (a->name, b->name) == 0
                      && g_strcmp0 (a->fact, b->fact) == 0 && g_strcmp0 (a->slot, b->slot) == 0,
                  "another span");
    }
}

void
fuzz_check_equal (const AssayNode *read, const AssayNode *said)
{
  fuzz_check (strcmp (read->format, said->format) == 0 && read->times_are_fields == said->times_are_fields
                  && read->shares_extents == said->shares_extents && read->ordered == said->ordered,
              "another container");
  fuzz_check (read->children->len == said->children->len, "another number of children");
  check_equal_facts (read->own_facts, said->own_facts);
  check_equal_spans (read, said);
  for (guint i = 0; i < read->children->len; i++)
    {
      const AssayNode *a = g_ptr_array_index (read->children, i);
      const AssayNode *b = g_ptr_array_index (said->children, i);
      fuzz_check (strcmp (a->path, b->path) == 0 && a->type == b->type && a->decoded == b->decoded && a->size == b->size
                      && strcmp (a->format, b->format) == 0 && g_strcmp0 (a->loaded_from, b->loaded_from) == 0
                      && g_strcmp0 (a->trouble, b->trouble) == 0,
                  "another child");
      check_equal_facts (a->facts, b->facts);
      check_equal_bytes (a, b);
    }
}
