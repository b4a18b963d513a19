#include "judge/policy_parts.h"
#include "judge/words.h"

#include "util/text.h"

#include <string.h>

/*
 * What `forbid` does not let pass, though it be exactly what the source builds. All of it is read off the account, in
 * which a report that was read back says the same (T20): rights of entries, headers of programs, and facts. Only what
 * is in scope counts, and what nobody could look into that the scope may name something in.
 */

/** How many files of one kind are named; a number says how many more there are. */
#define MOST_NAMED 20u

/**
 * Finding: what is wrong with one file, as the end of a sentence ("runs as its owner …"); NULL when nothing is.
 * Transfer full.
 */
typedef char *(*Finding) (const AssayNodeAccount *node_account);

static gboolean
is_program (const AssayNodeAccount *node_account)
{
  return strcmp (node_account->node->format, "elf") == 0;
}

/* Without a segment it is a part that something else links or loads by its sections: an object, a module of a kernel.
 */
static gboolean
is_linked (const AssayNodeAccount *node_account)
{
  return node_account->segments != NULL && node_account->segments->len > 0;
}

static char *
find_set_id (const AssayNodeAccount *node_account)
{
  gboolean user = (node_account->rights & ASSAY_RIGHT_SET_USER_ID) != 0;
  gboolean group = (node_account->rights & ASSAY_RIGHT_SET_GROUP_ID) != 0;
  return !user && !group ? NULL
                         : g_strdup_printf ("runs as its %s, whoever starts it", user && group ? "owner and group"
                                                                                 : user        ? "owner"
                                                                                               : "group");
}

static char *
find_capabilities (const AssayNodeAccount *node_account)
{
  return (node_account->rights & ASSAY_RIGHT_CAPABILITIES) == 0
             ? NULL
             : g_strdup ("runs with capabilities, whoever starts it");
}

static gboolean
has_letters (const char *flags, const char *letters)
{
  for (; *letters != '\0'; letters++)
    if (strchr (flags, *letters) == NULL)
      return FALSE;
  return TRUE;
}

static char *
find_writable_code (const AssayNodeAccount *node_account)
{
  for (guint i = 0; is_linked (node_account) && i < node_account->segments->len; i++)
    {
      const AssaySegmentAccount *segment = &g_array_index (node_account->segments, AssaySegmentAccount, i);
      if (strcmp (segment->type, "LOAD") == 0 && has_letters (segment->flags, "WX"))
        return g_strdup_printf ("has a segment that is writable and executable, at address 0x%" G_GINT64_MODIFIER "x",
                                segment->address);
    }
  /* The loader of modules goes by the sections, whatever segments an object says that it has. */
  for (guint i = 0; node_account->sections != NULL && i < node_account->sections->len; i++)
    {
      const AssaySectionAccount *section = &g_array_index (node_account->sections, AssaySectionAccount, i);
      g_autofree char *name = has_letters (section->flags, "WAX") ? assay_text_escape_line (section->name, -1) : NULL;
      if (name != NULL)
        return g_strdup_printf ("has a section that is writable and executable, %s", name);
    }
  return NULL;
}

/* Linux and the dynamic linkers take a program that says nothing of its stack for an old one, which wants it
 * executable, on most processors (fs/binfmt_elf.c, EXSTACK_DEFAULT; DEFAULT_STACK_PERMS of glibc). */
static char *
find_executable_stack (const AssayNodeAccount *node_account)
{
  gboolean said = FALSE;
  if (!is_linked (node_account))
    return NULL;
  for (guint i = 0; i < node_account->segments->len; i++)
    {
      const AssaySegmentAccount *segment = &g_array_index (node_account->segments, AssaySegmentAccount, i);
      if (strcmp (segment->type, "GNU_STACK") != 0)
        continue;
      if (has_letters (segment->flags, "X"))
        return g_strdup ("wants an executable stack");
      said = TRUE;
    }
  return said ? NULL : g_strdup ("does not say that its stack is not executable (it has no segment GNU_STACK)");
}

/* DWARF of all versions (7.4 of DWARF 5; `.zdebug_` compressed as GNU did) and stabs, by the names that readers go by.
 * What `.debug_gdb_scripts` holds is names of scripts for a debugger, which programs have that were built without. */
static gboolean
is_debug_section (const AssaySectionAccount *section)
{
  const char *name = section->name;
  static const char *const prefixes[] = { ".debug_", ".zdebug_", ".gnu.debuglto_", ".stab." };
  static const char *const names[] = { ".debug", ".line", ".stab", ".stabstr", NULL };
  if (strcmp (name, ".debug_gdb_scripts") == 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return g_strv_contains (names, name);
}

static char *
find_section (const AssayNodeAccount *node_account, gboolean (*wanted) (const AssaySectionAccount *section),
              const char *words)
{
  for (guint i = 0; node_account->sections != NULL && i < node_account->sections->len; i++)
    {
      const AssaySectionAccount *section = &g_array_index (node_account->sections, AssaySectionAccount, i);
      if (section->size == 0 || !wanted (section))
        continue;
      g_autofree char *name = assay_text_escape_line (section->name, -1);
      return g_strdup_printf ("%s (%s)", words, name);
    }
  return NULL;
}

static char *
find_debug (const AssayNodeAccount *node_account)
{
  return find_section (node_account, is_debug_section, "has debug information");
}

static gboolean
holds_symbols (const AssaySectionAccount *section)
{
  return section->is_symbol_table || strcmp (section->name, ".symtab") == 0
         || strcmp (section->name, ".gnu_debugdata") == 0;
}

/* What is linked by its symbols needs them. */
static char *
find_symbols (const AssayNodeAccount *node_account)
{
  return is_linked (node_account) ? find_section (node_account, holds_symbols, "was not stripped") : NULL;
}

/** One kind of what is forbidden, and how it is found. */
static const struct
{
  Finding find; /* NULL: by a fact */
  gboolean of_programs;
  const char *held;
} kinds[ASSAY_FORBIDDEN_COUNT] = {
  [ASSAY_FORBIDDEN_SET_ID] = { find_set_id, FALSE, "no file runs as its owner or group" },
  [ASSAY_FORBIDDEN_CAPABILITIES] = { find_capabilities, FALSE, "no file runs with capabilities" },
  [ASSAY_FORBIDDEN_WRITABLE_CODE]
  = { find_writable_code, TRUE, "no program has memory that is writable and executable" },
  [ASSAY_FORBIDDEN_EXECUTABLE_STACK] = { find_executable_stack, TRUE, "no program has an executable stack" },
  [ASSAY_FORBIDDEN_DEBUG] = { find_debug, TRUE, "no program has debug information" },
  [ASSAY_FORBIDDEN_SYMBOLS] = { find_symbols, TRUE, "every linked program is stripped" },
  [ASSAY_FORBIDDEN_ADDED] = { NULL, FALSE, "no file was added to what the rebuild has" },
};

/** One rule while it is asked. */
typedef struct
{
  AssayPolicyRule *rule;
  const AssayPolicyForbid *forbid;
  guint named;
  guint more;
  guint excepted;
} Search;

static gboolean
is_excepted (Search *search, const AssayNode *node)
{
  gboolean excepted
      = search->forbid->except != NULL && assay_text_any_glob_matches (search->forbid->except, node->path);
  search->excepted += excepted;
  return excepted;
}

static void
blame (Search *search, const AssayNode *node, const char *what, const char *why)
{
  g_autofree char *place = assay_words_place (node);
  if (search->named++ < MOST_NAMED)
    assay_policy_rule_fail (search->rule, "%s %s%s", place, what, why);
  else
    search->more++;
}

/* A program that could be read has segments or sections, and all the segments that its header speaks of; one without
 * sections has no debug information that anybody would find. */
static gboolean
has_headers (const AssayNodeAccount *node_account)
{
  return node_account->sections != NULL && node_account->segments != NULL
         && (node_account->sections->len > 0 || is_linked (node_account));
}

/* Whether all of its own bytes are the rebuild's, or follow from them. */
static gboolean
is_accounted (const AssayNodeAccount *node_account)
{
  const guint64 *totals = node_account->totals;
  return totals[ASSAY_CLASS_WAIVED] == 0 && totals[ASSAY_CLASS_UNEXPLAINED] == 0
         && totals[ASSAY_CLASS_UNREPRODUCIBLE] == 0 && totals[ASSAY_CLASS_UNDECIDED] == 0;
}

/* What nobody could look into may hold anything (T4); an exception for it is one for all that it holds. Nothing was
 * added to what is equal. */
static char *
find_unread (const AssayNodeAccount *node_account, AssayForbidden what)
{
  gboolean of_programs = kinds[what].of_programs;
  const AssayNode *node = node_account->node;
  gboolean equal = node_account->totals[ASSAY_CLASS_IDENTICAL] == node->size;
  if (node->trouble != NULL && !(equal && what == ASSAY_FORBIDDEN_ADDED))
    return g_strdup ("could not be read to its end");
  if (node_account->flat)
    return g_strdup ("was not looked into");
  if (node_account->unclaimed && !(what == ASSAY_FORBIDDEN_ADDED && is_accounted (node_account)))
    return g_strdup ("has bytes that belong to no part of it, behind what was read");
  if (of_programs && is_program (node_account) && !has_headers (node_account))
    return g_strdup ("could not be read as a program");
  return NULL;
}

/* Beside the scope only what may hold a part of it unseen. */
static gboolean
may_hold_scope (const AssayPolicyCase *policy_case, const AssayNodeAccount *node_account)
{
  gboolean unread = node_account->node->trouble != NULL || node_account->flat || node_account->unclaimed;
  return unread && policy_case->scope != NULL
         && assay_text_any_glob_enters (policy_case->scope, node_account->node->path);
}

static void
search_nodes (Search *search, const AssayPolicyCase *policy_case, AssayForbidden what)
{
  const AssayAccount *account = policy_case->account;
  gboolean of_programs = kinds[what].of_programs;
  for (guint i = 0; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (!node_account->in_scope && !may_hold_scope (policy_case, node_account))
        continue;
      g_autofree char *found = find_unread (node_account, what);
      const char *why = found != NULL ? ": it may hold what is forbidden" : ", which is forbidden";
      if (found == NULL && node_account->in_scope && kinds[what].find != NULL
          && (!of_programs || is_program (node_account)))
        found = kinds[what].find (node_account);
      if (found != NULL && !is_excepted (search, node_account->node))
        blame (search, node_account->node, found, why);
    }
}

/* The detached signatures that the policy's own lines speak of are no additions; whatever else a waiver or a blob
 * accepts is. */
static void
search_added (Search *search, const AssayAccount *account)
{
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      gboolean added = strcmp (fact->fact, "name") == 0 && fact->expected == NULL && fact->shipped != NULL
                       && fact->class_ != ASSAY_CLASS_OUTSIDE && fact->class_ != ASSAY_CLASS_EXPLAINED;
      if (added && !is_excepted (search, fact->node))
        blame (search, fact->node, "was added to what the rebuild has", ", which is forbidden");
    }
}

static void
check_one (AssayPolicyRules *rules, const AssayPolicyCase *policy_case, AssayForbidden what)
{
  const AssayPolicyForbid *forbid = &policy_case->policy->forbid[what];
  const AssayAccount *account = policy_case->account;
  g_autofree char *key = g_strconcat ("forbid.", assay_forbidden_name (what), NULL);
  if (!forbid->is_set)
    {
      assay_policy_rule_skip (rules, key, NULL);
      return;
    }
  Search search = { .rule = assay_policy_rule_ask (rules, key), .forbid = forbid };
  if (account == NULL)
    {
      assay_policy_rule_fail (search.rule, "there is no account of the image in which anything could be looked for");
      return;
    }
  search_nodes (&search, policy_case, what);
  if (what == ASSAY_FORBIDDEN_ADDED)
    search_added (&search, account);
  if (search.more > 0)
    assay_policy_rule_fail (search.rule, "%u more files are as forbidden", search.more);
  if (search.excepted > 0)
    assay_policy_rule_found (search.rule, "%s but %u that %s excepted", kinds[what].held, search.excepted,
                             search.excepted == 1 ? "is" : "are");
  else
    assay_policy_rule_found (search.rule, "%s", kinds[what].held);
}

void
assay_policy_check_forbidden (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  for (guint what = 0; what < ASSAY_FORBIDDEN_COUNT; what++)
    check_one (rules, policy_case, (AssayForbidden)what);
}
