#include "attest/predicate.h"

#include "util/json.h"

#include <assay/error.h>

#include <string.h>

static const AssayPredicate *const predicates[]
    = { &assay_predicate_comparison, &assay_predicate_summary, &assay_predicate_provenance };

const char **
assay_predicate_list_names (void)
{
  const char **names = g_new0 (const char *, G_N_ELEMENTS (predicates) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (predicates); i++)
    names[i] = predicates[i]->name;
  return names;
}

const AssayPredicate *
assay_predicate_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (predicates); i++)
    if (strcmp (predicates[i]->name, name) == 0)
      return predicates[i];
  return NULL;
}

const AssayPredicate *
assay_predicate_find_type (const char *type)
{
  for (gsize i = 0; i < G_N_ELEMENTS (predicates); i++)
    if (strcmp (predicates[i]->type, type) == 0)
      return predicates[i];
  return NULL;
}

void
assay_claim_clear (AssayClaim *claim)
{
  g_clear_pointer (&claim->basis, g_free);
}

GString *
assay_predicate_make (const AssayPredicate *predicate, const AssayAttestSource *source, GError **error)
{
  g_autoptr (json_t) subjects = predicate->subjects (source, error);
  g_autofree char *text = subjects == NULL ? NULL : predicate->write (source, error);
  return text == NULL ? NULL : assay_statement_write (subjects, predicate->type, text);
}
